/**
 * How the numbers of a run's state lie in one flat array: W, W′, then with Adam their two moments
 * each. As in Python's recordings: the exact softmax keeps W′ turned, a line a dimension (one more
 * where there is a bias), a column a word, padded with zeros to whole lanes of sixteen.
 */
import type { TrainingOptions } from './options';
import { Generator } from './pcg64';

export const LANES = 16;

export interface Layout {
  words: number;
  dim: number;
  /** Whether every step asks all words. */
  dense: boolean;
  bias: boolean;
  adam: boolean;
  /** Words rounded up to whole lanes. */
  padded: number;
  /** Rows of W′ as a reader sees it: words, or nodes of a tree. */
  outputRows: number;
  /** Numbers of W, and of W′ as it lies. */
  inputSize: number;
  outputSize: number;
  /** Of a state. */
  size: number;
}

export function layoutOf(options: TrainingOptions, words: number): Layout {
  const { vector_size: dim, loss, architecture, optimizer } = options;
  const dense = loss === 'softmax';
  const bias = dense && architecture === 'next-word';
  const adam = optimizer === 'adam';
  const padded = Math.ceil(words / LANES) * LANES;
  const outputRows = loss === 'hierarchical' ? Math.max(words - 1, 1) : words;
  const inputSize = words * dim;
  const outputSize = dense ? (dim + Number(bias)) * padded : outputRows * dim;
  const size = (adam ? 3 : 1) * (inputSize + outputSize);
  return { words, dim, dense, bias, adam, padded, outputRows, inputSize, outputSize, size };
}

/** The parts of a state: views. */
export interface Parts {
  inputs: Float64Array;
  outputs: Float64Array;
  moments: {
    firstIn: Float64Array;
    secondIn: Float64Array;
    firstOut: Float64Array;
    secondOut: Float64Array;
  } | null;
}

export function partsOf(layout: Layout, state: Float64Array): Parts {
  const { inputSize, outputSize, adam } = layout;
  let at = 0;
  const next = (size: number) => state.subarray(at, (at += size));
  const [inputs, outputs] = [next(inputSize), next(outputSize)];
  if (!adam) return { inputs, outputs, moments: null };
  const [firstIn, secondIn] = [next(inputSize), next(inputSize)];
  return {
    inputs,
    outputs,
    moments: { firstIn, secondIn, firstOut: next(outputSize), secondOut: next(outputSize) },
  };
}

/** W′ (or a moment of it) row by row, (R, D). */
export function rowsOf(layout: Layout, outputs: Float64Array): Float64Array {
  const { dense, dim, words, padded } = layout;
  if (!dense) return outputs.slice();
  const rows = new Float64Array(words * dim);
  for (let word = 0; word < words; word++) {
    for (let d = 0; d < dim; d++) rows[word * dim + d] = outputs[d * padded + word]!;
  }
  return rows;
}

/** The bias (or a moment of it), (V); null where there is none. */
export function biasOf({ bias, dim, padded, words }: Layout, outputs: Float64Array) {
  return bias ? outputs.slice(dim * padded, dim * padded + words) : null;
}

/** The first state: even within ±0.5; next-word as PyTorch's Embedding and Linear start. */
export function startOf(layout: Layout, options: TrainingOptions): Float64Array {
  const { words, dim, dense, padded, outputRows, bias } = layout;
  const nextWord = options.architecture === 'next-word';
  const random = new Generator(options.seed);
  const state = new Float64Array(layout.size);
  const { inputs, outputs } = partsOf(layout, state);
  const bound = nextWord ? dim ** -0.5 : 0.5;
  for (let i = 0; i < inputs.length; i++) {
    inputs[i] = nextWord ? random.normal() : random.uniform(-0.5, 0.5);
  }
  for (let row = 0; row < outputRows; row++) {
    for (let d = 0; d < dim; d++) {
      outputs[dense ? d * padded + row : row * dim + d] = random.uniform(-bound, bound);
    }
  }
  if (bias) {
    for (let word = 0; word < words; word++) {
      outputs[dim * padded + word] = random.uniform(-bound, bound);
    }
  }
  return state;
}

const REPLAY_SECONDS = 5e-4;
const SMALL_BYTES = 1_000_000;
const LONG_REPLAY_SECONDS = 3e-3;
const LARGE_BYTES = 16 * 2 ** 20;

/** Steps between the states that are kept: as Python's `Layout.spacing`. */
export function spacingOf(layout: Layout, options: TrainingOptions, steps: number): number {
  const { words, dim, inputSize, outputSize, adam, dense } = layout;
  const touched = inputSize + outputSize;
  const asked = options.loss === 'hierarchical' ? 32 - Math.clz32(words) + 1 : options.negative + 1;
  const loss = dense ? touched * 3e-10 : asked * (1e-8 + dim * 1.6e-9);
  const seconds = 1e-7 + (adam ? touched * 5e-10 : 0) + loss;
  const bytes = layout.size * 8;
  const quick = Math.max(1, Math.trunc(REPLAY_SECONDS / seconds));
  const fitting = Math.ceil((steps * bytes) / SMALL_BYTES);
  const latest = Math.max(1, Math.trunc(LONG_REPLAY_SECONDS / seconds));
  const bounded = Math.ceil((steps * bytes) / LARGE_BYTES);
  return Math.min(Math.max(Math.min(Math.max(quick, fitting), latest), bounded), steps);
}
