/** The same examples learned from other random numbers: what of the result is the text's, what chance. */
import { forward } from '$lib/replay/forward';
import { update } from '$lib/replay/update';
import type { ReplayBlock, State, Weights } from '$lib/replay/block';
import { units } from '$lib/single-file/vectors';
import { dot } from './words';

export interface Run {
  /** Of each step, the row that goes in, and the row to predict. */
  inputs: ArrayLike<number>;
  targets: ArrayLike<number>;
  words: number;
  dim: number;
  rate: number;
}

/** Multiplications that a page does while somebody waits for it. */
export const AFFORDED = 3e7;

const HALF = 0.5; // numbers begin between −½ and ½, as those of a recorded run do

/** Numbers of 0 … 1 that follow from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A run under way: exact softmax, plain descent. */
export class OtherRun {
  readonly #block: ReplayBlock;
  readonly #state: State;

  constructor(
    private readonly run: Run,
    seed: number,
  ) {
    const next = random(seed);
    const weights = (): Weights => ({
      values: Float64Array.from({ length: run.words * run.dim }, () => 2 * HALF * next() - HALF),
      first: null,
      second: null,
    });
    this.#state = { step: 0, inputs: weights(), outputs: weights(), bias: null };
    this.#block = {
      facts: {
        steps: run.targets.length,
        epoch_length: run.targets.length,
        words: run.words,
        vector_size: run.dim,
        architecture: 'skipgram',
        loss: 'softmax',
        optimizer: 'sgd',
        keyframes: [0],
        learning_rate: run.rate,
        beta1: 0,
        beta2: 0,
        epsilon: 0,
        cbow_update: 'exact',
      },
      // The exact softmax asks all rows in every step and draws nothing.
      arrays: {} as ReplayBlock['arrays'],
    };
  }

  /** Does some more steps. @returns Whether there are any left. */
  advance(steps: number): boolean {
    const { inputs, targets } = this.run;
    const end = Math.min(targets.length, this.#state.step + steps);
    while (this.#state.step < end) {
      const at = this.#state.step;
      const example = { members: Int32Array.of(inputs[at]), target: targets[at] };
      const pass = forward(this.#block, this.#state, at + 1, example);
      update(this.#block, this.#state, pass, example);
    }
    return end < targets.length;
  }

  /** The rows nearest to a row, the nearest first. */
  nearest(row: number, most: number): number[] {
    const { dim, words } = this.run;
    const { values } = units(this.#state.inputs.values, dim);
    const unit = (one: number) => values.subarray(one * dim, (one + 1) * dim);
    return Array.from({ length: words }, (_, other) => other)
      .filter((other) => other !== row)
      .map((other) => ({ other, cosine: dot(unit(row), unit(other)) }))
      .sort((a, b) => b.cosine - a.cosine || a.other - b.other)
      .slice(0, most)
      .map(({ other }) => other);
  }
}
