import { expect, test } from 'vitest';
import { matching, shares } from './corpus';

const words = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ word: `w${index}`, count: 1 }));

test('what was read is trained on or taken out', () => {
  const found = shares({
    tokens: 3117,
    vocabulary: words(96),
    stopword_tokens: 1715,
    rare_tokens: 151,
    stopwords_removed: words(34),
    rare_removed: words(80),
  });
  expect(found.map(({ tokens }) => tokens)).toEqual([1251, 1715, 151]);
  expect(found.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
});

test('an empty text has no shares to divide', () => {
  const found = shares({
    tokens: 0,
    vocabulary: [],
    stopword_tokens: 0,
    rare_tokens: 0,
    stopwords_removed: [],
    rare_removed: [],
  });
  expect(found.every(({ share }) => share === 0)).toBe(true);
});

test('letter case does not hide a word', () => {
  const found = matching([{ word: 'King' }, { word: 'queen' }, { word: 'viking' }], ' KING');
  expect(found.map(({ word }) => word)).toEqual(['King', 'viking']);
});
