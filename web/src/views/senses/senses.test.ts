import { expect, it } from 'vitest';
import {
  byCluster,
  clustersSaid,
  nameOf,
  numberOf,
  type Senses,
  tableOf,
  takenSaid,
  worthSaid,
} from './senses';

const occurrences = [0, 1, 2, 4].map((sentence) => ({
  sentence,
  place: 3,
  before: 'by the ',
  word: 'bank',
  after: ' of it',
}));
const senses = {
  payload: {
    word: 'bank',
    total: 9,
    occurrences,
    clusters: [
      { size: 3, telling: [] },
      { size: 1, telling: [] },
    ],
    silhouettes: [
      { clusters: 2, value: 0.3 },
      { clusters: 3, value: 0.1 },
    ],
    least: 0.12,
    by_silhouette: true,
  },
  arrays: {
    labels: { data: new Int32Array([0, 1, 0, 0]), shape: [4] },
    order: { data: new Int32Array([3, 0, 2, 1]), shape: [4] },
  },
} as unknown as Senses;

it('names an occurrence by its sentence and its place, and finds it again', () => {
  expect(nameOf(occurrences[3]!)).toBe('4.3');
  expect(numberOf(occurrences, '4.3')).toBe(3);
  expect([numberOf(occurrences, '4.2'), numberOf(occurrences, '')]).toEqual([-1, -1]);
});

it('has the occurrences of each cluster, those nearest to its centre first', () => {
  expect(byCluster(senses).map((one) => [...one])).toEqual([[3, 0, 2], [1]]);
});

it('says how many there are, and why so many clusters', () => {
  const { payload } = senses;
  expect(takenSaid(payload)).toBe('bank occurs 9 times. 4 of these are here, taken evenly.');
  expect(takenSaid({ ...payload, total: 4 })).toBe('bank occurs 4 times.');
  expect(clustersSaid(payload)).toBe(
    '2 clusters stand apart best, with a mean silhouette of 0.300.',
  );
  expect(clustersSaid({ ...payload, by_silhouette: false })).toBe(
    '2 clusters, as chosen, with a mean silhouette of 0.300.',
  );
  const one = { ...payload, clusters: payload.clusters.slice(0, 1) };
  expect(clustersSaid(one)).toContain('no number of clusters reaches a mean silhouette of 0.12');
  expect(clustersSaid({ ...one, silhouettes: [] })).toContain('too few');
  expect(clustersSaid({ ...one, by_silhouette: false })).toBe('One cluster, as chosen.');
});

it('says how much clusters that stand apart so far are worth', () => {
  const apart = (value: number) =>
    worthSaid({ ...senses.payload, silhouettes: [{ clusters: 2, value }] });
  expect(apart(0.2)).toContain('little');
  expect(apart(0.3)).toContain('some structure');
  expect(apart(0.6)).toContain('clearly apart');
  expect(worthSaid({ ...senses.payload, silhouettes: [] })).toBe('');
});

it('makes a table of the occurrences, with their places once they are there', () => {
  const places = new Float32Array([1, 2, 3, 4, 5, 6, 7, 0.1]);
  expect(tableOf(senses, places)[3]).toEqual([1, 7, 0.1, 4, 3, 'by the ', 'bank', ' of it']);
  expect(tableOf(senses, null)[1]!.slice(0, 3)).toEqual([2, null, null]);
});
