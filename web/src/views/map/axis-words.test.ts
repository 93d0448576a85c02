import { expect, it } from 'vitest';
import { AXIS_WORDS, axisWords } from './axis-words';

it('takes the pairs that are known whole, then frequent words', () => {
  expect(axisWords([...AXIS_WORDS], ['the'])).toEqual(['man', 'woman', 'bad', 'good']);
  expect(axisWords(['man', 'bad', 'good'], ['the', 'bad', 'of'])).toEqual([
    'bad',
    'good',
    'the',
    'of',
  ]);
  expect(axisWords([], ['1,000', 'a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c', 'd']);
});
