/**
 * The words that are drawn as wrong answers: Walker's alias table (1977, Vose 1991) and, for every
 * step, SplitMix64 (Steele, Lea and Flood 2014) keyed by the seed and the step's number. As
 * Python's `losses.negative` and `draw_all`.
 */
import type { TrainingOptions } from './options';
import {
  add,
  exclusive,
  exclusiveShifted,
  fromNumber,
  multiply,
  type Word64,
  word64,
} from './words64';

const GOLDEN = word64(0x9e3779b9, 0x7f4a7c15);
const MIX1 = word64(0xbf58476d, 0x1ce4e5b9);
const MIX2 = word64(0x94d049bb, 0x133111eb);
const STREAM = word64(0xd1b54a32, 0xd192ed03);
// Draws for one place before it is left empty.
const RETRIES = 8;
const SMALLEST = 1.1754943508222875e-38; // of the normal float32
const BLOCK = 128;

function mix(x: Word64): void {
  exclusiveShifted(x, 30);
  multiply(x, MIX1);
  exclusiveShifted(x, 27);
  multiply(x, MIX2);
  exclusiveShifted(x, 31);
}

/** The key of all that is drawn in a run. */
function keyOf(seed: number): Word64 {
  const key = fromNumber(seed);
  for (let turn = 0; turn < 2; turn++) {
    add(key, GOLDEN);
    mix(key);
  }
  return key;
}

/** Counts to a power. */
export function noiseWeights(counts: readonly number[], exponent: number): Float64Array {
  return Float64Array.from(counts, (count) => (count > 0 ? count ** exponent : 0));
}

/** log(K · Pn(w)) of every word. */
export function logNoise(
  counts: readonly number[],
  { negative, ns_exponent }: Pick<TrainingOptions, 'negative' | 'ns_exponent'>,
): Float64Array {
  const weights = noiseWeights(counts, ns_exponent);
  const total = sum(weights);
  return weights.map((weight) => Math.log(negative * Math.max(weight / total, SMALLEST)));
}

/** Column i gives i where 32 random bits are below its threshold, else the other word. */
interface Alias {
  thresholds: Uint32Array;
  others: Int32Array;
}

function aliasTable(weights: Float64Array): Alias {
  const count = weights.length;
  const unit = count / sum(weights);
  const scaled = weights.map((weight) => weight * unit);
  const thresholds = new Uint32Array(count).fill(2 ** 32 - 1);
  const others = Int32Array.from(weights, (_, word) => word);
  const small: number[] = [];
  const large: number[] = [];
  scaled.forEach((value, word) => (value < 1 ? small : large).push(word));
  while (small.length && large.length) {
    const low = small.pop()!;
    const high = large.at(-1)!;
    thresholds[low] = Math.min(Math.floor(scaled[low]! * 2 ** 32), 2 ** 32 - 1);
    others[low] = high;
    scaled[high]! -= 1 - scaled[low]!;
    if (scaled[high]! < 1) small.push(large.pop()!);
  }
  return { thresholds, others };
}

/** The words drawn for every step, (steps, K); −1 for an empty place. */
export function drawAll(
  counts: readonly number[],
  { negative, ns_exponent, seed }: TrainingOptions,
  order: Int32Array,
  targets: Int32Array,
): Int32Array {
  const { thresholds, others } = aliasTable(noiseWeights(counts, ns_exponent));
  const words = counts.length;
  const drawn = new Int32Array(order.length * negative).fill(-1);
  const position = keyOf(seed);
  const state = word64(0, 0);
  const bits = word64(0, 0);
  for (let step = 0; step < order.length; step++) {
    copy(position, state);
    mix(state);
    exclusive(state, STREAM);
    add(state, GOLDEN);
    const target = targets[order[step]!]!;
    const first = step * negative;
    for (let place = first; place < first + negative; place++) {
      for (let turn = 0; turn < RETRIES; turn++) {
        add(state, GOLDEN);
        copy(state, bits);
        mix(bits);
        const column = Math.floor((bits.high * words) / 2 ** 32);
        const word = bits.low < thresholds[column]! ? column : others[column]!;
        if (word !== target && !stands(drawn, word, first, place)) {
          drawn[place] = word;
          break;
        }
      }
    }
    add(position, GOLDEN);
  }
  return drawn;
}

function copy(from: Word64, to: Word64): void {
  to.high = from.high;
  to.low = from.low;
}

function stands(drawn: Int32Array, word: number, from: number, to: number): boolean {
  for (let place = from; place < to; place++) if (drawn[place] === word) return true;
  return false;
}

/** In NumPy's order: eight sums side by side, halves of what is longer than 128. */
function sum(values: Float64Array): number {
  const count = values.length;
  if (count < 8) return values.reduce((a, b) => a + b, 0);
  if (count > BLOCK) {
    const half = Math.floor(count / 16) * 8;
    return sum(values.subarray(0, half)) + sum(values.subarray(half));
  }
  const sums = values.slice(0, 8);
  const whole = count - (count % 8);
  for (let at = 8; at < whole; at++) sums[at % 8]! += values[at]!;
  const [a, b, c, d, e, f, g, h] = sums as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  let result = a + b + (c + d) + (e + f + (g + h));
  for (let at = whole; at < count; at++) result += values[at]!;
  return result;
}
