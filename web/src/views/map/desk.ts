/** Who draws the points and finds them: in a worker where browsers can, else in the page. */
import { Grid } from './grid';
import type { Sight, Size } from './plane';
import { type Colors, inSight, labelled, Raster } from './raster';

export type DrawingCanvas = HTMLCanvasElement | OffscreenCanvas;

/** What the desk is told; nothing is answered. */
export type Told =
  | { do: 'canvas'; canvas: DrawingCanvas }
  | { do: 'places'; first: number; places: Float32Array; placed: number }
  | { do: 'colors'; colors: Colors; classes: Uint8Array | null }
  | { do: 'look'; sight: Sight; size: Size; ratio: number };

/** What it is asked, by number. */
export type Asked =
  | { ask: 'nearest'; x: number; y: number; most: number; radius: number; except: number }
  | { ask: 'labels'; sight: Sight; size: Size };

export type Message = Told | (Asked & { id: number });

/** What it says by itself, and its answers. */
export type Said = { drawn: Sight; size: Size; took: number } | { id: number; found: number[] };

const MOST_LABELS = 260;
const LABEL: Size = { width: 84, height: 26 };
// Up to so many points in sight are drawn as discs with smooth edges.
const FEW = 3_000;
const MOST_PIXELS = 5_000_000;

/** Beyond each edge of the picture, as a share of it. */
const AROUND = 0.25;

/** A drawn picture with more around it. */
interface Layer {
  canvas: DrawingCanvas;
  /** In its own pixels. */
  sight: Sight;
  /** Of the part that was in sight. */
  width: number;
  height: number;
  radius: number;
}

export class Desk {
  #canvas: DrawingCanvas | null = null;
  #places = new Float32Array(0);
  #there = 0;
  #grid: Grid | null = null;
  #colors: Colors = { paper: [255, 255, 255], classes: [[0, 0, 0]] };
  #classes: Uint8Array | null = null;
  #look: { sight: Sight; size: Size; ratio: number } | null = null;
  #asked = false;
  #layer: Layer | null = null;
  readonly #raster = new Raster();

  constructor(
    private readonly say: (said: Said) => void,
    private readonly nextFrame: (draw: () => void) => void,
  ) {}

  hear(message: Message): void {
    if ('ask' in message) {
      this.say({ id: message.id, found: this.#find(message) });
      return;
    }
    if (message.do !== 'look') this.#layer = null;
    if (message.do === 'canvas') this.#canvas = message.canvas;
    else if (message.do === 'places') this.#take(message.first, message.places, message.placed);
    else if (message.do === 'look') this.#look = message;
    else [this.#colors, this.#classes] = [message.colors, message.classes];
    this.#askToDraw();
  }

  /** The places that have come so far. */
  get #known(): Float32Array {
    return this.#places.subarray(0, 2 * this.#there);
  }

  #take(first: number, places: Float32Array, placed: number): void {
    if (first === 0) this.#places = new Float32Array(2 * placed);
    this.#places.set(places, 2 * first);
    this.#there = first + places.length / 2;
    this.#grid = null;
  }

  #find(asked: Asked): number[] {
    if (asked.ask === 'labels') {
      return labelled(this.#known, asked.sight, asked.size, MOST_LABELS, LABEL);
    }
    this.#grid ??= new Grid(this.#known);
    const { x, y, most, radius, except } = asked;
    return this.#grid.nearest(x, y, most, radius, except);
  }

  #askToDraw(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.nextFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  }

  #draw(): void {
    const [canvas, look] = [this.#canvas, this.#look];
    if (!canvas || !look || !this.#there) return;
    const began = performance.now();
    const { sight, size } = look;
    const most = Math.sqrt(MOST_PIXELS / Math.max(1, size.width * size.height));
    const ratio = Math.min(look.ratio, most);
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D | null;
    if (!context || !width || !height) return;
    const seen = inSight(this.#known, sight, size);
    const sharp: Sight = { ...sight, scale: sight.scale * ratio };
    if (seen > FEW) this.#drawDense(context, sharp, width, height, radiusFor(seen) * ratio);
    else this.#drawFew(context, sharp, width, height, radiusOfFew(seen) * ratio);
    this.say({ drawn: sight, size, took: performance.now() - began });
  }

  /**
   * The points counted into pixels, with some around what is in sight: a map that is only moved is
   * copied from there until that comes to its edge.
   */
  #drawDense(
    context: CanvasRenderingContext2D,
    sight: Sight,
    width: number,
    height: number,
    radius: number,
  ): void {
    const layer = this.#layer;
    const known = layer && shiftOf(layer, sight, width, height, radius);
    if (layer && known) {
      context.drawImage(layer.canvas, known[0], known[1]);
      return;
    }
    const [across, down] = [
      width + 2 * Math.round(width * AROUND),
      height + 2 * Math.round(height * AROUND),
    ];
    const made = { canvas: newCanvas(across, down), sight, width, height, radius };
    const drawing = made.canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
    const image = drawing.createImageData(across, down);
    this.#raster.resize(across, down);
    this.#raster.count(this.#known, this.#classes, sight, radius);
    this.#raster.paint(new Uint32Array(image.data.buffer), this.#colors);
    drawing.putImageData(image, 0, 0);
    this.#layer = made;
    context.drawImage(made.canvas, (width - across) / 2, (height - down) / 2);
  }

  #drawFew(
    context: CanvasRenderingContext2D,
    sight: Sight,
    width: number,
    height: number,
    radius: number,
  ): void {
    const places = this.#known;
    const of = this.#byClass(places, sight, width, height);
    context.fillStyle = css(this.#colors.paper);
    context.fillRect(0, 0, width, height);
    context.globalAlpha = 0.8;
    for (const [kind, points] of of) {
      context.fillStyle = css(this.#colors.classes[kind] ?? this.#colors.classes[0]!);
      context.beginPath();
      for (const point of points) {
        const x = width / 2 + (places[2 * point]! - sight.x) * sight.scale;
        const y = height / 2 - (places[2 * point + 1]! - sight.y) * sight.scale;
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /** Points in sight by their class. */
  #byClass(places: Float32Array, sight: Sight, width: number, height: number) {
    const across = width / 2 / sight.scale;
    const up = height / 2 / sight.scale;
    const found = new Map<number, number[]>();
    for (let i = places.length / 2 - 1; i >= 0; i--) {
      if (Math.abs(places[2 * i]! - sight.x) > across) continue;
      if (Math.abs(places[2 * i + 1]! - sight.y) > up) continue;
      const kind = this.#classes?.[i] ?? 0;
      const others = found.get(kind);
      if (others) others.push(i);
      else found.set(kind, [i]);
    }
    return found;
  }
}

/** Where a layer's corner is in the picture; null where the layer does not have all of it. */
function shiftOf(
  layer: Layer,
  sight: Sight,
  width: number,
  height: number,
  radius: number,
): [across: number, down: number] | null {
  if (layer.width !== width || layer.height !== height || layer.radius !== radius) return null;
  if (Math.abs(layer.sight.scale / sight.scale - 1) > 1e-9) return null;
  const [right, low] = [(layer.canvas.width - width) / 2, (layer.canvas.height - height) / 2];
  const across = Math.round((layer.sight.x - sight.x) * sight.scale);
  const down = Math.round((sight.y - layer.sight.y) * sight.scale);
  if (Math.abs(across) > right || Math.abs(down) > low) return null;
  return [across - right, down - low];
}

function newCanvas(width: number, height: number): DrawingCanvas {
  if (typeof OffscreenCanvas === 'function') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

/** The radius of points that are counted into pixels: so many that a frame's time allows it. */
function radiusFor(seen: number): number {
  if (seen > 120_000) return 0;
  return seen > 30_000 ? 1 : seen > 10_000 ? 1.4 : 2;
}

const radiusOfFew = (seen: number) => (seen > 800 ? 2.4 : seen > 200 ? 3.2 : 4);

const css = ([red, green, blue]: readonly [number, number, number]) =>
  `rgb(${red} ${green} ${blue})`;
