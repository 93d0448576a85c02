import { describe, expect, it } from 'vitest';
import { grouping } from '$lib/charts/grouping';
import { groupMeans } from './means';
import { arranged, cosine, dot, norm, orderRows, type Sort } from './order';
import { rolesOf } from './roles';

const words = ['king', 'dog', 'queen'];
const matrix = { data: Float32Array.from([3, 4, -1, 0, 6, 8.5]), count: 3, dim: 2 };
const groups = grouping({ words, counts: [], groups: [{ name: 'royalty', rows: [0, 2] }] });
const order = (sort: Sort, row = 0, dimension = 0) =>
  orderRows(words, matrix, groups, { sort, row, dimension });

describe('rows can be sorted', () => {
  it('by group, with the groups’ sizes', () => {
    expect(order('group').rows).toEqual([0, 2, 1]);
    expect(order('group').groups).toEqual([
      { name: 'royalty', count: 2 },
      { name: 'others', count: 1 },
    ]);
  });

  it('by likeness to a word, the word itself first', () => {
    const { rows, keys } = order('likeness', 1);
    expect(rows).toEqual([1, 2, 0]);
    expect(keys?.[1]).toBeCloseTo(1);
    expect(keys?.[0]).toBeCloseTo(-0.6);
  });

  it('by a dimension and by length, the largest first', () => {
    expect(order('dimension', 0, 1)).toMatchObject({ rows: [2, 0, 1], keys: [4, 0, 8.5] });
    expect(order('norm').rows).toEqual([2, 0, 1]);
  });

  it('by the alphabet, or left as they are', () => {
    expect(order('alphabet').rows).toEqual([1, 0, 2]);
    expect(order('given').rows).toEqual([0, 1, 2]);
  });

  it('and are then laid out in that order', () => {
    expect([...arranged(matrix, [2, 0])]).toEqual([6, 8.5, 3, 4]);
  });
});

it('lengths, products and cosines of rows', () => {
  expect(norm(matrix, 0)).toBe(5);
  expect(dot(matrix, 0, matrix, 1)).toBe(-3);
  expect(cosine(matrix, 0, matrix, 1)).toBeCloseTo(-0.6);
  const zeros = { data: new Float32Array(2), count: 1, dim: 2 };
  expect(cosine(zeros, 0, matrix, 0)).toBe(0);
});

it('means between groups leave a word with itself out', () => {
  const cosines = [1, 0.5, 0.1, 0.5, 1, 0.3, 0.1, 0.3, 1];
  const means = groupMeans(cosines, [
    { name: 'a', count: 2 },
    { name: 'b', count: 1 },
  ]);
  expect(means[0]).toBeCloseTo(0.5);
  expect(means[1]).toBeCloseTo(0.2);
  expect(means[3]).toBeNaN();
});

it('says what a word’s two vectors are for, by what the model predicts', () => {
  const roles = ['skipgram', 'cbow', 'next-word'].map((architecture) => rolesOf(architecture));
  expect(new Set(roles.map(({ w }) => w)).size).toBe(3);
  expect(rolesOf(null)).toEqual(rolesOf('skipgram'));
  // A word of the open vocabulary stands in the texts, and none of another's.
  for (const architecture of ['skipgram', 'cbow', 'next-word']) {
    const { asks, answers } = rolesOf(architecture, 'chat');
    expect(asks + answers).toMatch(/W\[chat\].*W′\[chat\]/);
    expect(asks + answers).not.toMatch(/king\b(?<!asking|looking)|[{}]/);
  }
});
