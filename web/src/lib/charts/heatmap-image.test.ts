import { expect, it } from 'vitest';
import { bytesOf, pixelsOf } from './heatmap-image';
import { colorScale } from './palette.svelte';

it('reads colours as the palette writes them', () => {
  expect(bytesOf('rgb(1, 20, 255)')).toEqual([1, 20, 255]);
  expect(bytesOf('#0114ff')).toEqual([1, 20, 255]);
});

it('paints the part in sight, each cell in its colour, and nothing where there is no number', () => {
  const scale = colorScale('diverging', [-1, 1]);
  const values = [9, 9, 9, 9, 0.5, -1, 9, NaN, 0];
  const part = { firstRow: 1, lastRow: 3, firstColumn: 1, lastColumn: 3 };
  const pixels = pixelsOf(values, 3, part, scale);
  const cell = (at: number) => [...pixels.slice(4 * at, 4 * at + 4)];
  expect(pixels).toHaveLength(16);
  expect(cell(0)).toEqual([...bytesOf(scale.color(0.5)), 255]);
  expect(cell(1)).toEqual([...bytesOf(scale.color(-1)), 255]);
  expect(cell(2)).toEqual([0, 0, 0, 0]);
  expect(cell(3)).toEqual([...bytesOf(scale.color(0)), 255]);
});
