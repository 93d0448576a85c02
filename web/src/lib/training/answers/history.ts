/** A finished run as its views ask of it: as Python's `StepHistory`, `Recording` and `principal_axes`. */
import { copyState, type ReplayBlock, type State } from '$lib/replay/block';
import { describeStep } from '$lib/replay/step';
import type { StepData } from '$lib/api/routes';
import { units, Vectors } from '$lib/single-file/vectors';
import { BETA1, BETA2, EPSILON } from '../stepper';
import { readState, type TrainedRun } from '../run';
import { NO_NOTES, type TextNotes } from './notes';
import { StateWalk } from './walk';

export const SHOWN_ROWS = 400;

export class RunHistory {
  readonly rows: ReadonlyMap<string, number>;
  /** All rows, the most frequent first. */
  readonly byFrequency: readonly number[];
  /** Each step's loss as a recording keeps it. */
  readonly losses: Float32Array;
  readonly block: ReplayBlock;
  readonly vectors: Vectors;
  readonly #walk: StateWalk;

  constructor(
    readonly run: TrainedRun,
    readonly notes: TextNotes = NO_NOTES,
  ) {
    const { words, counts } = run;
    this.rows = new Map(words.map((word, row) => [word, row]));
    this.byFrequency = words.map((_, row) => row).sort((a, b) => counts[b]! - counts[a]! || a - b);
    this.losses = Float32Array.from(run.losses);
    this.block = blockOf(run);
    this.#walk = new StateWalk(run.training);
    const { inputs, outputs } = this.at(run.steps);
    this.vectors = new Vectors(
      words,
      counts,
      this.dim,
      Float32Array.from(inputs.values),
      this.wordsHaveRows ? Float32Array.from(outputs.values) : null,
    );
  }

  get dim(): number {
    return this.run.options.vector_size;
  }

  get steps(): number {
    return this.run.steps;
  }

  /** Whether W′ has a row a word: with hierarchical softmax its rows are nodes of a tree. */
  get wordsHaveRows(): boolean {
    return this.run.options.loss !== 'hierarchical';
  }

  /** All weights after some steps. */
  at(step: number): State {
    return readState(this.run.training.layout, this.#walk.to(step), step);
  }

  /** W after some steps, (V, D): a view that the next question changes. */
  inputsAt(step: number): Float64Array {
    return this.#walk.to(step).subarray(0, this.run.training.layout.inputSize);
  }

  /** Step 1 … steps with every number of it. */
  step(number: number): StepData {
    this.check(number, 1);
    const before = copyState(this.at(number - 1));
    return describeStep(this.block, number, before, this.at(number));
  }

  /** @throws RangeError There is no such step. */
  check(step: number, least: number): void {
    if (!Number.isInteger(step) || step < least || step > this.steps) {
      throw new RangeError(
        `step ${step} is not there; the run has the steps ${least} … ${this.steps}`,
      );
    }
  }

  /** All rows in their order, or those of the most frequent words. */
  frequent(limit = SHOWN_ROWS): number[] {
    const all = this.byFrequency;
    return all.length <= limit ? all.map((_, row) => row) : all.slice(0, limit);
  }

  /** Ten steps, densely at first. */
  few(): number[] {
    const halvings = Math.min(9, Math.floor(Math.log2(this.steps)) + 1);
    const steps = Array.from({ length: halvings }, (_, i) => roundHalfEven(this.steps / 2 ** i));
    return sorted([0, ...steps]);
  }

  /** The ends of so many even spans, and ten that are denser at first. */
  many(spans: number): number[] {
    const even = Array.from({ length: spans + 1 }, (_, i) =>
      roundHalfEven(i * (this.steps / spans)),
    );
    return sorted([...even, ...this.few()]);
  }

  /** Each of the first two hundred, every tenth, the last: what the second picture is fitted on. */
  pooled(): number[] {
    const dense = Array.from({ length: Math.min(200, this.steps) + 1 }, (_, i) => i);
    const later = Array.from({ length: Math.floor(this.steps / 10) }, (_, i) => (i + 1) * 10);
    return sorted([...dense, ...later, this.steps]);
  }

  /** Mean (D) and covariance (D, D) of W's rows at some steps together. */
  variation(steps: readonly number[]): { mean: Float64Array; covariance: Float64Array } {
    const { dim } = this;
    const mean = new Float64Array(dim);
    const covariance = new Float64Array(dim * dim);
    let count = 0;
    for (const step of steps) {
      const inputs = this.inputsAt(step);
      for (let row = 0; row < inputs.length; row += dim) {
        count++;
        for (let i = 0; i < dim; i++) {
          const value = inputs[row + i]!;
          mean[i]! += value;
          for (let j = 0; j < dim; j++) covariance[i * dim + j]! += value * inputs[row + j]!;
        }
      }
    }
    for (let i = 0; i < dim; i++) mean[i]! /= count;
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j < dim; j++) {
        covariance[i * dim + j] = covariance[i * dim + j]! / count - mean[i]! * mean[j]!;
      }
    }
    return { mean, covariance };
  }

  /** W's rows of length 1 after some steps. */
  unitsAt(step: number): Float64Array {
    return units(this.inputsAt(step), this.dim).values;
  }
}

const sorted = (steps: readonly number[]) => [...new Set(steps)].sort((a, b) => a - b);

/** As Python and NumPy round: a half goes to the even neighbour. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 ? below + 1 : below;
}

/** What steps are described by; its states are the run's own, so it has none. */
function blockOf({ training, options, steps, words }: TrainedRun): ReplayBlock {
  const { order, examples, tables, epochLength } = training;
  const flat = <A extends { length: number }>(data: A) => ({ data, shape: [data.length] });
  const { negatives, shifts, tree } = tables;
  const none = { data: new Float32Array(0), shape: [0, 0, 0] };
  return {
    facts: {
      steps,
      epoch_length: epochLength,
      words: words.length,
      vector_size: options.vector_size,
      architecture: options.architecture,
      loss: options.loss,
      optimizer: options.optimizer,
      keyframes: [],
      learning_rate: options.alpha,
      beta1: BETA1,
      beta2: BETA2,
      epsilon: EPSILON,
      cbow_update: options.cbow_update,
    },
    arrays: {
      order: flat(order),
      members: flat(examples.members),
      starts: flat(examples.starts),
      targets: flat(examples.targets),
      inputs: none,
      outputs: none,
      ...(negatives && {
        negatives: { data: negatives, shape: [steps, options.negative] },
      }),
      ...(shifts && { shifts: flat(Float32Array.from(shifts)) }),
      ...(tree && {
        tree_starts: flat(tree.starts),
        tree_nodes: flat(tree.nodes),
        tree_signs: flat(tree.signs),
      }),
    },
  };
}
