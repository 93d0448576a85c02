import { describe, expect, it } from 'vitest';
import { Grid } from './grid';

/** Even numbers, the same each time. */
function scattered(count: number): Float32Array {
  let state = 12_345;
  const next = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  return Float32Array.from(
    { length: 2 * count },
    (_, i) => next() * (i % 2 ? 3 : 10) + (i % 7 ? 0 : 4),
  );
}

function byLooking(places: Float32Array, x: number, y: number, except = -1): number[] {
  const far = (i: number) => Math.hypot(places[2 * i]! - x, places[2 * i + 1]! - y);
  return Array.from({ length: places.length / 2 }, (_, i) => i)
    .filter((i) => i !== except)
    .sort((a, b) => far(a) - far(b) || a - b);
}

describe('a grid', () => {
  const places = scattered(3_000);
  const grid = new Grid(places);

  it('finds what looking at all finds', () => {
    for (const [x, y] of [
      [5, 1],
      [0, 0],
      [13.9, 2.9],
      [-40, 80],
      [1_000, 1],
    ] as const) {
      expect(grid.nearest(x, y, 10)).toEqual(byLooking(places, x, y).slice(0, 10));
    }
  });

  it('finds the nearest to each of its points', () => {
    for (let i = 0; i < 3_000; i += 97) {
      const [x, y] = [places[2 * i]!, places[2 * i + 1]!];
      expect(grid.nearest(x, y, 1)).toEqual([i]);
      expect(grid.nearest(x, y, 5, Infinity, i)).toEqual(byLooking(places, x, y, i).slice(0, 5));
    }
  });

  it('finds nothing beyond a radius', () => {
    expect(grid.nearest(-40, 80, 3, 1)).toEqual([]);
    const within = byLooking(places, 5, 1).filter(
      (i) => Math.hypot(places[2 * i]! - 5, places[2 * i + 1]! - 1) <= 0.2,
    );
    expect(grid.nearest(5, 1, 1_000, 0.2)).toEqual(within);
  });

  it('takes one point, points on one spot, and none', () => {
    expect(new Grid(Float32Array.of(2, 3)).nearest(0, 0, 4)).toEqual([0]);
    expect(new Grid(new Float32Array(40)).nearest(0, 0, 3)).toEqual([0, 1, 2]);
    expect(new Grid(new Float32Array(0)).nearest(0, 0, 3)).toEqual([]);
  });
});
