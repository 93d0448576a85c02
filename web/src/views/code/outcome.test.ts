import { expect, test } from 'vitest';
import { lossEnds, outcome, type Known } from './outcome';

const known: Known = {
  subject: {
    words: 96,
    vector_size: 8,
    steps: 15_000,
    options: [{ name: 'window', value: 3, meaning: '' }],
  },
  corpus: {
    name: 'bundled corpus',
    sentences: 545,
    used_sentences: 545,
    tokens: 3117,
    vocabulary: [],
    stopwords_removed: [],
    rare_removed: [],
    stopword_tokens: 1715,
    rare_tokens: 151,
    samples: [],
    min_count: 3,
    window: 3,
    pairs: 1752,
  },
  census: {
    layers: [{ name: 'W', role: '', shape: [96, 8], parameters: 768 }],
    parameters: 768,
    comparisons: [],
  },
  loss: { first: 4.5832, last: 3.5078, window: 500, chance: Math.log(96) },
};

test('the loss at both ends is the mean of so many steps', () => {
  expect(lossEnds([4, 2, 1, 1], { window: 2, chance: null })).toEqual({
    first: 3,
    last: 1,
    window: 2,
    chance: null,
  });
});

test('a run shorter than the mean’s window is taken whole, an empty one not at all', () => {
  expect(lossEnds([4, 2], { window: 500, chance: null })).toMatchObject({ first: 3, last: 3 });
  expect(lossEnds([], { window: 500, chance: null })).toBeUndefined();
});

test('each section says what it came to', () => {
  const said = (key: string) => outcome(key, known).map((fact) => fact.value);
  expect(said('corpus')).toEqual(['545', '3,117', '1,866', '96 words']);
  expect(said('pairs')).toEqual(['1,752', '3 words']);
  expect(said('model')).toEqual(['96 × 8', '768']);
  expect(said('loop')).toEqual(['15,000', '4.583 → 3.508', '4.564']);
  expect(said('projection')).toEqual([]);
});

test('what a file does not know is not said', () => {
  const nothing = { ...known, corpus: undefined, loss: undefined };
  expect(outcome('corpus', nothing)).toEqual([]);
  expect(outcome('loop', nothing)).toEqual([]);
});
