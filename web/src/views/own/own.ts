/** What the view computes: places between snapshots, knobs that run in powers of ten, a text's facts. */
import type { Schemas } from '$lib/api/routes';

/** Where words are after some steps, (words, 2): between two snapshots on the straight line. */
export function placesAt(
  snapshots: readonly number[],
  positions: ArrayLike<number>,
  step: number,
): Float64Array {
  const size = positions.length / snapshots.length;
  let after = snapshots.findIndex((snapshot) => snapshot >= step);
  if (after < 0) after = snapshots.length - 1;
  const before = Math.max(0, after - 1);
  const [from, to] = [snapshots[before]!, snapshots[after]!];
  const share = to > from ? (step - from) / (to - from) : 1;
  return Float64Array.from({ length: size }, (_, i) => {
    const [a, b] = [positions[before * size + i]!, positions[after * size + i]!];
    return a + Math.min(1, Math.max(0, share)) * (b - a);
  });
}

/** The least and the most of both coordinates over all snapshots, with some room. */
export function frameOf(positions: ArrayLike<number>): {
  x: [number, number];
  y: [number, number];
} {
  const ends = [0, 1].map((which) => {
    let [least, most] = [Infinity, -Infinity];
    for (let i = which; i < positions.length; i += 2) {
      least = Math.min(least, positions[i]!);
      most = Math.max(most, positions[i]!);
    }
    const room = 0.06 * (most - least || 1);
    return [least - room, most + room] as [number, number];
  });
  return { x: ends[0]!, y: ends[1]! };
}

/** A knob whose places are evenly spaced in powers of ten. */
export interface Dial {
  least: number;
  most: number;
  /** Significant digits of what it gives. */
  digits: number;
}

export const PLACES = 1_000;

export function placeOf(value: number, { least, most }: Dial): number {
  const share = Math.log(value / least) / Math.log(most / least);
  return Math.round(Math.min(1, Math.max(0, share)) * PLACES);
}

export function valueAt(place: number, { least, most, digits }: Dial): number {
  return Number((least * (most / least) ** (place / PLACES)).toPrecision(digits));
}

/** What became of a text, in a line. */
export function told(corpus: Schemas['Corpus']): string {
  const parts = [
    counted(corpus.sentences, 'sentence'),
    counted(corpus.tokens, 'word'),
    `${counted(corpus.vocabulary.length, 'different word')} to learn`,
  ];
  const left = [
    ...(corpus.stopword_tokens ? [counted(corpus.stopword_tokens, 'stop word')] : []),
    ...(corpus.rare_tokens
      ? [`${counted(corpus.rare_tokens, 'word')} seen fewer than ${corpus.min_count} times`]
      : []),
  ];
  return parts.join(' · ') + (left.length ? ` · left out: ${left.join(', ')}` : '');
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The mean of the last losses, as many as the smoothed curve takes. */
export function finalLoss(smoothed: ArrayLike<number>): number {
  return smoothed[smoothed.length - 1]!;
}

/** Whether curves are so far apart that only powers of ten show them all. */
export function farApart(curves: readonly ArrayLike<number>[]): boolean {
  let [least, most] = [Infinity, 0];
  for (const curve of curves) {
    for (let i = 0; i < curve.length; i++) {
      least = Math.min(least, curve[i]!);
      most = Math.max(most, curve[i]!);
    }
  }
  return least > 0 && most / least > 100;
}
