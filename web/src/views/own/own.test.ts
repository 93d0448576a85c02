import { expect, it } from 'vitest';
import { farApart, frameOf, placeOf, placesAt, valueAt } from './own';

const SNAPSHOTS = [0, 10, 20];
const POSITIONS = [0, 0, 10, 20, 10, 40]; // of one word

it.each([
  [0, [0, 0]],
  [5, [5, 10]],
  [10, [10, 20]],
  [15, [10, 30]],
  [20, [10, 40]],
  [99, [10, 40]],
])('has a word after %i steps between its snapshots', (step, expected) => {
  expect(Array.from(placesAt(SNAPSHOTS, POSITIONS, step))).toEqual(expected);
});

it('frames all places with some room', () => {
  expect(frameOf(POSITIONS).x).toEqual([-0.6, 10.6]);
  expect(frameOf([1, 1]).y[0]).toBeLessThan(1);
});

it('comes back to the values that it gives', () => {
  const dial = { least: 0.001, most: 10, digits: 2 };
  expect(valueAt(0, dial)).toBe(0.001);
  expect(valueAt(1_000, dial)).toBe(10);
  for (const value of [0.001, 0.05, 0.1, 0.3, 1, 10]) {
    expect(valueAt(placeOf(value, dial), dial)).toBeCloseTo(value, 2);
  }
  expect(placeOf(1e9, dial)).toBe(1_000);
});

it('takes powers of ten where one run has gone off', () => {
  expect(
    farApart([
      [4, 3, 2],
      [4, 5, 6],
    ]),
  ).toBe(false);
  expect(
    farApart([
      [4, 3, 2],
      [4, 500, 1e30],
    ]),
  ).toBe(true);
  expect(
    farApart([
      [4, 3, 0],
      [4, 500, 1e30],
    ]),
  ).toBe(false);
});
