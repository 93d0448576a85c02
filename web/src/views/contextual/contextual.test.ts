import { describe, expect, it } from 'vitest';
import { choiceOf, sizeOf, spoken, toggled, written } from './choice';
import { curve, MOST_REPORTED, reported, withSpread } from './report';
import { checked, cutTo, firstChoice, groups, part, type Sentence, windowsSaid } from './sentences';

/** A sentence of words given by their tokens' numbers; tokens that no word has stand for signs. */
function sentence(text: string, words: [string, number[]][], tokens: number): Sentence {
  return {
    text,
    words: words.map(([word, pieces]) => ({ word, start: 0, end: 0, pieces })),
    tokens: Array.from({ length: tokens }, (_, id) => ({
      token: `t${id}`,
      id,
      start: 0,
      end: 0,
      special: false,
    })),
  };
}

const RIVER = sentence(
  'the bank of a river',
  [
    ['the', [1]],
    ['bank', [2]],
    ['river', [3]],
  ],
  5,
);
const MONEY = sentence(
  'Bank money',
  [
    ['Bank', [0]],
    ['money', [1]],
  ],
  2,
);

describe('the words that are compared at first', () => {
  it('are the one that both sentences have', () => {
    expect(firstChoice(RIVER, MONEY)).toEqual([1, 0]);
  });
  it('are the longest where they have none in common', () => {
    expect(firstChoice(RIVER, sentence('x', [['x', [0]]], 1))).toEqual([2, 0]);
  });
  it('are the two longest of one sentence', () => {
    expect(firstChoice(RIVER, RIVER)).toEqual([2, 1]);
    expect(firstChoice(RIVER, null)).toEqual([2]);
  });
  it('have a vector', () => {
    expect(firstChoice(sentence('🙂', [['🙂', []]], 0), null)).toEqual([null]);
    expect(checked(RIVER, 0, 2)).toBe(0);
    expect(checked(RIVER, 7, 2)).toBe(2);
  });
});

describe('tokens joined into words', () => {
  it('keep signs apart and pieces together', () => {
    const found = groups(sentence('un break !', [['unbreak', [1, 2]]], 4));
    expect(found).toEqual([
      { words: [], tokens: [0] },
      { words: [0], tokens: [1, 2] },
      { words: [], tokens: [3] },
    ]);
  });
  it('join the words that share a token', () => {
    const found = groups(
      sentence(
        'new york',
        [
          ['new', [0]],
          ['york', [0, 1]],
        ],
        2,
      ),
    );
    expect(found).toEqual([{ words: [0, 1], tokens: [0, 1] }]);
  });
  it('leave a word without a token in its place', () => {
    const found = groups(
      sentence(
        'a b c',
        [
          ['a', [0]],
          ['b', []],
          ['c', [1]],
        ],
        2,
      ),
    );
    expect(found.map(({ words }) => words)).toEqual([[0], [1], [2]]);
  });
  it('count characters as the server does', () => {
    expect(part('🙂 bank', 2, 6)).toBe('bank');
  });
});

describe('the choice of layers', () => {
  it('is the last one unless the address says otherwise', () => {
    expect(choiceOf({}, 6)).toEqual({ layers: [6], combine: 'last', pooling: 'mean' });
    expect(choiceOf({ layers: '9,x', combine: 'sum', pooling: 'odd' }, 6).layers).toEqual([6]);
  });
  it('combines several', () => {
    const choice = choiceOf({ layers: '6,3,3', combine: 'concat', pooling: 'max' }, 6);
    expect(choice).toEqual({ layers: [3, 6], combine: 'concat', pooling: 'max' });
    expect(sizeOf(choice, 8)).toBe(16);
    expect(sizeOf({ ...choice, pooling: 'first_last' }, 8)).toBe(32);
    expect(spoken(choice)).toBe('layers 3, 6, one after the other');
    expect(spoken(choiceOf({ layers: '3,4,5,6' }, 6))).toBe('the mean of layers 3 to 6');
  });
  it('goes into the address and never becomes empty', () => {
    expect(written([6], 6)).toBeNull();
    expect(written([0, 6], 6)).toBe('0,6');
    expect(toggled([3], 3)).toEqual([3]);
    expect(toggled([3, 6], 3)).toEqual([6]);
    expect(toggled([3], 1)).toEqual([1, 3]);
  });
});

describe('what is cut', () => {
  it('is nothing where a text fits, to the character', () => {
    expect(cutTo('four', 4)).toEqual({ kept: 'four', cut: 0 });
    expect(cutTo('', 4)).toEqual({ kept: '', cut: 0 });
  });

  it('is whole words, and all that is cut is counted', () => {
    expect(cutTo('one two three', 9)).toEqual({ kept: 'one two', cut: 6 });
    expect(cutTo('one two three', 7)).toEqual({ kept: 'one two', cut: 6 });
    expect(cutTo('one two three', 8)).toEqual({ kept: 'one two', cut: 6 });
    expect(cutTo('abcdefgh', 3)).toEqual({ kept: 'abc', cut: 5 });
  });

  it('is counted in characters, not in halves of them', () => {
    expect(cutTo('😀😀😀', 3)).toEqual({ kept: '😀😀😀', cut: 0 });
    expect(cutTo('😀😀😀', 2)).toEqual({ kept: '😀😀', cut: 1 });
  });

  it('says that a model reads more tokens than it sees in windows', () => {
    expect(windowsSaid(512, 512)).toBe('');
    expect(windowsSaid(9_000, null)).toBe('');
    expect(windowsSaid(600, 512)).toContain('600 tokens, and the model sees 512 at a time');
  });
});

describe('the report on all layers', () => {
  const estimate = (value: number | null, half: number | null = null) => ({ value, half, of: 2 });
  const layer = (number: number, value: number | null) => ({
    layer: number,
    anisotropy: estimate(value),
    self_similarity: estimate(0.5, 0.125),
    intra_sentence: estimate(null),
    outliers: 0,
    outlier_part: 0,
  });

  it('is of the sentences above and the examples, each once', () => {
    const found = reported(
      ['  one fox ', 'one fox', '', 'They sat on the bank of the river.'],
      100,
    );
    expect(found.slice(0, 2)).toEqual(['one fox', 'They sat on the bank of the river.']);
    expect(new Set(found).size).toBe(found.length);
    expect(found.length).toBe(9);
  });
  it('is of what was typed alone, cut and no more than are taken', () => {
    const typed = Array.from({ length: 80 }, (_, n) => `${n} a long sentence`);
    const found = reported(typed, 8, false);
    expect(found.length).toBe(MOST_REPORTED);
    expect(found.every((line) => line.length <= 8)).toBe(true);
  });
  it('leaves out of a line what a layer does not have', () => {
    const layers = [layer(0, null), layer(1, 0.25)];
    expect(curve(layers, 'anisotropy')).toEqual({ x: [1], y: [0.25] });
    expect(curve(layers, 'intra_sentence')).toEqual({ x: [], y: [] });
  });
  it('says half of an interval where there is one', () => {
    expect(withSpread(estimate(0.5, 0.125))).toBe('0.50 ± 0.13');
    expect(withSpread(estimate(0.5))).toBe('0.50');
    expect(withSpread(estimate(null))).toBe('–');
  });
});
