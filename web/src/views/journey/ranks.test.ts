import { describe, expect, it } from 'vitest';
import { climbers, links, settledAt } from './ranks';

const near = (words: string[]) =>
  words.map((word, i) => ({ word, row: word.charCodeAt(0), cosine: 1 - i / 10 }));
const snapshots = [
  { snapshot: 0, nearest: near(['x', 'a']) },
  { snapshot: 10, nearest: near(['a', 'b']) },
  { snapshot: 20, nearest: near(['b', 'a']) },
];

describe('neighbours over time', () => {
  it('keep each word’s place at each snapshot, those of the end first', () => {
    const all = climbers(snapshots);
    expect(all.map(({ word }) => word)).toEqual(['b', 'a', 'x']);
    expect(all[1].places).toEqual([1, 0, 1]);
    expect(all[0].places).toEqual([null, 1, 0]);
    expect(all[0].cosines).toEqual([null, 0.9, 1]);
  });

  it('are joined where a word stays, and only there', () => {
    expect(links(climbers(snapshots))).toEqual([
      { word: 'b', column: 1, from: 1, to: 0 },
      { word: 'a', column: 0, from: 1, to: 0 },
      { word: 'a', column: 1, from: 0, to: 1 },
    ]);
  });

  it('count how many of the final ones are already there', () => {
    expect([0, 1, 2].map((column) => settledAt(snapshots, column))).toEqual([1, 2, 2]);
    expect(settledAt([], 0)).toBe(0);
  });
});
