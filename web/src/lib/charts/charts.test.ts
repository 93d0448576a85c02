import { describe, expect, it } from 'vitest';
import { csv } from './csv';
import { visible } from './decimate';
import { cellAt, layoutGrid, moveCell, scrollTo, visibleCells } from './grid';
import { type Anchor, type Box, placeLabels } from './labels';
import { linePath, yExtent } from './lines';
import { nearest, nextPoint, type Placed } from './scatter';
import { GROUP_SHAPES } from './palette.svelte';
import { shapePath } from './shapes';

describe('csv', () => {
  it('quotes what must be quoted', () => {
    expect(
      csv(
        ['word', 'n'],
        [
          ['a,b', 1],
          ['say "x"', null],
          ['line\nbreak', 0.5],
        ],
      ),
    ).toBe('word,n\r\n"a,b",1\r\n"say ""x""",\r\n"line\nbreak",0.5\r\n');
  });

  it('keeps a spreadsheet from running a word', () => {
    expect(csv(['w'], [['=1+1'], ['@x'], [-2]])).toBe("w\r\n'=1+1\r\n'@x\r\n-2\r\n");
  });
});

describe('visible', () => {
  const x = Float64Array.from({ length: 10_000 }, (_, i) => i);
  const y = Float64Array.from(x, (v) => Math.sin(v));

  it('keeps few points, the extremes among them, in order', () => {
    y[5003] = 9;
    const kept = visible(x, y, (v) => v / 100, 100);
    expect(kept.length).toBeLessThanOrEqual(404);
    expect(kept).toContain(5003);
    expect(kept[0]).toBe(0);
    expect(kept.at(-1)).toBe(9999);
    expect(kept.every((index, i) => i === 0 || index > kept[i - 1]!)).toBe(true);
  });

  it('keeps all of a few', () => {
    expect(visible([1, 2], [3, 4], (v) => v, 10)).toEqual([0, 1]);
    expect(visible([], [], (v) => v, 10)).toEqual([]);
  });
});

it('breaks a line where a point has no place', () => {
  const same = (v: number) => v;
  expect(linePath([0, 1, 2, 3], [0, NaN, 2, 3], same, same, 10)).toBe('M0.0,0.0M2.0,2.0L3.0,3.0');
});

it('finds bounds, also of nothing, of one number, and for logarithms', () => {
  expect(
    yExtent(
      [
        [1, 5],
        [NaN, -2],
      ],
      [7],
      false,
    ),
  ).toEqual([-2, 7]);
  expect(yExtent([], [], false)).toEqual([0, 1]);
  expect(yExtent([[3]], [], false)).toEqual([2.5, 3.5]);
  expect(yExtent([[0, -1, 0.1, 10]], [], true)).toEqual([0.1, 10]);
});

describe('a heat map’s grid', () => {
  const size = { rows: 100, columns: 8, width: 500, left: 100, top: 20, numberWidth: 40 } as const;
  const grid = layoutGrid({ ...size, mode: 'numbers' });

  it('gives numbers their width, and squares all columns', () => {
    expect(grid.cellWidth).toBe(50);
    expect(layoutGrid({ ...size, width: 200, mode: 'numbers' }).cellWidth).toBe(40);
    const squares = layoutGrid({ ...size, columns: 100, mode: 'fit' });
    expect([squares.cellWidth, squares.cellHeight]).toEqual([4, 4]);
  });

  it('finds the cell under the pointer, scrolled or not, and none over labels', () => {
    expect(cellAt(grid, 151, 21, { x: 0, y: 0 })).toEqual({ row: 0, column: 1 });
    expect(cellAt(grid, 151, 21, { x: 0, y: 220 })).toEqual({ row: 10, column: 1 });
    expect(cellAt(grid, 99, 50, { x: 0, y: 0 })).toBeNull();
    expect(cellAt(grid, 150, 10, { x: 0, y: 0 })).toBeNull();
    expect(cellAt({ ...grid, rows: 1 }, 150, 60, { x: 0, y: 0 })).toBeNull();
  });

  it('draws only what is seen, and scrolls to what is walked to', () => {
    expect(visibleCells(grid, 240, { x: 0, y: 44 })).toMatchObject({ firstRow: 2, lastRow: 13 });
    expect(scrollTo(grid, 240, { x: 0, y: 0 }, { row: 50, column: 0 }).y).toBe(51 * 22 - 220);
    expect(scrollTo(grid, 240, { x: 0, y: 500 }, { row: 1, column: 0 }).y).toBe(22);
    expect(scrollTo(grid, 240, { x: 0, y: 22 }, { row: 3, column: 0 }).y).toBe(22);
  });

  it('walks with the keys and stays inside', () => {
    const walk = (key: string, ctrlKey = false) =>
      moveCell({ row: 0, column: 7 }, { key, ctrlKey }, 100, 8);
    expect(walk('ArrowUp')).toEqual({ row: 0, column: 7 });
    expect(walk('PageDown')).toEqual({ row: 10, column: 7 });
    expect(walk('Home')).toEqual({ row: 0, column: 0 });
    expect(walk('End', true)).toEqual({ row: 99, column: 7 });
    expect(walk('x')).toBeNull();
  });
});

describe('labels', () => {
  const bounds: Box = { x: 0, y: 0, width: 300, height: 300 };
  const anchor = (x: number, y: number, always = false): Anchor => ({
    x,
    y,
    width: 40,
    height: 12,
    radius: 4,
    always,
  });
  const overlap = (a: Box, b: Box) =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

  it('cover neither each other nor points, and stay inside', () => {
    const anchors = Array.from({ length: 60 }, (_, i) => anchor((i * 37) % 290, (i * 53) % 290));
    const boxes = placeLabels(anchors, bounds).filter((box) => box !== null);
    expect(boxes.length).toBeGreaterThan(20);
    boxes.forEach((a, i) => {
      boxes.slice(i + 1).forEach((b) => expect(overlap(a, b)).toBe(false));
      expect(a.x >= 0 && a.x + a.width <= 300 && a.y >= 0 && a.y + a.height <= 300).toBe(true);
    });
  });

  it('give way to what was chosen', () => {
    const crowd = Array.from({ length: 9 }, (_, i) => anchor(150 + i, 150, i === 8));
    expect(placeLabels(crowd, bounds)[8]).not.toBeNull();
  });
});

describe('a scatter plot', () => {
  const at = (x: number, y: number): Placed => ({
    x,
    y,
    trail: [],
    label: '',
    group: 0,
    chosen: false,
  });
  const points = [at(0, 0), at(10, 1), at(10, 40), at(-5, 0)];

  it('finds the nearest point within reach', () => {
    expect(nearest(points, 9, 0, 18)).toBe(1);
    expect(nearest(points, 100, 100, 18)).toBe(-1);
  });

  it('walks to the point that lies in a key’s direction', () => {
    expect(nextPoint(points, 0, 'ArrowRight')).toBe(1);
    expect(nextPoint(points, 0, 'ArrowLeft')).toBe(3);
    expect(nextPoint(points, 1, 'ArrowDown')).toBe(2);
    expect(nextPoint(points, 2, 'ArrowDown')).toBe(-1);
    expect(nextPoint(points, -1, 'ArrowDown')).toBe(0);
    expect(nextPoint(points, 0, 'x')).toBe(-1);
  });
});

it('draws each shape differently', () => {
  expect(new Set(GROUP_SHAPES.map((shape) => shapePath(shape, 5))).size).toBe(GROUP_SHAPES.length);
});
