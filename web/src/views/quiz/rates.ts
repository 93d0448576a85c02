/** The run trained again, on the spot, at other learning rates: the same start, order and draws. */
import { exampleOf, type ReplayBlock, stateAt } from '$lib/replay/block';
import { forward } from '$lib/replay/forward';
import { update } from '$lib/replay/update';
import { productsOf } from './run';

/** Multiples of the run's own rate. */
export const FACTORS = [0.01, 0.1, 1, 10] as const;

const MOST_STEPS = 4000;
const FEWEST_STEPS = 120;
const MOST_PRODUCTS = 4e8;
const POINTS = 40;

export interface RateCurve {
  factor: number;
  /** Mean loss of each stretch; ends where it is no number any more. */
  loss: number[];
}

export interface Rates {
  /** The run's own. */
  rate: number;
  /** Steps that were trained. */
  steps: number;
  /** Middle of each stretch, in steps. */
  x: number[];
  curves: RateCurve[];
}

/** Steps that can be trained four times without being waited for; 0 where that is too few. */
export function stepsFor({ facts }: ReplayBlock): number {
  const affordable = Math.floor(MOST_PRODUCTS / (FACTORS.length * productsOf(facts)));
  const steps = Math.min(facts.steps, MOST_STEPS, affordable);
  return steps < FEWEST_STEPS ? 0 : steps - (steps % POINTS);
}

/**
 * Trains at each rate; yields after every stretch, so that whoever runs it can let others go first.
 *
 * @returns null where there is too little to train on.
 */
export function* trainAtRates(block: ReplayBlock): Generator<undefined, Rates | null> {
  const steps = stepsFor(block);
  if (steps === 0) return null;
  const stretch = steps / POINTS;
  const curves: RateCurve[] = [];
  for (const factor of FACTORS) {
    const rate = factor * block.facts.learning_rate;
    const faster = { ...block, facts: { ...block.facts, learning_rate: rate } };
    const state = stateAt(block, 0);
    const loss: number[] = [];
    for (let part = 0; part < POINTS; part++) {
      let sum = 0;
      for (let one = 0; one < stretch; one++) {
        const number = state.step + 1;
        const example = exampleOf(faster, number);
        const pass = forward(faster, state, number, example);
        sum += pass.loss;
        update(faster, state, pass, example);
      }
      if (!Number.isFinite(sum)) break;
      loss.push(sum / stretch);
      yield;
    }
    curves.push({ factor, loss });
  }
  const x = Array.from({ length: POINTS }, (_, part) => (part + 0.5) * stretch);
  return { rate: block.facts.learning_rate, steps, x, curves };
}
