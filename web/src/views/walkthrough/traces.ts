/** Where each number of a step comes from: the products that it is the sum of. */
import { whole } from '$lib/charts/format';
import { distinct } from '$lib/distinct';
import { dotTrace, type TipContent, type Trace } from '$lib/state/tip.svelte';
import { type Numbers, type ShownStep, sum } from './shown-step';

/** Means of squares are small: digits that count rather than decimals. */
const short = (value: number) => String(Number(value.toPrecision(4))).replace('-', '−');
const traced = (trace: Trace): TipContent => ({ trace });

/** What moved a row: its gradients and, with Adam, its running means after the step. */
export interface Causes {
  gradients: readonly Numbers[];
  first: Numbers | null;
  second: Numbers | null;
}

/** What a row's vector is called: `u king`, `u of node 3`. */
export function rowName(step: ShownStep, place: number): string {
  return step.loss.vectorName(step.rows[place]!);
}

export function oneHotTrace(step: ShownStep, row: number): TipContent {
  const count = step.arrays.input_rows.data.filter((member) => member === row).length;
  const name = step.word(row);
  if (step.members.length === 1) {
    return count
      ? `${name}, place ${row + 1}: 1, for it is the word that goes in`
      : `${name}, place ${row + 1}: 0`;
  }
  return `${name}, place ${row + 1}: ${count} of the ${step.members.length} words that go in`;
}

export function hiddenTrace(step: ShownStep, d: number): TipContent {
  const share = 1 / step.members.length;
  const single = step.members.length === 1;
  return traced({
    title: `h, dimension ${d + 1}`,
    terms: step.members.map((_, member) => [share, step.input(member)[d]!]),
    names: ['x', `W, dimension ${d + 1}`],
    labels: distinct(step.members),
    result: step.arrays.hidden.data[d]!,
    note: single ? `the other ${whole(step.words.length - 1)} places of x are 0` : undefined,
  });
}

export function scoreTrace(step: ShownStep, place: number): TipContent {
  const { hidden, bias_before: bias } = step.arrays;
  const trace = dotTrace(`score of ${step.rows[place]}`, step.output(place), hidden.data, {
    names: [rowName(step, place), 'h'],
    result: step.score(place),
  });
  if (!bias) return traced(trace);
  return traced({
    ...trace,
    terms: [...trace.terms, [bias.data[place]!, 1]],
    labels: [...trace.terms.map((_, d) => String(d + 1)), 'bias'],
  });
}

/** One term of a score. */
export function productTrace(step: ShownStep, place: number, d: number): TipContent {
  const bias = d === step.dim;
  const u = bias ? step.arrays.bias_before!.data[place]! : step.output(place)[d]!;
  const h = bias ? 1 : step.arrays.hidden.data[d]!;
  return traced({
    title: bias ? 'bias' : `dimension ${d + 1}`,
    terms: [[u, h]],
    names: [rowName(step, place), 'h'],
    labels: [step.rows[place]!],
    result: u * h,
  });
}

export function probabilityTrace(step: ShownStep, place: number): TipContent {
  return step.loss.probabilityTrace(step, place);
}

/** Forces: what pulls h (rows with label 1), and what pushes it. */
export function forceTrace(step: ShownStep, which: 'attraction' | 'repulsion', d: number) {
  const attraction = which === 'attraction';
  const weight = (place: number) => {
    const { pull, push } = step.loss.forces(step.probability(place), step.label(place));
    return attraction ? pull : push;
  };
  const asked = (place: number) =>
    attraction ? step.label(place) === 1 : step.loss.asksAll || step.label(place) === 0;
  const places = step.rows.map((_, place) => place).filter(asked);
  const values = attraction ? step.arrays.attractive : step.arrays.repulsive;
  return traced({
    title: `${which}, dimension ${d + 1}`,
    terms: places.map((place) => [weight(place), step.output(place)[d]!]),
    names: [attraction ? step.loss.pullName : step.loss.symbol, `W′, dimension ${d + 1}`],
    labels: distinct(places.map((place) => step.rows[place]!)),
    result: values.data[d]!,
  });
}

export function slopeTrace(step: ShownStep, d: number): TipContent {
  const { attractive, repulsive, hidden_gradient: slope } = step.arrays;
  return traced({
    title: `∂L/∂h, dimension ${d + 1}`,
    terms: [[repulsive.data[d]!], [-attractive.data[d]!]],
    labels: ['repulsion', '− attraction'],
    result: slope.data[d]!,
  });
}

export function inputGradientTrace(step: ShownStep, member: number, d: number): TipContent {
  return traced({
    title: `∂L/∂W[${step.members[member]}], dimension ${d + 1}`,
    terms: [[1 / step.members.length, step.arrays.hidden_gradient.data[d]!]],
    names: ['x', '∂L/∂h'],
    labels: [step.members[member]!],
    result: step.inputGradient(member)[d]!,
  });
}

export function outputGradientTrace(step: ShownStep, place: number, d: number): TipContent {
  return traced({
    title: `∂L/∂${rowName(step, place)}, dimension ${d + 1}`,
    terms: [[step.error(place), step.arrays.hidden.data[d]!]],
    names: [`${step.loss.symbol} − y`, 'h'],
    labels: [step.rows[place]!],
    result: step.outputGradient(place)[d]!,
  });
}

export function errorTrace(step: ShownStep, place: number): TipContent {
  return traced({
    title: `${step.loss.symbol} − y of ${step.rows[place]}`,
    terms: [[step.probability(place)], [-step.label(place)]],
    labels: [step.loss.symbol, '− y'],
    result: step.error(place),
  });
}

/**
 * A change: −η times the gradients of all places at which the row stands in the step; with Adam −η
 * times the ratio of its two running means.
 */
export function changeTrace(
  step: ShownStep,
  name: string,
  d: number,
  { gradients, first, second }: Causes,
  change: number,
): TipContent {
  const rate = step.facts.learning_rate;
  const title = `change of ${name}, dimension ${d + 1}`;
  if (step.adam && first && second) {
    const slope = sum(gradients.map((gradient) => gradient[d]!));
    return adamTrace(step, title, slope, first[d]!, second[d]!, change);
  }
  return traced({
    title,
    terms: gradients.map((gradient) => [-rate, gradient[d]!]),
    names: ['−η', 'gradient'],
    labels: distinct(gradients.map(() => name)),
    result: change,
    note: gradients.length > 1 ? step.loss.repeatedRow : undefined,
  });
}

/** Adam's means without their lean towards 0, where they began; ε keeps the ratio finite. */
export function corrected(facts: ShownStep['facts'], m: number, v: number) {
  const { number, beta1, beta2, epsilon } = facts;
  return {
    mean: m / (1 - (beta1 ?? 0) ** number),
    square: v / (1 - (beta2 ?? 0) ** number),
    epsilon: epsilon ?? 0,
  };
}

/** Adam (Kingma and Ba 2015): m and v are its means after the step, here still to be corrected. */
function adamTrace(
  { facts }: ShownStep,
  title: string,
  slope: number,
  m: number,
  v: number,
  change: number,
): TipContent {
  const { number, learning_rate: rate, beta1, beta2 } = facts;
  const [b1, b2] = [beta1 ?? 0, beta2 ?? 0];
  const { mean, square, epsilon } = corrected(facts, m, v);
  const [before, squareBefore] = [(m - (1 - b1) * slope) / b1, (v - (1 - b2) * slope ** 2) / b2];
  const left = (beta: number) => Number((1 - beta).toPrecision(6));
  return traced({
    title,
    terms: [[-rate, mean, 1 / (Math.sqrt(square) + epsilon)]],
    names: ['−η', 'm̂', '1 / (√v̂ + ε)'],
    labels: ['step'],
    result: change,
    note:
      `gradient g = ${short(slope)}\n` +
      `m = ${b1} · ${short(before)} + ${left(b1)} · g = ${short(m)}\n` +
      `m̂ = m / (1 − ${b1}^${number}) = ${short(mean)}\n` +
      `v = ${b2} · ${short(squareBefore)} + ${left(b2)} · g² = ${short(v)}\n` +
      `v̂ = v / (1 − ${b2}^${number}) = ${short(square)}`,
  });
}

export function afterTrace(name: string, d: number, before: number, change: number, after: number) {
  return traced({
    title: `${name}, dimension ${d + 1}, after the step`,
    terms: [[before], [change]],
    labels: ['before', 'change'],
    result: after,
  });
}
