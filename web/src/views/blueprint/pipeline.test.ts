import { expect, test } from 'vitest';
import { stations } from './pipeline';

const bundled = {
  words: 96,
  vector_size: 8,
  architecture: 'skipgram',
  loss: 'softmax',
  options: [],
};

test('a softmax run scores every word of the vocabulary', () => {
  expect(stations(bundled).map((station) => station.size)).toEqual([96, 8, 96, 96, 1]);
});

test('negative sampling scores the true word and those drawn', () => {
  const options = [{ name: 'negative', value: 5, meaning: '' }];
  const found = stations({ ...bundled, loss: 'negative', options });
  expect(found.map((station) => station.size)).toEqual([96, 8, 6, 6, 1]);
  expect(found[3]!.name).toBe('sigmoid');
});

test('a tree’s path is as long as its word says', () => {
  const found = stations({ ...bundled, loss: 'hierarchical' });
  expect(found.map((station) => station.size)).toEqual([96, 8, null, null, 1]);
});

test('CBOW averages rows', () => {
  expect(stations({ ...bundled, architecture: 'cbow' })[1]!.name).toBe('mean of rows of W');
});
