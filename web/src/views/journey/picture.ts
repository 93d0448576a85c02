/** The words in the plane, at a snapshot. */
import type { Point } from '$lib/components/Scatter.svelte';

export interface Paths {
  words: readonly string[];
  groups: readonly number[];
  snapshots: readonly number[];
  /** snapshots × words × 2 */
  positions: ArrayLike<number>;
}

export type Trails = 'chosen' | 'all' | 'none';

/**
 * The points at a snapshot, with the ways that they came.
 *
 * @param place Of the snapshot.
 * @param hidden Numbers of groups that are left out.
 */
export function pointsAt(
  paths: Paths,
  place: number,
  trails: Trails,
  chosen: readonly string[],
  hidden: ReadonlySet<number>,
): Point[] {
  const { words, groups, positions } = paths;
  const at = (snapshot: number, word: number): [number, number] => {
    const start = 2 * (snapshot * words.length + word);
    return [positions[start], positions[start + 1]];
  };
  return words.flatMap((label, word) => {
    const group = groups[word] ?? -1;
    if (hidden.has(group) && !chosen.includes(label)) return [];
    const [x, y] = at(place, word);
    const drawn = trails === 'all' || (trails === 'chosen' && chosen.includes(label));
    const trail = drawn ? Array.from({ length: place }, (_, snapshot) => at(snapshot, word)) : [];
    return [{ x, y, label, group, trail }];
  });
}

/** Bounds of all positions at all snapshots, with some room: axes that never move. */
export function bounds(positions: ArrayLike<number>): { x: [number, number]; y: [number, number] } {
  const ends = [0, 1].map((axis) => {
    let [least, most] = [Infinity, -Infinity];
    for (let i = axis; i < positions.length; i += 2) {
      least = Math.min(least, positions[i]);
      most = Math.max(most, positions[i]);
    }
    if (least > most) return [-1, 1] as [number, number];
    const room = 0.06 * (most - least || 1);
    return [least - room, most + room] as [number, number];
  });
  return { x: ends[0], y: ends[1] };
}
