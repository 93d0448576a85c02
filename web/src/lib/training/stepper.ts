/**
 * The training itself, one example a step, in float64: the arithmetic of Python's `replay.kernel` in
 * its order, so that a run is the same here and there (sums in sixteen lanes, an exponential by
 * polynomial; only the logarithms of a loss and Adam's powers come from the platform).
 */
import type { ExampleSet } from './examples';
import { LANES, type Layout, partsOf, type Parts } from './layout';
import type { TrainingOptions } from './options';
import type { Tree } from './tree';

export const BETA1 = 0.9;
export const BETA2 = 0.999;
export const EPSILON = 1e-8;

/** What a loss looks up. */
export interface Tables {
  /** (steps, K), or null. */
  negatives: Int32Array | null;
  /** Taken off the scores (V), or null. */
  shifts: Float64Array | null;
  tree: Tree | null;
}

/** 2ⁿ at place n + 1075. */
const POWERS = Float64Array.from({ length: 1076 }, (_, place) => 2 ** (place - 1075));
// What a reciprocal factorial is multiplied with, the highest power first.
const TERMS = [479001600, 39916800, 3628800, 362880, 40320, 5040, 720, 120, 24, 6].map(
  (factorial) => 1 / factorial,
) as [number, number, number, number, number, number, number, number, number, number];
const HIGHEST = 1 / 6227020800;
const [T12, T11, T10, T9, T8, T7, T6, T5, T4, T3] = TERMS;
const ROUNDING = 6755399441055744; // 1.5 · 2⁵²: adding and subtracting it rounds

/** eˣ for x ≤ 0, as 2ⁿ · eʳ with |r| ≤ ln 2 / 2; it stays at e⁻⁷⁰⁸ below. */
export function exponential(x: number): number {
  const bounded = x > -708 ? x : -708;
  const n = bounded * 1.4426950408889634 + ROUNDING - ROUNDING;
  const r = bounded - n * 0.69314718036912381649 - n * 1.90821492927058770002e-10;
  let p = HIGHEST;
  p = p * r + T12;
  p = p * r + T11;
  p = p * r + T10;
  p = p * r + T9;
  p = p * r + T8;
  p = p * r + T7;
  p = p * r + T6;
  p = p * r + T5;
  p = p * r + T4;
  p = p * r + T3;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * POWERS[n + 1075]!;
}

/** A state, and what moves it on; made once, it does any stretch of steps. */
export class Stepper {
  /** Worked on in place. */
  readonly state: Float64Array;
  readonly #parts: Parts;
  readonly #hidden: Float64Array;
  readonly #change: Float64Array;
  readonly #scores: Float64Array;
  readonly #lanes = new Float64Array(LANES);
  readonly #slopeIn: Float64Array | null;
  readonly #slopeOut: Float64Array | null;

  constructor(
    private readonly layout: Layout,
    private readonly options: TrainingOptions,
    private readonly examples: ExampleSet,
    private readonly order: Int32Array,
    private readonly tables: Tables,
  ) {
    this.state = new Float64Array(layout.size);
    this.#parts = partsOf(layout, this.state);
    const lines = layout.dim + Number(layout.bias);
    this.#hidden = new Float64Array(lines).fill(1);
    this.#change = new Float64Array(lines);
    this.#scores = new Float64Array(layout.padded);
    this.#slopeIn = layout.adam ? new Float64Array(layout.inputSize) : null;
    this.#slopeOut = layout.adam ? new Float64Array(layout.outputSize) : null;
  }

  /** Does step `step`, counted from 0. @returns Its loss. */
  advance(step: number): number {
    const { members, starts, targets } = this.examples;
    const example = this.order[step]!;
    const [from, to] = [starts[example]!, starts[example + 1]!];
    const share = 1 / (to - from);
    this.#fillHidden(members, from, to, share);
    const target = targets[example]!;
    const loss = this.layout.dense ? this.#askAll(target) : this.#askSome(step, target);
    const back = this.options.cbow_update === 'classic' ? 1 : share;
    if (this.layout.adam) this.#moveAll(step, members, from, to, back);
    else this.#move(members, from, to, back);
    return loss;
  }

  #fillHidden(members: Int32Array, from: number, to: number, share: number): void {
    const { dim } = this.layout;
    const { inputs } = this.#parts;
    for (let d = 0; d < dim; d++) {
      let total = inputs[members[from]! * dim + d]!;
      for (let at = from + 1; at < to; at++) total += inputs[members[at]! * dim + d]!;
      this.#hidden[d] = share * total;
    }
  }

  /** The exact softmax. With Adam W′ gets its slope, else it moves. */
  #askAll(target: number): number {
    const { padded } = this.layout;
    const { outputs } = this.#parts;
    const slope = this.#slopeOut;
    const loss = this.#errors(target, slope ? 1 : this.options.alpha);
    for (let d = 0; d < this.#hidden.length; d++) {
      const line = outputs.subarray(d * padded, (d + 1) * padded);
      this.#change[d] = slope
        ? this.#slopeOfLine(line, slope.subarray(d * padded, (d + 1) * padded), this.#hidden[d]!)
        : this.#moveLine(line, this.#hidden[d]!);
    }
    return loss;
  }

  /** Moves a dimension of W′. @returns Its share in the change of the hidden vector. */
  #moveLine(line: Float64Array, factor: number): number {
    const scores = this.#scores;
    const lanes = this.#lanes;
    lanes.fill(0);
    for (let word = 0; word < line.length; word++) {
      const error = scores[word]!;
      const weight = line[word]!;
      lanes[word & 15]! += error * weight;
      line[word] = weight + error * factor;
    }
    return folded(lanes);
  }

  #slopeOfLine(line: Float64Array, slope: Float64Array, factor: number): number {
    const scores = this.#scores;
    const lanes = this.#lanes;
    lanes.fill(0);
    for (let word = 0; word < line.length; word++) {
      const error = scores[word]!;
      lanes[word & 15]! += error * line[word]!;
      slope[word] = -(error * factor);
    }
    return folded(lanes);
  }

  /** Writes W′ · hidden to the scores: four dimensions a time, term by term in their order. */
  #logits(): void {
    const { padded } = this.layout;
    const { outputs } = this.#parts;
    const hidden = this.#hidden;
    const scores = this.#scores;
    scores.fill(0);
    let d = 0;
    for (; d + 3 < hidden.length; d += 4) {
      const [a, b, c, e] = [hidden[d]!, hidden[d + 1]!, hidden[d + 2]!, hidden[d + 3]!];
      const first = d * padded;
      const [second, third, fourth] = [first + padded, first + 2 * padded, first + 3 * padded];
      for (let word = 0; word < padded; word++) {
        let score = scores[word]! + a * outputs[first + word]!;
        score += b * outputs[second + word]!;
        score += c * outputs[third + word]!;
        scores[word] = score + e * outputs[fourth + word]!;
      }
    }
    for (; d < hidden.length; d++) {
      const factor = hidden[d]!;
      const line = d * padded;
      for (let word = 0; word < padded; word++) scores[word]! += factor * outputs[line + word]!;
    }
  }

  /** Writes scale · (1[w = target] − P(w)) to the scores. @returns The loss. */
  #errors(target: number, scale: number): number {
    const { words, padded } = this.layout;
    const scores = this.#scores;
    const lanes = this.#lanes;
    this.#logits();
    const logit = scores[target]!;
    let largest = scores[0]!;
    for (let word = 1; word < words; word++) {
      const score = scores[word]!;
      if (score > largest) largest = score;
    }
    lanes.fill(0);
    for (let word = 0; word < words; word++) {
      const power = exponential(scores[word]! - largest);
      scores[word] = power;
      lanes[word & 15]! += power;
    }
    for (let word = words; word < padded; word++) scores[word] = 0;
    const total = folded(lanes);
    const factor = -scale / total;
    for (let word = 0; word < words; word++) scores[word]! *= factor;
    scores[target]! += scale;
    return Math.log(total) + (largest - logit);
  }

  /** Questions of yes or no about some rows of W′. */
  #askSome(step: number, target: number): number {
    this.#change.fill(0);
    const { negatives, tree } = this.tables;
    let loss = 0;
    if (tree) {
      for (let at = tree.starts[target]!; at < tree.starts[target + 1]!; at++) {
        loss += this.#ask(tree.nodes[at]!, tree.signs[at]!);
      }
      return loss;
    }
    loss += this.#ask(target, 1);
    const count = this.options.negative;
    for (let at = step * count; at < (step + 1) * count; at++) {
      const word = negatives![at]!;
      if (word >= 0) loss += this.#ask(word, -1);
    }
    return loss;
  }

  #ask(row: number, sign: number): number {
    const { dim } = this.layout;
    const { outputs } = this.#parts;
    const hidden = this.#hidden;
    const change = this.#change;
    const slope = this.#slopeOut;
    const line = row * dim;
    let score = 0;
    for (let d = 0; d < dim; d++) score += hidden[d]! * outputs[line + d]!;
    if (this.tables.shifts) score -= this.tables.shifts[row]!;
    const x = sign * score;
    const small = exponential(-Math.abs(x));
    const share = x >= 0 ? small / (1 + small) : 1 / (1 + small);
    const error = sign * share * (slope ? 1 : this.options.alpha);
    for (let d = 0; d < dim; d++) {
      change[d]! += error * outputs[line + d]!;
      if (slope) slope[line + d] = -(error * hidden[d]!);
      else outputs[line + d]! += error * hidden[d]!;
    }
    return Math.max(-x, 0) + Math.log1p(small);
  }

  #move(members: Int32Array, from: number, to: number, back: number): void {
    const { dim } = this.layout;
    const { inputs } = this.#parts;
    for (let at = from; at < to; at++) {
      const line = members[at]! * dim;
      for (let d = 0; d < dim; d++) inputs[line + d]! += back * this.#change[d]!;
    }
  }

  /** Adam moves every weight at every step. */
  #moveAll(step: number, members: Int32Array, from: number, to: number, back: number): void {
    const { dim } = this.layout;
    const { inputs, outputs, moments } = this.#parts;
    const slopes = this.#slopeIn!;
    for (let at = from; at < to; at++) {
      const line = members[at]! * dim;
      for (let d = 0; d < dim; d++) slopes[line + d]! -= back * this.#change[d]!;
    }
    const size = this.options.alpha / (1 - BETA1 ** (step + 1));
    const root = Math.sqrt(1 - BETA2 ** (step + 1));
    descend(inputs, slopes, moments!.firstIn, moments!.secondIn, size, root);
    descend(outputs, this.#slopeOut!, moments!.firstOut, moments!.secondOut, size, root);
  }
}

/** The sum of sixteen lanes, halves upon halves. */
function folded(lanes: Float64Array): number {
  for (let half = 8; half >= 4; half /= 2) {
    for (let lane = 0; lane < half; lane++) lanes[lane]! += lanes[lane + half]!;
  }
  return lanes[0]! + lanes[2]! + (lanes[1]! + lanes[3]!);
}

const [NEW1, NEW2] = [1 - BETA1, 1 - BETA2];

/** Adam (Kingma and Ba 2015) as PyTorch does it; clears the slopes. */
function descend(
  values: Float64Array,
  slopes: Float64Array,
  firsts: Float64Array,
  seconds: Float64Array,
  size: number,
  root: number,
): void {
  for (let i = 0; i < values.length; i++) {
    const slope = slopes[i]!;
    const first = BETA1 * firsts[i]! + NEW1 * slope;
    const second = BETA2 * seconds[i]! + NEW2 * slope * slope;
    firsts[i] = first;
    seconds[i] = second;
    values[i]! -= size * (first / (Math.sqrt(second) / root + EPSILON));
    slopes[i] = 0;
  }
}
