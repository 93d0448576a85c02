/** The words on the map over the run: positions between snapshots, and groups as they form. */

export interface Film {
  words: readonly string[];
  groups: readonly number[];
  /** Steps, or shares of the run. */
  snapshots: readonly number[];
  /** snapshots × words × 2 */
  positions: ArrayLike<number>;
}

export type Point = readonly [x: number, y: number];

/** Where every word is at a share of the run, 0 … 1: straight on between two snapshots. */
export function pointsAt({ words, snapshots, positions }: Film, share: number): Point[] {
  const last = snapshots.length - 1;
  const now = snapshots[0] + Math.min(1, Math.max(0, share)) * (snapshots[last] - snapshots[0]);
  let before = 0;
  while (before + 1 < last && snapshots[before + 1] <= now) before++;
  const after = Math.min(before + 1, last);
  const span = snapshots[after] - snapshots[before];
  const part = span > 0 ? (now - snapshots[before]) / span : 0;
  const at = (snapshot: number, word: number, axis: number) =>
    positions[2 * (snapshot * words.length + word) + axis];
  return words.map((_, word) => {
    const [x, y] = [0, 1].map(
      (axis) => (1 - part) * at(before, word, axis) + part * at(after, word, axis),
    );
    return [x, y];
  });
}

/** The way of one word up to a share of the run. */
export function trailOf(film: Film, word: number, share: number): Point[] {
  const { snapshots, words, positions } = film;
  const last = snapshots[snapshots.length - 1];
  const passed = snapshots.filter((snapshot) => snapshot <= share * last).length;
  const before = Array.from({ length: passed }, (_, at): Point => {
    const start = 2 * (at * words.length + word);
    return [positions[start], positions[start + 1]];
  });
  return [...before, pointsAt(film, share)[word]];
}

/**
 * A square that holds every word: [x, y] of its middle and half its side.
 *
 * @param share Half way from what holds them then to what holds them always; null: always.
 */
export function frameOf(film: Film, share: number | null = null): { middle: Point; half: number } {
  const always = around(film.positions);
  if (share === null) return always;
  const then = around(pointsAt(film, share).flat());
  const [x, y] = [0, 1].map((axis) => (always.middle[axis] + then.middle[axis]) / 2);
  return { middle: [x, y], half: (always.half + then.half) / 2 };
}

function around(positions: ArrayLike<number>): { middle: Point; half: number } {
  const ends = [0, 1].map((axis) => {
    let [least, most] = [Infinity, -Infinity];
    for (let i = axis; i < positions.length; i += 2) {
      least = Math.min(least, positions[i]);
      most = Math.max(most, positions[i]);
    }
    return least <= most ? [least, most] : [-1, 1];
  });
  const half = Math.max(...ends.map(([least, most]) => (most - least) / 2)) || 1;
  const [x, y] = ends.map(([least, most]) => (least + most) / 2);
  return { middle: [x, y], half };
}

export interface Formed {
  group: number;
  /** Places of its words. */
  members: readonly number[];
  /** The share of the run from which on it stands together; null where it never does. */
  since: number | null;
}

const SMALLEST = 4; // words of a group that is worth a name
/** A group stands together where two of its words are so much nearer than two words at large. */
export const TOGETHER = 2 / 3;

/** Since when each group stands together on the map, to the end. */
export function formed(film: Film): Formed[] {
  const { snapshots, groups } = film;
  const last = snapshots[snapshots.length - 1] || 1;
  const numbers = [...new Set(groups.filter((group) => group >= 0))].sort((a, b) => a - b);
  const all = sampled(groups.map((_, place) => place));
  const states = snapshots.map((snapshot) => pointsAt(film, snapshot / last));
  const usual = states.map((points) => meanDistance(points, all));
  return numbers.flatMap((group) => {
    const members = groups.flatMap((one, place) => (one === group ? [place] : []));
    if (members.length < SMALLEST) return [];
    const together = states.map(
      (points, at) => middleDistance(points, members) <= TOGETHER * usual[at],
    );
    const from = together.lastIndexOf(false) + 1;
    return [{ group, members, since: from < snapshots.length ? snapshots[from] / last : null }];
  });
}

const MOST = 200; // words of which all distances are looked at

/** Evenly spaced ones of too many. */
function sampled(places: number[]): number[] {
  const stride = Math.ceil(places.length / MOST);
  return places.filter((_, i) => i % stride === 0);
}

/** The median distance between two of a few words. */
export function middleDistance(points: readonly Point[], places: readonly number[]): number {
  const distances = new Float64Array((places.length * (places.length - 1)) / 2);
  let pair = 0;
  eachPair(points, places, (distance) => (distances[pair++] = distance));
  distances.sort();
  return distances[Math.floor(distances.length / 2)] ?? 0;
}

/** The mean distance between two of many words. */
export function meanDistance(points: readonly Point[], places: readonly number[]): number {
  let [sum, pairs] = [0, 0];
  eachPair(points, places, (distance) => {
    sum += distance;
    pairs++;
  });
  return pairs ? sum / pairs : 0;
}

function eachPair(
  points: readonly Point[],
  places: readonly number[],
  take: (distance: number) => void,
): void {
  for (let i = 0; i < places.length; i++) {
    const [x, y] = points[places[i]];
    for (let j = i + 1; j < places.length; j++) {
      const [a, b] = points[places[j]];
      take(Math.sqrt((a - x) ** 2 + (b - y) ** 2));
    }
  }
}

/** How much of the words' way to their last places is behind them at a share of the run. */
export function behind(film: Film, share: number): number {
  const end = pointsAt(film, 1);
  const apart = (points: readonly Point[]) =>
    points.reduce((sum, [x, y], i) => sum + Math.hypot(x - end[i][0], y - end[i][1]), 0);
  const all = apart(pointsAt(film, 0));
  return all > 0 ? 1 - apart(pointsAt(film, share)) / all : 1;
}
