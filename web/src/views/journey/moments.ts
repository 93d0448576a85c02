/** Moments of a run: numbers of steps done, or shares of the run. */
import { fixed, whole } from '$lib/charts/format';

export type Unit = 'step' | 'share';

/** `step 3,750`, `37.5 % of the run`. */
export function momentName(unit: Unit, moment: number): string {
  return unit === 'step' ? `step ${whole(moment)}` : `${shareName(moment)} of the run`;
}

/** The same in a column's head: `3,750`, `37.5 %`. */
export function momentHead(unit: Unit, moment: number): string {
  return unit === 'step' ? whole(moment) : shareName(moment);
}

function shareName(share: number): string {
  const percents = 100 * share;
  const digits = percents === 0 || percents === 100 ? 0 : percents < 1 ? 2 : 1;
  return `${fixed(percents, { digits })} %`;
}

/** The place of the last of rising moments that is not after `now`; 0 where all are. */
export function latest(moments: readonly number[], now: number): number {
  let place = 0;
  while (place + 1 < moments.length && moments[place + 1] <= now) place++;
  return place;
}

/** The place of the moment nearest to `now`. */
export function nearestMoment(moments: readonly number[], now: number): number {
  const before = latest(moments, now);
  const after = Math.min(before + 1, moments.length - 1);
  return Math.abs(moments[after] - now) < Math.abs(moments[before] - now) ? after : before;
}
