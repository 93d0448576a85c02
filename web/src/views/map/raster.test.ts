import { describe, expect, it } from 'vitest';
import { inSight, labelled, packed, Raster, type Colors } from './raster';

const colors: Colors = {
  paper: [255, 255, 255],
  classes: [
    [0, 0, 0],
    [200, 0, 0],
  ],
};
const WHITE = packed([255, 255, 255]);
const sight = { x: 0, y: 0, scale: 1 };

function picture(places: number[], classes: number[] | null, radius = 0): Uint32Array {
  const raster = new Raster();
  raster.resize(10, 8);
  raster.count(Float32Array.from(places), classes && Uint8Array.from(classes), sight, radius);
  const pixels = new Uint32Array(80);
  raster.paint(pixels, colors);
  return pixels;
}

const parts = (pixel: number) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];

describe('a raster', () => {
  it('has a point in its pixel, and paper elsewhere', () => {
    const pixels = picture([0.5, 0.5], null);
    expect([...pixels].filter((one) => one !== WHITE)).toHaveLength(1);
    expect(pixels[3 * 10 + 5]).not.toBe(WHITE); // up is up
  });

  it('is the stronger the more points there are', () => {
    const pixels = picture([0.5, 0.5, 2.5, 0.5, 2.5, 0.5, 2.5, 0.5], null);
    const [one, three] = [pixels[35]!, pixels[37]!].map((pixel) => parts(pixel)[0]!);
    expect(one).toBeLessThan(255);
    expect(three).toBeLessThan(one!);
  });

  it('has the colour of the most frequent word of a pixel', () => {
    const [red, green] = parts(picture([0.5, 0.5, 0.5, 0.5], [1, 0])[35]!);
    expect(red).toBeGreaterThan(green!);
    const [even, same] = parts(picture([0.5, 0.5, 0.5, 0.5], [0, 1])[35]!);
    expect(even).toBe(same);
  });

  it('leaves out what is not in sight, with discs too', () => {
    expect([...picture([99, 0, 0, -50], null)].every((one) => one === WHITE)).toBe(true);
    const shown = [...picture([0.5, 0.5], null, 1)].filter((one) => one !== WHITE);
    expect(shown).toHaveLength(5);
    expect([...picture([4.5, 3.5], null, 1)].every((one) => one === WHITE)).toBe(true);
  });

  it('forgets the last picture', () => {
    const raster = new Raster();
    raster.resize(10, 8);
    const pixels = new Uint32Array(80);
    for (const x of [-3.5, 3.5]) {
      raster.count(Float32Array.of(x, 0.5), null, sight, 0);
      raster.paint(pixels, colors);
    }
    expect([...pixels].filter((one) => one !== WHITE)).toHaveLength(1);
  });
});

describe('what is in sight', () => {
  const size = { width: 100, height: 100 };
  const places = Float32Array.from([0, 0, 10, 10, 1, 1, 60, 0, -49, 49]);

  it('is counted', () => expect(inSight(places, sight, size)).toBe(4));

  it('is labelled, the most frequent first, one in a cell', () => {
    const cell = { width: 5, height: 5 };
    expect(labelled(places, sight, size, 9, cell)).toEqual([0, 1, 4]);
    expect(labelled(places, sight, size, 2, cell)).toEqual([0, 1]);
    // A map that is moved keeps its labels.
    expect(labelled(places, { ...sight, x: 0.7 }, size, 9, cell)).toEqual([0, 1, 4]);
  });
});
