/** Sentences about a run, each made of its figures, and left out where they do not bear it. */
import { fixed, percent } from '$lib/charts/format';
import { snapshotName, type Unit } from './snapshots';

/** Less than this share above the lowest is no rise. */
const RISE = 0.01;
/** A rank correlation nearer to 0 than this says nothing. */
const SOME = 0.1;

/** Where a curve was lowest before its end, by how much it has risen since; null where it has not. */
export function risenSince(
  at: ArrayLike<number>,
  losses: ArrayLike<number>,
  first = 0,
): { lowest: number; at: number; last: number } | null {
  const last = losses[losses.length - 1];
  if (last === undefined || !(last > 0)) return null;
  let place = losses.length - 1;
  for (let i = first; i < losses.length; i++) if (losses[i]! < losses[place]!) place = i;
  const lowest = losses[place]!;
  return last > lowest * (1 + RISE) ? { lowest, at: at[place]!, last } : null;
}

/**
 * A sentence about a loss that rises again towards its end, or none.
 *
 * @param window Points of which each is the mean; those before have fewer behind them.
 */
export function riseSaid(
  unit: Unit,
  at: ArrayLike<number>,
  losses: ArrayLike<number>,
  window: number,
): string {
  const rise = risenSince(at, losses, unit === 'step' ? Math.min(window, losses.length) - 1 : 0);
  if (!rise) return '';
  const [lowest, last] = [fixed(rise.lowest), fixed(rise.last)];
  if (unit === 'step') {
    return `The mean was lowest after ${snapshotName(unit, rise.at)}, ${lowest}, and is ${last} at the end.`;
  }
  return (
    `It was lowest at ${percent(rise.at)} of the run, ${lowest}, and is ${last} at the end: each ` +
    'value is of the text read since the snapshot before, in the order of the text, and some ' +
    'parts of it are harder to foresee than others.'
  );
}

/** What a rank correlation says, in a few words: `the more …, the …`. */
export function correlationSaid(correlation: number, positive: string, negative: string): string {
  if (Number.isNaN(correlation)) return 'no correlation without differences';
  if (correlation > SOME) return positive;
  return correlation < -SOME ? negative : 'hardly any';
}

/** What blocks of a heat map of cosines show, by its mean cosines within groups and across. */
export function groupsSaid(within: number | null, across: number | null): string {
  if (within === null || across === null) return '';
  const [a, b] = [fixed(within, { digits: 2 }), fixed(across, { digits: 2 })];
  if (within > across + SOME) {
    return `Words of a group are more alike (mean cosine ${a}) than words of different groups (${b}): blocks of blue along the diagonal.`;
  }
  return `Words of a group (mean cosine ${a}) are hardly more alike than words of different groups (${b}).`;
}
