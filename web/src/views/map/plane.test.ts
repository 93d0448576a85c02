import { describe, expect, it } from 'vitest';
import {
  boundsOf,
  fewer,
  moved,
  nearer,
  onTheWay,
  outline,
  type Point,
  polygonOf,
  polygonText,
  toPlane,
  toScreen,
  whole,
} from './plane';

const size = { width: 800, height: 600 };
const sight = { x: 2, y: -1, scale: 40 };

describe('plane and screen', () => {
  it('are each other’s inverse, and up is up', () => {
    const [across, down] = toScreen(sight, size, 3, 0);
    expect([across, down]).toEqual([440, 260]);
    expect(toPlane(sight, size, across, down)).toEqual([3, 0]);
  });

  it('show the whole with room around it', () => {
    const bounds = boundsOf([-3, 0, 5, 1, 1, -7]);
    expect(bounds).toEqual({ left: -3, right: 5, bottom: -7, top: 1 });
    const fit = whole(bounds, size);
    for (const [x, y] of [
      [-3, -7],
      [5, 1],
    ] as const) {
      const [across, down] = toScreen(fit, size, x, y);
      expect(across).toBeGreaterThan(20);
      expect(across).toBeLessThan(780);
      expect(down).toBeGreaterThan(20);
      expect(down).toBeLessThan(580);
    }
  });

  it('have a whole where there is one point, or none', () => {
    for (const places of [[], [4, 4]]) {
      const { scale } = whole(boundsOf(places), size);
      expect(Number.isFinite(scale) && scale > 0).toBe(true);
    }
  });

  it('keep what is under a finger there', () => {
    const at: Point = [700, 50];
    const before = toPlane(sight, size, ...at);
    const after = toPlane(nearer(sight, size, 3, sight, at), size, ...at);
    expect(after[0]).toBeCloseTo(before[0], 9);
    expect(after[1]).toBeCloseTo(before[1], 9);
    expect(toScreen(moved(sight, 30, -20), size, 2, -1)).toEqual([430, 280]);
  });

  it('come neither too near nor too far', () => {
    expect(nearer(sight, size, 1e9, sight).scale).toBe(40 * 4_000);
    expect(nearer(sight, size, 1e-9, sight).scale).toBe(20);
  });

  it('fly from one sight to the other', () => {
    const to = { x: 10, y: 4, scale: 4_000 };
    expect(onTheWay(sight, to, 0)).toEqual(sight);
    expect(onTheWay(sight, to, 1)).toEqual(to);
    const half = onTheWay(sight, to, 0.5);
    expect(half.scale).toBeCloseTo(400, 6);
    // What is flown to comes straight to the middle, evenly with what is left of the scale.
    expect(half.x).toBeGreaterThan(8);
    const level = onTheWay(sight, { x: 4, y: -1, scale: 40 }, 0.5);
    expect(level.x).toBeCloseTo(3, 9);
  });
});

describe('parts of the plane', () => {
  it('go into the address and come back', () => {
    const corners: Point[] = [
      [-1.25, 30],
      [0.000125, -7.5],
      [123.456, 0],
    ];
    expect(polygonOf(polygonText(corners))).toEqual(corners);
    expect(polygonText([[1 / 3, -1e-9]])).toBe('0.333333,0');
  });

  it('are none where the text is none', () => {
    for (const text of ['', '1,2', '1,2_3', '1,2_a,b', '1,2_3,4,5']) {
      expect(polygonOf(text)).toEqual([]);
    }
  });

  it('have four corners where two are given', () => {
    expect(
      outline([
        [0, 1],
        [2, 3],
      ]),
    ).toEqual([
      [0, 1],
      [2, 1],
      [2, 3],
      [0, 3],
    ]);
  });

  it('have no more corners than are asked for', () => {
    const drawn = Array.from({ length: 500 }, (_, i): Point => [i, i % 2]);
    const kept = fewer(drawn, 60, 0.5);
    expect(kept.length).toBeLessThanOrEqual(60);
    expect(kept.length).toBeGreaterThan(20);
    expect(kept[0]).toEqual([0, 0]);
  });
});
