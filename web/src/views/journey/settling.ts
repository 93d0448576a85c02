/** How soon words come to rest: means over words that are about as frequent. */

export interface Band {
  name: string;
  /** Places of its words. */
  members: number[];
  least: number;
  most: number;
}

/**
 * Three bands of about as many words each, the most frequent first. Words that are equally frequent
 * stay in one band, so that there may be fewer bands; none where all are alike.
 */
export function bands(counts: ArrayLike<number>): Band[] {
  const order = Array.from(counts, (_, place) => place).sort((a, b) => counts[b] - counts[a]);
  const tied = (at: number) =>
    at > 0 && at < order.length && counts[order[at]] === counts[order[at - 1]];
  const ends = [1 / 3, 2 / 3, 1].map((share) => {
    const wanted = Math.round(share * order.length);
    let [before, after] = [wanted, wanted];
    while (tied(before)) before--;
    while (tied(after)) after++;
    return before > 0 && wanted - before <= after - wanted ? before : after;
  });
  const parts = ends
    .map((end, band) => order.slice(band ? ends[band - 1] : 0, end))
    .filter((members) => members.length);
  if (parts.length < 2) return [];
  const names = parts.length === 2 ? ['frequent', 'rare'] : ['frequent', 'in between', 'rare'];
  return parts.map((members, band) => ({
    name: names[band],
    members,
    most: counts[members[0]],
    least: counts[members[members.length - 1]],
  }));
}

/**
 * The mean over some words at each snapshot.
 *
 * @param cosines snapshots × words.
 */
export function meanOver(
  cosines: ArrayLike<number>,
  snapshots: number,
  words: number,
  members: readonly number[],
): number[] {
  return Array.from({ length: snapshots }, (_, snapshot) => {
    let sum = 0;
    for (const member of members) sum += cosines[snapshot * words + member];
    return sum / members.length;
  });
}

/** One word's cosine at each snapshot. */
export function courseOf(
  cosines: ArrayLike<number>,
  snapshots: number,
  words: number,
  place: number,
): number[] {
  return Array.from({ length: snapshots }, (_, snapshot) => cosines[snapshot * words + place]);
}

/** The rank correlation (Spearman) of two series; NaN where one of them is constant. */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (x.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((one, i) => {
    xy += (one - mean) * (y[i] - mean);
    xx += (one - mean) ** 2;
    yy += (y[i] - mean) ** 2;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN;
}

/** Ranks from 0; equal numbers share the mean of theirs. */
function ranks(values: ArrayLike<number>): number[] {
  const order = Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const found = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]] === values[order[start]]) end++;
    for (let i = start; i <= end; i++) found[order[i]] = (start + end) / 2;
    start = end + 1;
  }
  return found;
}
