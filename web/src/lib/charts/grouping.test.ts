import { expect, it } from 'vitest';
import { byGroup, grouping, NO_GROUPS } from './grouping';

const found = grouping({
  words: ['bone', 'cat', 'king', 'odd', 'queen'],
  counts: [],
  groups: [
    { name: 'royalty', rows: [4, 2] },
    { name: 'pets', rows: [1, 0] },
  ],
});

it('orders words by group, a group’s words in its own order, the others last', () => {
  const { order, sizes } = byGroup(['odd', 'cat', 'king', 'queen'], found);
  expect(order).toEqual([3, 2, 1, 0]);
  expect(sizes).toEqual([
    { name: 'royalty', count: 2 },
    { name: 'pets', count: 1 },
    { name: 'others', count: 1 },
  ]);
});

it('knows each word’s group', () => {
  expect(found.of.get('cat')).toBe(1);
  expect(found.of.has('odd')).toBe(false);
});

it('leaves the order alone where there are no groups', () => {
  expect(byGroup(['b', 'a'], NO_GROUPS)).toEqual({
    order: [0, 1],
    sizes: [{ name: 'others', count: 2 }],
  });
});
