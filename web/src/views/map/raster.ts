/**
 * Points counted into pixels, and counts turned into colours: a million points in a few milliseconds.
 *
 * A pixel has the colour of its most frequent word, the stronger the more words are in it. Points are
 * given most frequent first.
 */
import type { Sight, Size } from './plane';

/** Colours of up to 256 classes and of the paper, red, green and blue from 0 to 255. */
export interface Colors {
  paper: readonly [number, number, number];
  classes: readonly (readonly [number, number, number])[];
}

const LEVELS = 64; // beyond so many points a pixel is as strong as can be
const SAMPLED = 17; // every so manyth pixel says how full pixels are
const FAINTEST = 0.45;

export class Raster {
  #width = 0;
  #height = 0;
  #counts = new Uint16Array(0);
  #classes = new Uint8Array(0);

  resize(width: number, height: number): void {
    if (width === this.#width && height === this.#height) return;
    [this.#width, this.#height] = [width, height];
    this.#counts = new Uint16Array(width * height);
    this.#classes = new Uint8Array(width * height);
  }

  /**
   * Counts points into the pixels.
   *
   * @param places x and y of each.
   * @param classes Of each point, or null where all are of class 0.
   * @param sight In pixels of the raster.
   * @param radius Of a point, in pixels: 0 for a single one.
   */
  count(places: Float32Array, classes: Uint8Array | null, sight: Sight, radius: number): void {
    const [width, height] = [this.#width, this.#height];
    const [counts, kinds] = [this.#counts, this.#classes];
    counts.fill(0);
    const { scale } = sight;
    const across = width / 2 - sight.x * scale;
    const down = height / 2 + sight.y * scale;
    const offsets = disc(radius, width);
    const edge = Math.ceil(radius);
    for (let i = places.length / 2 - 1; i >= 0; i--) {
      const x = Math.floor(across + places[2 * i]! * scale);
      const y = Math.floor(down - places[2 * i + 1]! * scale);
      if (x < edge || y < edge || x >= width - edge || y >= height - edge) continue;
      const at = y * width + x;
      const kind = classes === null ? 0 : classes[i]!;
      if (radius === 0) {
        counts[at]!++;
        kinds[at] = kind;
        continue;
      }
      for (let k = 0; k < offsets.length; k++) {
        const pixel = at + offsets[k]!;
        counts[pixel]!++;
        kinds[pixel] = kind;
      }
    }
  }

  /** Colours for what was counted, a pixel each. */
  paint(pixels: Uint32Array, colors: Colors): void {
    const [counts, kinds] = [this.#counts, this.#classes];
    const table = colorTable(colors, this.#usual());
    const paper = packed(colors.paper);
    for (let i = 0; i < pixels.length; i++) {
      const count = counts[i]!;
      pixels[i] =
        count === 0 ? paper : table[kinds[i]! * LEVELS + (count < LEVELS ? count : LEVELS - 1)]!;
    }
  }

  /** How many points a pixel has that has any, in the mean of some. */
  #usual(): number {
    let [full, points] = [0, 0];
    for (let i = 0; i < this.#counts.length; i += SAMPLED) {
      if (this.#counts[i]! === 0) continue;
      full++;
      points += this.#counts[i]!;
    }
    return full ? points / full : 1;
  }
}

/** The colours of a class's pixels by how many points they have, class after class. */
function colorTable({ paper, classes }: Colors, usual: number): Uint32Array {
  const table = new Uint32Array(classes.length * LEVELS);
  for (let level = 1; level < LEVELS; level++) {
    const strength = FAINTEST + (1 - FAINTEST) * (1 - Math.exp((-0.7 * level) / usual));
    classes.forEach((color, number) => {
      table[number * LEVELS + level] = packed(
        [0, 1, 2].map((part) => paper[part]! + (color[part]! - paper[part]!) * strength) as never,
      );
    });
  }
  return table;
}

/** Where the pixels of a disc are from its middle, in a picture of some width. */
function disc(radius: number, width: number): Int32Array {
  const reach = Math.ceil(radius);
  const found: number[] = [];
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++)
      if (x * x + y * y <= radius * radius) found.push(y * width + x);
  return Int32Array.from(found);
}

/** A colour as the four bytes of a pixel, as canvases have them. */
export function packed([red, green, blue]: readonly [number, number, number]): number {
  return ((255 << 24) | (round(blue) << 16) | (round(green) << 8) | round(red)) >>> 0;
}

const round = (value: number) => Math.min(255, Math.max(0, Math.round(value)));

/** How many points are in sight, from some of them where there are many. */
export function inSight(places: Float32Array, sight: Sight, size: Size): number {
  const count = places.length / 2;
  const step = Math.max(1, Math.floor(count / 20_000));
  const [across, up] = [size.width / 2 / sight.scale, size.height / 2 / sight.scale];
  let found = 0;
  for (let i = 0; i < count; i += step) {
    if (
      Math.abs(places[2 * i]! - sight.x) <= across &&
      Math.abs(places[2 * i + 1]! - sight.y) <= up
    )
      found++;
  }
  return found * step;
}

/**
 * Numbers of the most frequent points in sight, at most one in each cell of the plane that a label
 * takes on screen: who moves the map keeps its labels.
 */
export function labelled(
  places: Float32Array,
  sight: Sight,
  size: Size,
  most: number,
  cell: Size,
): number[] {
  const found: number[] = [];
  const taken = new Set<number>();
  const { scale } = sight;
  const [across, up] = [size.width / 2 / scale, size.height / 2 / scale];
  const cells = Math.ceil(size.width / cell.width + 1) * Math.ceil(size.height / cell.height + 1);
  for (let i = 0; i < places.length / 2 && found.length < most && taken.size < cells; i++) {
    const [x, y] = [places[2 * i]!, places[2 * i + 1]!];
    if (Math.abs(x - sight.x) > across || Math.abs(y - sight.y) > up) continue;
    const key =
      Math.floor((x * scale) / cell.width) * 1_000_003 + Math.floor((y * scale) / cell.height);
    if (taken.has(key)) continue;
    taken.add(key);
    found.push(i);
  }
  return found;
}
