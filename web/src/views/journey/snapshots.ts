/** Snapshots of a run: numbers of steps done, or shares of the run. */
import { fixed, whole } from '$lib/charts/format';

export type Unit = 'step' | 'share';

/** `step 3,750`, `37.5 % of the run`. */
export function snapshotName(unit: Unit, snapshot: number): string {
  return unit === 'step' ? `step ${whole(snapshot)}` : `${shareName(snapshot)} of the run`;
}

/** The same in a column's head: `3,750`, `37.5 %`. */
export function snapshotHead(unit: Unit, snapshot: number): string {
  return unit === 'step' ? whole(snapshot) : shareName(snapshot);
}

function shareName(share: number): string {
  const percents = 100 * share;
  const digits = percents === 0 || percents === 100 ? 0 : percents < 1 ? 2 : 1;
  return `${fixed(percents, { digits })} %`;
}

/** The place of the last of rising snapshots that is not after `now`; 0 where all are. */
export function latest(snapshots: readonly number[], now: number): number {
  let place = 0;
  while (place + 1 < snapshots.length && snapshots[place + 1] <= now) place++;
  return place;
}

/** The place of the snapshot nearest to `now`. */
export function nearestSnapshot(snapshots: readonly number[], now: number): number {
  const before = latest(snapshots, now);
  const after = Math.min(before + 1, snapshots.length - 1);
  return Math.abs(snapshots[after] - now) < Math.abs(snapshots[before] - now) ? after : before;
}
