/** Mean cosines between groups of words. */

export interface Sized {
  name: string;
  count: number;
}

/**
 * The mean cosine of each group's words with each other's; on the diagonal of different words.
 *
 * @param cosines words × words, in the groups' order.
 * @returns groups × groups; NaN for a group of one word with itself.
 */
export function groupMeans(cosines: ArrayLike<number>, groups: readonly Sized[]): Float64Array {
  const words = groups.reduce((sum, { count }) => sum + count, 0);
  const starts = groups.map((_, g) => groups.slice(0, g).reduce((sum, one) => sum + one.count, 0));
  const means = new Float64Array(groups.length ** 2);
  groups.forEach((rows, g) => {
    groups.forEach((columns, h) => {
      let sum = 0;
      for (let i = starts[g]; i < starts[g] + rows.count; i++)
        for (let j = starts[h]; j < starts[h] + columns.count; j++)
          if (i !== j) sum += cosines[i * words + j];
      const pairs = rows.count * columns.count - (g === h ? rows.count : 0);
      means[g * groups.length + h] = pairs ? sum / pairs : NaN;
    });
  });
  return means;
}
