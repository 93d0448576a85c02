import { expect, test } from 'vitest';
import {
  excerpt,
  keptPlaces,
  middle,
  neighbor,
  roles,
  slide,
  trainedSteps,
  type Word,
} from './window';

const kept = (word: string, row: number): Word => ({ word, row, removed: null });
const stop = (word: string): Word => ({ word, row: null, removed: 'stop word' });

// the king has a castle in his kingdom
const sentence = [
  stop('the'),
  kept('king', 41),
  stop('has'),
  stop('a'),
  kept('castle', 14),
  stop('in'),
  stop('his'),
  kept('kingdom', 42),
];

test('the window counts kept words only', () => {
  expect(keptPlaces(sentence)).toEqual([1, 4, 7]);
  expect(slide(sentence, 1)).toEqual([
    [1, 4],
    [4, 1],
    [4, 7],
    [7, 4],
  ]);
  expect(slide(sentence, 3)).toEqual([
    [1, 4],
    [1, 7],
    [4, 1],
    [4, 7],
    [7, 1],
    [7, 4],
  ]);
});

test('without a window each word is paired with the one behind it', () => {
  expect(slide(sentence, null)).toEqual([
    [1, 4],
    [4, 7],
  ]);
});

test('each word is something to the center', () => {
  const found = roles(sentence, slide(sentence, 1), 1);
  expect(found.map(({ role }) => role)).toEqual([
    'removed',
    'center',
    'removed',
    'removed',
    'context',
    'removed',
    'removed',
    'outside',
  ]);
  expect(found.map(({ spanned }) => spanned)).toEqual([
    ...[false, true, true, true, true],
    ...[false, false, false],
  ]);
  expect(found[7]).toMatchObject({ offset: 2, removed: null });
  expect(found[0]!.removed).toBe('stop word');
});

test('the center moves between kept words and stays at the ends', () => {
  expect(middle(sentence)).toBe(4);
  expect(neighbor(sentence, 4, 1)).toBe(7);
  expect(neighbor(sentence, 7, 1)).toBe(7);
  expect(neighbor(sentence, 4, -1)).toBe(1);
  expect(middle([stop('the')])).toBeNull();
});

test('of a long sentence the words around the center are shown', () => {
  expect(excerpt(8, 1, 40)).toEqual([0, 8]);
  expect(excerpt(199, 100, 40)).toEqual([80, 120]);
  expect(excerpt(199, 3, 40)).toEqual([0, 40]);
  expect(excerpt(199, 198, 40)).toEqual([159, 199]);
});

test('a pair’s steps are counted from 1, also where the sentence gives it twice', () => {
  const center = Int32Array.of(41, 14, 41, 41);
  const target = Int32Array.of(14, 41, 42, 14);
  expect(
    trainedSteps(center, target, [
      [41, 14],
      [42, 41],
      [41, 14],
    ]),
  ).toEqual([
    { times: 2, first: 1 },
    { times: 0, first: 0 },
    { times: 2, first: 1 },
  ]);
});
