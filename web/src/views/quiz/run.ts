/** A recorded run, done again in the page: the steps and moments that questions are asked of. */
import { lossOf, type Loss } from '$lib/losses';
import { logOfSoftmax } from '$lib/losses/numerics';
import {
  copyState,
  type Example,
  exampleOf,
  type ReplayBlock,
  type ReplayFacts,
  type State,
} from '$lib/replay/block';
import { forward, mean, scoresOf } from '$lib/replay/forward';
import { Replayer } from '$lib/replay/replayer';
import { describeStep } from '$lib/replay/step';
import { ShownStep } from '$views/walkthrough/shown-step';
import type { Rng } from './rng';

const POOL = 16;
/** Products that one jump to a step may take: far below what is felt. */
const REACH_PRODUCTS = 2e7;

/** A step with the weights on both sides of it. */
export interface QuizStep {
  shown: ShownStep;
  example: Example;
  before: State;
  after: State;
}

export class Run {
  readonly loss: Loss;
  readonly facts: ReplayFacts;
  #replayer: Replayer;
  #steps = new Map<number, QuizStep>();
  #predicted: Float64Array | null = null;
  #together = new Map<number, Float64Array>();

  /**
   * @param words By row.
   * @param pool Steps that are asked about, in order.
   */
  constructor(
    readonly block: ReplayBlock,
    readonly words: readonly string[],
    readonly pool: readonly number[],
  ) {
    this.facts = block.facts;
    this.loss = lossOf(block.facts.loss);
    this.#replayer = new Replayer(block);
  }

  /** The same run with other steps to ask about; what was done is not done again. */
  withPool(pool: readonly number[]): Run {
    const other = new Run(this.block, this.words, pool);
    other.#steps = this.#steps;
    other.#together = this.#together;
    other.#predicted = this.#predicted;
    return other;
  }

  get classic(): boolean {
    return this.facts.architecture === 'cbow' && this.facts.cbow_update === 'classic';
  }

  /** Step 1 … steps. */
  step(number: number): QuizStep {
    const known = this.#steps.get(number);
    if (known) return known;
    const before = copyState(this.#replayer.at(number - 1));
    const after = copyState(this.#replayer.at(number));
    const made: QuizStep = {
      shown: new ShownStep(
        describeStep(this.block, number, before, after),
        this.words,
        this.classic,
      ),
      example: exampleOf(this.block, number),
      before,
      after,
    };
    this.#steps.set(number, made);
    return made;
  }

  /** One of the steps of the pool. */
  anyStep(rng: Rng): QuizStep {
    return this.step(rng.pick(this.pool));
  }

  /**
   * How well each word fits an example's input, as the loss has it: (V). The log of its probability,
   * or its score where each row is a question of its own.
   */
  fits(state: State, example: Example): Float64Array {
    const hidden = mean(state.inputs.values, example.members, this.facts.vector_size);
    const scores = this.loss.wordScores(this.block, scoresOf(state, hidden));
    if (!this.loss.asksAll) return scores;
    const logOfSum = scores[0]! - logOfSoftmax(scores, 0);
    return scores.map((score) => score - logOfSum);
  }

  /** The probability that the question about the target's row, or the way to it, is answered right. */
  targetProbability(state: State, number: number, example: Example): number {
    const pass = forward(this.block, state, number, example);
    // Of drawn words only the target is looked at, which stands first.
    if (this.loss.asksAll || !this.loss.wordsHaveRows) return Math.exp(-pass.loss);
    return pass.probabilities[0]!;
  }

  /** How often each word is to be predicted, in the whole text: (V). */
  get predicted(): Float64Array {
    if (this.#predicted) return this.#predicted;
    const counts = new Float64Array(this.facts.words);
    for (const target of this.block.arrays.targets.data) counts[target]!++;
    return (this.#predicted = counts);
  }

  /** How often each word is to be predicted where a word goes in, in the whole text: (V). */
  together(row: number): Float64Array {
    const known = this.#together.get(row);
    if (known) return known;
    const counts = new Float64Array(this.facts.words);
    const { members, starts, targets } = this.block.arrays;
    for (let one = 0; one < targets.data.length; one++) {
      for (let at = starts.data[one]!; at < starts.data[one + 1]!; at++) {
        if (members.data[at] === row) counts[targets.data[one]!]!++;
      }
    }
    this.#together.set(row, counts);
    return counts;
  }
}

/** Steps to ask about: one from each sixteenth of a run, none far behind a state that is kept. */
export function poolOf(facts: ReplayFacts, rng: Rng): number[] {
  const reach = Math.max(1, Math.floor(REACH_PRODUCTS / productsOf(facts)));
  const pool = new Set<number>();
  for (let part = 0; part < POOL; part++) {
    const at = (part + rng.next()) / POOL;
    const number = 1 + Math.min(facts.steps - 1, Math.floor(at * facts.steps));
    const kept = facts.keyframes.findLast((step) => step < number) ?? 0;
    pool.add(number - kept <= reach ? number : kept + 1 + rng.below(reach));
  }
  return [...pool].sort((a, b) => a - b);
}

/** Products of numbers that a step may take, at most. */
export function productsOf({ words, vector_size: dim, optimizer }: ReplayFacts): number {
  return words * dim * (optimizer === 'adam' ? 12 : 3);
}
