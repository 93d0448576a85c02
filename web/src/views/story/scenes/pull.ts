/** Pull and push: one example learned again and again, at a learning rate of one's own. */
import type { StepData } from '$lib/api/routes';
import { fixed, whole } from '$lib/charts/format';
import { lossOf } from '$lib/losses';
import { href } from '$lib/router.svelte';
import type { Telling } from '../telling';
import { dot } from '../words';

/** One step's rows, to be learned again. */
export interface Example {
  loss: string;
  dim: number;
  /** Rows of W that the step reads, each once for every time it stands there: places in `inputs`. */
  members: readonly number[];
  inputs: readonly Float64Array[];
  /** Rows of W′ that the step asks: places in `outputs`. */
  asked: readonly number[];
  outputs: readonly Float64Array[];
  /** Of each asked row. */
  labels: readonly number[];
  shifts: readonly number[] | null;
  /** Of each row of `outputs`. */
  bias: readonly number[] | null;
  /** What of the slope each member gets. */
  share: number;
}

export interface Moment {
  hidden: Float64Array;
  /** Rows of W′ by place. */
  outputs: Float64Array[];
  probability: number;
  loss: number;
  /** What pulls h, and what pushes it. */
  pull: Float64Array;
  push: Float64Array;
}

export function exampleOf({ payload, arrays }: StepData, classic: boolean): Example {
  const dim = arrays.hidden.shape[0];
  const [inputRows, members] = places(arrays.input_rows.data);
  const [outputRows, asked] = places(arrays.output_rows.data);
  const rowsOf = (data: ArrayLike<number>, at: readonly number[]) =>
    at.map((row) => Float64Array.from({ length: dim }, (_, d) => data[row * dim + d]));
  return {
    loss: payload.loss_name,
    dim,
    members,
    inputs: rowsOf(arrays.input_before.data, inputRows),
    asked,
    outputs: rowsOf(arrays.output_before.data, outputRows),
    labels: Array.from(arrays.labels.data, Number),
    shifts: arrays.shifts ? Array.from(arrays.shifts.data, Number) : null,
    bias: arrays.bias_before ? outputRows.map((row) => arrays.bias_before!.data[row]) : null,
    share: classic ? 1 : 1 / members.length,
  };
}

/** Where each different number stands first, and for each number the place of its like. */
function places(numbers: ArrayLike<number>): [number[], number[]] {
  const seen = new Map<number, number>();
  const first: number[] = [];
  const found = Array.from(numbers, (number, at) => {
    const known = seen.get(number);
    if (known !== undefined) return known;
    seen.set(number, first.length);
    first.push(at);
    return first.length - 1;
  });
  return [first, found];
}

/**
 * The example learned so many times by plain gradient descent.
 *
 * @returns Before the first time, after it, and so on: times + 1 moments.
 */
export function learn(example: Example, rate: number, times: number): Moment[] {
  const { dim, members, asked, labels, shifts, share } = example;
  const rule = lossOf(example.loss);
  const inputs = example.inputs.map((row) => row.slice());
  const outputs = example.outputs.map((row) => row.slice());
  const bias = example.bias ? [...example.bias] : null;
  const moments: Moment[] = [];
  for (let time = 0; time <= times; time++) {
    const hidden = new Float64Array(dim);
    for (const member of members) {
      for (let d = 0; d < dim; d++) hidden[d] += inputs[member][d] / members.length;
    }
    const scores = Float64Array.from(
      asked,
      (row) => dot(outputs[row], hidden) + (bias ? bias[row] : 0),
    );
    const logits = shifts ? scores.map((score, i) => score - shifts[i]) : scores;
    const probabilities = rule.probabilitiesOf(logits);
    const loss = rule.value(logits, labels);
    const [pull, push] = [new Float64Array(dim), new Float64Array(dim)];
    probabilities.forEach((probability, i) => {
      const forces = rule.forces(probability, labels[i]);
      for (let d = 0; d < dim; d++) {
        pull[d] += forces.pull * outputs[asked[i]][d];
        push[d] += forces.push * outputs[asked[i]][d];
      }
    });
    moments.push({
      hidden,
      outputs: outputs.map((row) => row.slice()),
      probability: rule.targetProbability(scores, labels, loss),
      loss,
      pull,
      push,
    });
    if (time === times) break;
    const slope = push.map((value, d) => value - pull[d]);
    probabilities.forEach((probability, i) => {
      const step = rate * (probability - labels[i]);
      for (let d = 0; d < dim; d++) outputs[asked[i]][d] -= step * hidden[d];
      if (bias) bias[asked[i]] -= step;
    });
    for (const member of members) {
      for (let d = 0; d < dim; d++) inputs[member][d] -= rate * share * slope[d];
    }
  }
  return moments;
}

export interface Pulled extends Telling {
  example: Example;
  number: number;
  /** Of the run. */
  rate: number;
  given: string;
  target: string;
}

export const TIMES = 100;
export const RATES = [0.01, 0.03, 0.1, 0.3, 1, 3] as const;
const APART = 0.2; // so far a wrong answer is from the right one

/** @param classic CBOW: each word of the context moves by the whole of what h should. */
export function pullOf(step: StepData, given: string, target: string, classic: boolean): Pulled {
  const { payload } = step;
  const example = exampleOf(step, classic);
  const moments = learn(example, payload.learning_rate, TIMES);
  const [start, once, end] = [0, 1, TIMES].map((at) => moments[at].probability);
  const named = (share: number) => `${fixed(100 * share, { digits: 0 })} %`;
  const wrong = [0.05, 0.3, 0.6, 0.95]
    .filter((share) => Math.abs(share - end) >= APART)
    .sort((a, b) => Math.abs(b - 0.5) - Math.abs(a - 0.5) || a - b)
    .slice(0, 2);
  const exact = (share: number) => `${fixed(100 * share, { digits: 1 })} %`;
  const how = payload.optimizer === 'adam' ? ', by plain descent (this run used Adam)' : '';
  return {
    question: `How sure after ${TIMES} times?`,
    text: `The same pair again: blue pulls ${given} towards ${target}, orange pushes it off what was expected instead. The learning rate η says how far.`,
    options: [end, ...wrong].sort((a, b) => a - b).map(named),
    answer: named(end),
    reveal: `${exact(start)} before, ${exact(once)} after one, ${exact(end)} after ${whole(TIMES)}${how}. What happens where η is larger?`,
    more: {
      label: 'The forces of this step',
      href: href('walkthrough', { step: payload.number, at: 'gradient' }),
    },
    example,
    number: payload.number,
    rate: payload.learning_rate,
    given,
    target,
  };
}
