import { expect, test } from 'vitest';
import { choices, passes, shown, unused } from './config';

const run = {
  architecture: 'skipgram',
  loss: 'softmax',
  optimizer: 'sgd',
  options: [],
  steps: 15_000,
};

test('what is not known of a file is not said', () => {
  expect(choices({ ...run, architecture: null, loss: null, optimizer: null })).toEqual([]);
  expect(choices(run).map((choice) => choice.value)).toEqual([
    'Skip-gram',
    'Softmax',
    'Gradient descent',
  ]);
});

test('a kind that this page does not know is named as it is', () => {
  expect(choices({ ...run, loss: 'new' })[1]).toEqual({ name: 'Loss', value: 'new', note: '' });
});

test('values of every kind can be read', () => {
  expect([null, true, false, 0.1, -2, 'sgd'].map(shown)).toEqual([
    'not set',
    'on',
    'off',
    '0.1',
    '−2',
    'sgd',
  ]);
});

test('an option that made no difference says why', () => {
  expect(unused('negative', run)).toBe('only with negative sampling');
  expect(unused('negative', { ...run, loss: 'negative' })).toBeNull();
  expect(unused('cbow_update', run)).toBe('only with CBOW');
  expect(unused('cbow_update', { ...run, architecture: null })).toBeNull();
  expect(unused('window', run)).toBeNull();
  expect(unused('window', { ...run, architecture: 'next-word' })).toBe(
    'the next word has no window',
  );
});

test('passes over the examples', () => {
  expect(passes(15_000, 1752)).toBeCloseTo(8.56, 2);
  expect(passes(15_000, 0)).toBe(0);
});
