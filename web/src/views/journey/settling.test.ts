import { describe, expect, it } from 'vitest';
import { bands, courseOf, meanOver, rankCorrelation } from './settling';

describe('words by frequency', () => {
  it('are parted into thirds, the most frequent first', () => {
    const found = bands([1, 60, 2, 50, 3, 40]);
    expect(found.map(({ name, members, least, most }) => [name, members, least, most])).toEqual([
      ['frequent', [1, 3], 50, 60],
      ['in between', [5, 4], 3, 40],
      ['rare', [2, 0], 1, 2],
    ]);
  });

  it('stay together where they are equally frequent', () => {
    expect(bands([9, 1, 1, 1, 1, 1]).map(({ members }) => members.length)).toEqual([1, 5]);
    expect(bands([9, 8, 1, 1, 1, 1]).map(({ name, members }) => [name, members])).toEqual([
      ['frequent', [0, 1]],
      ['rare', [2, 3, 4, 5]],
    ]);
  });

  it('are not parted where all are alike', () => {
    expect(bands([5, 5, 5])).toEqual([]);
    expect(bands([])).toEqual([]);
  });
});

describe('cosines over time', () => {
  const cosines = [0, 0.5, 1, 0.2, 0.4, 0.6]; // two snapshots, three words

  it('are a mean over some words, or one word’s own', () => {
    expect(meanOver(cosines, 2, 3, [0, 2])).toEqual([0.5, 0.4]);
    expect(courseOf(cosines, 2, 3, 1)).toEqual([0.5, 0.4]);
  });
});

describe('rank correlation', () => {
  it('is 1 for the same order, −1 for the opposite one', () => {
    expect(rankCorrelation([1, 2, 30], [5, 6, 7])).toBeCloseTo(1);
    expect(rankCorrelation([1, 2, 30], [7, 6, 5])).toBeCloseTo(-1);
  });

  it('shares ranks among equal numbers, as SciPy’s spearmanr does', () => {
    expect(rankCorrelation([1, 2, 2, 3], [1, 3, 2, 4])).toBeCloseTo(0.9486832980505138, 12);
  });

  it('is none where nothing differs', () => {
    expect(rankCorrelation([1, 1], [1, 2])).toBeNaN();
    expect(rankCorrelation([], [])).toBeNaN();
  });
});
