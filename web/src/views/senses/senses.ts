/** A word's occurrences as the page holds them: points, sentences by cluster, the table to keep. */
import type { BinaryRoutes, Schemas } from '$lib/api/routes';
import type { Cell } from '$lib/charts/csv';
import { percent, whole } from '$lib/charts/format';

export type Senses = BinaryRoutes['/api/senses/word'];
export type Occurrence = Schemas['OccurrenceText'];
type Payload = Schemas['WordSenses'];

export const MOST_CLUSTERS = 8;

/** An occurrence in the address: its sentence and its place in it. */
export const nameOf = ({ sentence, place }: Occurrence): string => `${sentence}.${place}`;

/** The number of the occurrence that an address names; −1 where it is not there. */
export function numberOf(occurrences: readonly Occurrence[], name: string): number {
  return name ? occurrences.findIndex((one) => nameOf(one) === name) : -1;
}

/** Numbers of the occurrences of each cluster, nearest to its centre first. */
export function byCluster({ payload, arrays }: Senses): Int32Array[] {
  let first = 0;
  return payload.clusters.map(({ size }) => {
    first += size;
    return arrays.order.data.subarray(first - size, first);
  });
}

/** How many occurrences there are, and how many of them are here. */
export function takenSaid({ word, total, occurrences }: Payload): string {
  const taken = occurrences.length;
  const times = `${word} occurs ${whole(total)} times.`;
  return taken < total ? `${times} ${whole(taken)} of these are here, taken evenly.` : times;
}

/** Why there are so many clusters. */
export function clustersSaid({ clusters, silhouettes, least, by_silhouette }: Payload): string {
  const count = clusters.length;
  const value = silhouettes.find((one) => one.clusters === count)?.value;
  const at = value === undefined ? '' : `, with a mean silhouette of ${value.toFixed(3)}`;
  if (!by_silhouette)
    return `${count === 1 ? 'One cluster' : `${count} clusters`}, as chosen${at}.`;
  if (count > 1) return `${count} clusters stand apart best${at}.`;
  if (!silhouettes.length) return 'There are too few occurrences for two clusters.';
  return `One cluster: no number of clusters reaches a mean silhouette of ${least}.`;
}

/** How far a sense may be read into clusters that stand apart so little. */
export function worthSaid({ silhouettes, clusters }: Payload): string {
  const value = silhouettes.find((one) => one.clusters === clusters.length)?.value;
  if (value === undefined) return '';
  if (value < 0.25) {
    return 'That is little: clusters of one cloud, whose borders may say more of the method than of the word. Read the sentences.';
  }
  return value < 0.5
    ? 'That is some structure; the sentences tell whether it is one of meaning.'
    : 'That is much: the clusters are clearly apart.';
}

/** A cluster's size in words: `812 of 1,632, 49.8 %`. */
export function sizeSaid(size: number, of: number): string {
  return `${whole(size)} of ${whole(of)}, ${percent(size / of)}`;
}

export const COLUMNS = ['cluster', 'x', 'y', 'sentence', 'place', 'before', 'word', 'after'];

/** The table, in the corpus' order. */
export function tableOf({ payload, arrays }: Senses, places: ArrayLike<number> | null): Cell[][] {
  const figures = (at: number) => (places ? Number(places[at]!.toPrecision(6)) : null);
  return payload.occurrences.map(({ sentence, place, before, word, after }, i) => [
    arrays.labels.data[i]! + 1,
    figures(2 * i),
    figures(2 * i + 1),
    sentence,
    place,
    before,
    word,
    after,
  ]);
}
