import { describe, expect, it } from 'vitest';
import { type Compared, lineOf, ordered, sortOf, sortText, spread } from './words';

const all = (p: number[] | null = null): Compared => ({
  words: ['the', 'Sea', 'ash', 'seal'],
  rows: Int32Array.of(0, 1, 2, 3),
  shifts: Float32Array.of(0.1, 0.5, 0.25, 0.5),
  expected: Float32Array.of(0.2, 0.2, 0.3, 0.3),
  excess: Float32Array.of(-1, 3, 0, 4),
  lengths: Float32Array.of(1, 8, 2, 7, 3, 6, 4, 5),
  p: p && Float64Array.from(p),
});

describe('the order of compared words', () => {
  it('is by excess unless told otherwise, and by p first where runs were tested', () => {
    expect([...ordered(all(), sortOf(''))]).toEqual([3, 1, 2, 0]);
    expect([...ordered(all([0.1, 0.5, 0.1, 0.9]), sortOf(''))]).toEqual([2, 0, 1, 3]);
  });

  it('is by any column, both ways, equals by excess', () => {
    expect([...ordered(all(), sortOf('-shift'))]).toEqual([3, 1, 2, 0]);
    expect([...ordered(all(), sortOf('shift'))]).toEqual([0, 2, 3, 1]);
    expect([...ordered(all(), sortOf('word'))]).toEqual([2, 1, 3, 0]);
    expect([...ordered(all(), sortOf('b'))]).toEqual([3, 2, 1, 0]);
    expect([...ordered(all(), sortOf('-a'))]).toEqual([3, 2, 1, 0]);
  });

  it('has those alone that hold a text, in either letter case', () => {
    expect([...ordered(all(), sortOf('word'), ' SEA')]).toEqual([1, 3]);
    expect(ordered(all(), sortOf('word'), 'q')).toHaveLength(0);
  });

  it('of a large vocabulary takes no time', () => {
    const count = 50_000;
    const values = Float32Array.from({ length: count }, (_, i) => (i * 7919) % count);
    const large: Compared = {
      ...all(),
      words: Array.from({ length: count }, (_, i) => `w${(i * 31) % count}`),
      shifts: values,
      excess: values,
    };
    const found = ordered(large, sortOf('-shift'));
    expect(found).toHaveLength(count);
    expect(values[found[0]!]).toBe(count - 1);
    expect(values[found[count - 1]!]).toBe(0);
  });
});

describe('what the address has', () => {
  it('is read back, and what is wrong is the usual order', () => {
    for (const text of ['moved', 'shift', '-p']) expect(sortText(sortOf(text))).toBe(text);
    expect(sortOf('nonsense')).toEqual({ key: 'moved', descending: false });
    expect(sortOf('-moved').descending).toBe(false);
  });
});

it('a line of a file has all numbers of a word, and no p without a test', () => {
  expect(lineOf(all(), 1)).toEqual(['Sea', 0.5, expect.closeTo(0.2), 3, null, 2, 7]);
  expect(lineOf(all([1, 0.25, 1, 1]), 1)[4]).toBe(0.25);
});

it('words are spread over the ranks, each once, first and last among them', () => {
  expect(spread(3, 10)).toEqual([0, 1, 2]);
  const found = spread(50_000, 500);
  expect(new Set(found).size).toBe(found.length);
  expect(found[0]).toBe(0);
  expect(found.at(-1)).toBe(49_999);
});
