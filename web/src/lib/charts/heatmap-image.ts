/** The cells of a large heat map as one image: a pixel a cell, drawn as large as the cells are. */
import type { ColorScale } from './palette.svelte';

type Numbers = ArrayLike<number>;

/** A part of a grid: rows and columns from the first to behind the last. */
export interface Part {
  firstRow: number;
  lastRow: number;
  firstColumn: number;
  lastColumn: number;
}

/** From so many cells on, a rectangle for each takes longer than the page has time for. */
export const MANY_CELLS = 1_500;

const parsed = new Map<string, readonly [number, number, number]>();

/** A colour like `rgb(1, 2, 3)` or `#010203` in bytes. */
export function bytesOf(css: string): readonly [number, number, number] {
  let found = parsed.get(css);
  if (!found) {
    const parts = css.startsWith('#')
      ? [1, 3, 5].map((at) => parseInt(css.slice(at, at + 2), 16))
      : (css.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => Math.round(Number(part)));
    const [r = 0, g = 0, b = 0] = parts;
    parsed.set(css, (found = [r, g, b]));
  }
  return found;
}

/** RGBA of the cells, row by row; where there is no number nothing is painted. */
export function pixelsOf(
  values: Numbers,
  columns: number,
  { firstRow, lastRow, firstColumn, lastColumn }: Part,
  scale: ColorScale,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * (lastRow - firstRow) * (lastColumn - firstColumn));
  let at = 0;
  for (let row = firstRow; row < lastRow; row++) {
    for (let column = firstColumn; column < lastColumn; column++, at += 4) {
      const value = values[row * columns + column]!;
      if (Number.isNaN(value)) continue;
      const [r, g, b] = bytesOf(scale.color(value));
      pixels[at] = r;
      pixels[at + 1] = g;
      pixels[at + 2] = b;
      pixels[at + 3] = 255;
    }
  }
  return pixels;
}

let scratch: HTMLCanvasElement | null = null;

/**
 * Draws an image of cells into a rectangle, each cell with edges as sharp as the screen has them.
 *
 * @returns False where the browser gives no canvas for it.
 */
export function drawPixels(
  context: CanvasRenderingContext2D,
  pixels: Uint8ClampedArray<ArrayBuffer>,
  wide: number,
  [left, top, right, bottom]: readonly [number, number, number, number],
): boolean {
  scratch ??= document.createElement('canvas');
  const high = pixels.length / 4 / wide;
  [scratch.width, scratch.height] = [wide, high];
  const inner = scratch.getContext('2d');
  if (!inner) return false;
  inner.putImageData(new ImageData(pixels, wide, high), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch, left, top, right - left, bottom - top);
  return true;
}
