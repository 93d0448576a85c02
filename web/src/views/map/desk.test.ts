import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Desk, type Said } from './desk';

/** A canvas that notes what is done to it. */
class Noted {
  static made: Noted[] = [];
  copies: [number, number][] = [];
  painted = 0;
  constructor(
    public width: number,
    public height: number,
  ) {
    Noted.made.push(this);
  }
  getContext() {
    return {
      createImageData: (width: number, height: number) => ({
        width,
        data: new Uint8ClampedArray(4 * width * height),
      }),
      putImageData: () => this.painted++,
      drawImage: (_: unknown, x: number, y: number) => this.copies.push([x, y]),
    };
  }
}

const size = { width: 200, height: 100 };
let said: Said[] = [];
let canvas: Noted;
let desk: Desk;

beforeEach(() => {
  vi.stubGlobal('OffscreenCanvas', Noted);
  Noted.made = [];
  said = [];
  canvas = new Noted(1, 1);
  desk = new Desk(
    (one) => said.push(one),
    (draw) => draw(),
  );
  desk.hear({ do: 'canvas', canvas: canvas as unknown as OffscreenCanvas });
  // More than are drawn as single discs, around the middle.
  const places = Float32Array.from({ length: 2 * 5_000 }, (_, i) => ((i * 7_919) % 100) / 10 - 5);
  desk.hear({ do: 'places', first: 0, places, placed: 5_000 });
});

afterEach(() => vi.unstubAllGlobals());

const look = (x: number, y: number, scale = 8) =>
  desk.hear({ do: 'look', sight: { x, y, scale }, size, ratio: 1 });
const layers = () => Noted.made.length - 1; // beside the canvas itself

describe('the desk', () => {
  it('copies a map that is moved, and counts it anew at the edge of what it has', () => {
    look(0, 0);
    expect([canvas.width, canvas.height, layers()]).toEqual([200, 100, 1]);
    expect(canvas.copies).toEqual([[-50, -25]]);
    look(1, 2); // eight pixels to the left, sixteen down
    expect(layers()).toBe(1);
    expect(canvas.copies.at(-1)).toEqual([-58, -9]);
    look(7, 0);
    expect(layers()).toBe(2);
    expect(canvas.copies.at(-1)).toEqual([-50, -25]);
  });

  it('counts anew for another scale, other colours and new places', () => {
    look(0, 0);
    look(0, 0, 8.5);
    expect(layers()).toBe(2);
    desk.hear({
      do: 'colors',
      colors: { paper: [0, 0, 0], classes: [[255, 255, 255]] },
      classes: null,
    });
    expect(layers()).toBe(3);
    desk.hear({ do: 'places', first: 0, places: new Float32Array(8_000), placed: 4_000 });
    expect(layers()).toBe(4);
  });

  it('says what it has drawn, and finds points', () => {
    look(0, 0);
    expect(said.at(-1)).toMatchObject({ drawn: { x: 0, y: 0, scale: 8 }, size });
    desk.hear({ ask: 'nearest', id: 5, x: -5, y: 9, most: 1, radius: 99, except: -1 });
    expect(said.at(-1)).toMatchObject({ id: 5, found: [expect.any(Number)] });
    desk.hear({ ask: 'labels', id: 6, sight: { x: 0, y: 0, scale: 8 }, size });
    const { found } = said.at(-1) as { found: number[] };
    expect(found[0]).toBe(0);
    expect(found.length).toBeGreaterThan(1);
  });
});
