import { expect, test } from 'vitest';
import { toggled } from '$lib/word-list';
import { STARTERS, startsFrom } from './starters';

test('the textbook analogy where its words are known', () => {
  const starts = startsFrom([...STARTERS], []);
  expect(starts.plus).toEqual(['king', 'woman']);
  expect(starts.minus).toEqual(['man']);
  expect(starts.word).toBe('king');
});

test('a vocabulary without any starter begins with words of its own', () => {
  const starts = startsFrom([], ['le', 'roi', 'reine']);
  expect(starts).toMatchObject({ word: 'le', plus: ['le', 'reine'], minus: ['roi'], b: 'roi' });
  expect(starts.words).toEqual(['le', 'roi', 'reine']);
});

test('a vocabulary of one word is no fault', () => {
  expect(startsFrom([], ['only'])).toMatchObject({ word: 'only', a: 'only', b: 'only' });
});

test('a word is put in once and taken out again', () => {
  expect(toggled(['a'], 'b')).toBe('a,b');
  expect(toggled(['a', 'b'], 'a')).toBe('b');
});
