import { describe, expect, it, vi } from 'vitest';
import { stepInGrid } from './grid';
import { likelyNext, Prefetcher } from './prefetch';
import { sharedScales } from './scales';
import { barAt, columnExtremes, fittingLabels, roundedBounds, roundUp } from './spectrum';
import { STEPS } from './steps.test-data';
import { visits } from './visits';

describe('the picture of a whole vocabulary', () => {
  it('has round bounds that hold every number', () => {
    for (const values of [[0.3, -0.2], [5], [-7, -3], [0.0104, 0.0099], [0]]) {
      const { least, most } = roundedBounds(values);
      expect(least).toBeLessThanOrEqual(Math.min(0, ...values));
      expect(most).toBeGreaterThanOrEqual(Math.max(0, ...values));
      expect(most).toBeGreaterThan(least);
    }
    expect(roundedBounds([0.1], [0.9]).most).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    [0.7, 0.8],
    [1, 1],
    [1.01, 1.5],
    [9, 10],
    [0.0021, 0.003],
  ])('rounds %d up to %d', (size, expected) => {
    expect(roundUp(size)).toBeCloseTo(expected, 10);
  });

  it('keeps the extremes where words share a column of pixels', () => {
    expect(columnExtremes([1, -2, 3, 0, 0, 9], 2)).toEqual([
      [-2, 3],
      [0, 9],
    ]);
  });

  it('finds the bar under the pointer, at the edges as well', () => {
    expect([-5, 0, 49, 51, 500].map((x) => barAt(x, 100, 2))).toEqual([0, 0, 0, 1, 1]);
  });

  it('leaves out names that would cover a more important one, and moves names inside', () => {
    const labels = fittingLabels(
      [
        { text: 'target', x: 50, width: 40 },
        { text: 'beside', x: 70, width: 40 },
        { text: 'edge', x: 199, width: 40 },
      ],
      200,
    );
    expect(labels.map(({ text, x }) => [text, x])).toEqual([
      ['target', 50],
      ['edge', 180],
    ]);
  });
});

it('walks a grid of numbers and stays inside', () => {
  const from = { row: 0, column: 2 };
  expect(stepInGrid('ArrowDown', from, 3, 8)).toEqual({ row: 1, column: 2 });
  expect(stepInGrid('ArrowUp', from, 3, 8)).toEqual(from);
  expect(stepInGrid('End', from, 3, 8)).toEqual({ row: 0, column: 7 });
  expect(stepInGrid('x', from, 3, 8)).toBeNull();
});

describe('asking for steps beforehand', () => {
  it('goes on as the reader went, and looks to either side', () => {
    expect(likelyNext(12, 10, 100).slice(0, 2)).toEqual([14, 16]);
    expect(likelyNext(12, 10, 100)).toContain(11);
    expect(likelyNext(1, 1, 3)).toEqual([2]);
    expect(likelyNext(100, 99, 100).every((step) => step < 100 && step > 0)).toBe(true);
  });

  it('waits until the picture is drawn, and lets failures be', async () => {
    vi.useFakeTimers();
    const ask = vi.fn(() => Promise.reject(new Error('no server')));
    const prefetcher = new Prefetcher(ask, 50);
    prefetcher.shown(7);
    expect(ask).not.toHaveBeenCalled();
    await vi.runAllTimersAsync();
    expect(ask).toHaveBeenCalledWith(8, expect.any(AbortSignal));
    prefetcher.shown(8);
    prefetcher.stop();
    ask.mockClear();
    await vi.runAllTimersAsync();
    expect(ask).not.toHaveBeenCalled();
    vi.useRealTimers();
  });
});

it('finds the other steps of the same pair', () => {
  const of = (numbers: number[]) => ({ data: Int32Array.from(numbers), shape: [numbers.length] });
  const arrays = {
    center: of([1, 2, 1, 1, 2]),
    target: of([5, 6, 5, 6, 6]),
    epoch: of([1, 1, 1, 2, 2]),
    loss: { data: new Float32Array(5), shape: [5] },
  };
  expect(visits(arrays, 1)).toEqual([1, 3]);
  expect(visits(arrays, 5)).toEqual([2, 5]);
  expect(visits(arrays, 99)).toEqual([]);
});

it('gives two steps the same bounds, so that they can be compared', () => {
  const [one, two] = [STEPS[0]![1], STEPS[1]![1]];
  const both = sharedScales([one, two]);
  for (const step of [one, two]) {
    const alone = sharedScales([step]);
    expect(both.weights).toBeGreaterThanOrEqual(alone.weights);
    expect(both.scores.most).toBeGreaterThanOrEqual(alone.scores.most);
    expect(both.scores.least).toBeLessThanOrEqual(alone.scores.least);
  }
});
