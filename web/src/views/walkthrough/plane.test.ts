import { describe, expect, it } from 'vitest';
import { alongLine, arrowHead, forcesOf, frameOf, planeOf, project, toPixels } from './plane';
import { norm } from './shown-step';
import { STEPS } from './steps.test-data';

const length = ([x, y]: readonly [number, number]) => Math.hypot(x, y);

describe.each(STEPS)('%s', (_, step) => {
  const { hidden, attractive, repulsive, hidden_gradient: slope } = step.arrays;

  it('draws both forces and the gradient in true length', () => {
    const plane = planeOf(attractive.data, repulsive.data, hidden.data);
    for (const { data } of [attractive, repulsive, slope]) {
      expect(length(project(plane, data))).toBeCloseTo(norm(data), 5);
    }
  });

  it('moves h by the learning rate along its gradient', () => {
    if (step.adam || step.classic) return;
    const forces = forcesOf(step);
    const doubled = new Set(step.arrays.input_rows.data).size < step.members.length;
    if (doubled) return; // a word that stands twice moves twice
    const rate = step.facts.learning_rate / step.members.length;
    for (const axis of [0, 1] as const) {
      const against = forces.against[axis] - forces.hidden[axis];
      expect(forces.step[axis] - forces.hidden[axis]).toBeCloseTo(rate * against, 5);
    }
  });

  it('shows the target among the rows', () => {
    if (step.targetPlace < 0) return;
    expect(forcesOf(step).rows.map((row) => row.name)).toContain(step.target);
  });
});

it('has two axes at right angles even where the forces are parallel or nothing', () => {
  for (const [a, b] of [
    [
      [1, 2, 3],
      [2, 4, 6],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [0, 0, 0],
      [0, 3, 0],
    ],
  ] as const) {
    const { across, up } = planeOf([...a], [...b], [1, 1, 0]);
    expect(norm(across)).toBeCloseTo(1);
    expect(norm(up)).toBeCloseTo(1);
    expect(project({ across, up }, across)[1]).toBeCloseTo(0);
  }
});

it('fits all points into the picture, as long across as up', () => {
  const points = [
    [3, 1],
    [-1, 4],
  ] as const;
  const frame = frameOf(points, 400, 300, [40, 20]);
  for (const point of points) {
    const [x, y] = toPixels(frame, point);
    expect(x).toBeGreaterThanOrEqual(39.9);
    expect(x).toBeLessThanOrEqual(360.1);
    expect(y).toBeGreaterThanOrEqual(19.9);
    expect(y).toBeLessThanOrEqual(280.1);
  }
  const [right, up] = [toPixels(frame, [1, 0]), toPixels(frame, [0, 1])];
  expect(right[0] - frame.origin[0]).toBeCloseTo(frame.origin[1] - up[1]);
});

it('draws no head on an arrow without length, and none longer than the arrow', () => {
  expect(arrowHead([5, 5], [5, 5], 10)).toBe('');
  const corners = arrowHead([0, 0], [4, 0], 10).split(' ');
  expect(corners).toHaveLength(3);
  expect(Math.min(...corners.map((corner) => Number(corner.split(',')[0])))).toBe(0);
});

it('keeps labels clear of a line by places along it', () => {
  expect(alongLine([0, 0], [40, 0], 10)).toEqual([
    [10, 0],
    [20, 0],
    [30, 0],
  ]);
  expect(alongLine([0, 0], [5, 0], 10)).toEqual([]);
});
