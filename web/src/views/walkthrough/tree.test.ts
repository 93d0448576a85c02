import { expect, it } from 'vitest';
import { treeOf } from './tree';

const turns = [
  { name: 'node 94', label: 1, agreed: 0.6 },
  { name: 'node 90', label: 0, agreed: 0.5 },
  { name: 'node 71', label: 0, agreed: 0.9 },
];

it('goes down a row a turn, to the left for y = 1, and ends at the word', () => {
  const tree = treeOf(turns, 'queen', 300);
  expect(tree.nodes.map(({ y }) => y)).toEqual([16, 60, 104]);
  expect(tree.nodes[1]!.x).toBeLessThan(tree.nodes[0]!.x);
  expect(tree.nodes[2]!.x).toBeGreaterThan(tree.nodes[1]!.x);
  expect(tree.leaf).toMatchObject({ name: 'queen', y: 148 });
  expect(tree.leaf.path).toBeCloseTo(0.6 * 0.5 * 0.9, 12);
  tree.edges.forEach((edge, at) => {
    const next = tree.nodes[at + 1] ?? tree.leaf;
    expect(edge.taken).toEqual([next.x, next.y]);
    expect(Math.sign(edge.other[0] - tree.nodes[at]!.x)).toBe(edge.right ? -1 : 1);
  });
});

it('stays within its width, however long and one-sided the way is', () => {
  for (const label of [0, 1]) {
    const long = Array.from({ length: 25 }, (_, i) => ({ name: `node ${i}`, label, agreed: 0.5 }));
    const tree = treeOf(long, 'rare', 320);
    for (const { x } of [...tree.nodes, tree.leaf]) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(320);
    }
  }
});
