/** Places and spellings of the words, as far as they have come, and how far the map itself is. */
import { untrack } from 'svelte';
import type { Schemas } from '$lib/api/routes';
import { isAbort, type Source } from '$lib/api/source';
import { type Bounds, boundsOf } from './plane';

export type Made = 'neighbors' | 'pca';
/** What the server makes, or the plane of two axes between words. */
export type Layout = Made | 'axes';
/** Words: left, right, below, above. */
export type Axes = readonly [string, string, string, string];
type State = Schemas['MapState'];

const AGAIN_MS = 500;
/** Words whose spellings are asked for at a time; the server gives as many. */
const AT_A_TIME = 400;

export class MapData {
  /** How far the layout is that was asked for. */
  state = $state.raw<State | null>(null);
  /** Why there is nothing to show. */
  error = $state.raw<unknown>(null);
  /** The layout that is shown: principal components as long as the other is not there. */
  layout = $state.raw<Layout | null>(null);
  /** How many words have their places. */
  there = $state(0);
  placed = $state(0);
  /** Goes up when spellings have come. */
  spelled = $state(0);
  bounds: Bounds = boundsOf([]);
  /** x and y of each word, most frequent first. */
  places = new Float32Array(0);
  /** Each word's row. */
  rows = new Int32Array(0);
  #numbers: Int32Array | null = null;
  readonly #words = new Map<number, string>();
  readonly #asked = new Set<number>();

  constructor(private readonly source: Source) {}

  /** Asks how far a layout is until it is there. */
  async follow(layout: Made, signal: AbortSignal): Promise<void> {
    this.state = null;
    try {
      for (;;) {
        const state = await this.source.json('/api/map', { query: { layout }, signal });
        this.state = state;
        if (state.state !== 'making') return;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        signal.throwIfAborted();
      }
    } catch (error) {
      if (!isAbort(error)) this.error = error;
    }
  }

  /**
   * Fetches the places, the most frequent words first.
   *
   * @param take Is handed each piece as it comes.
   */
  async load(
    layout: Made,
    signal: AbortSignal,
    take: (first: number, places: Float32Array, placed: number) => void,
  ): Promise<void> {
    try {
      for (let first = 0, placed = 1; first < placed;) {
        const query = { layout, first };
        const { payload, arrays } = await this.source.binary('/api/map/places', { query, signal });
        placed = payload.placed;
        const [rows, places] = [arrays.rows.data, arrays.places.data];
        if (first === 0) this.#begin(layout, placed);
        this.rows.set(rows, first);
        this.places.set(places, 2 * first);
        first += rows.length;
        this.there = first;
        // The most frequent words are everywhere, but a later one may stand farther out.
        this.bounds = boundsOf(this.places.subarray(0, 2 * first));
        take(first - rows.length, places.slice(), placed);
        if (!rows.length) break;
      }
    } catch (error) {
      if (!isAbort(error)) this.error = error;
    }
  }

  /** The same for the plane of two axes. */
  async cross(
    [left, right, below, above]: Axes,
    signal: AbortSignal,
    take: (first: number, places: Float32Array, placed: number) => void,
  ): Promise<void> {
    try {
      const side = (positive: string, negative: string) =>
        this.source.binary('/api/map/sides', { query: { positive, negative }, signal });
      const [across, up, rows] = await Promise.all([
        side(right, left),
        side(above, below),
        this.#allRows(signal),
      ]);
      this.#begin('axes', rows.length);
      this.rows = rows;
      for (let i = 0; i < rows.length; i++) {
        this.places[2 * i] = across.arrays.values.data[i]!;
        this.places[2 * i + 1] = up.arrays.values.data[i]!;
      }
      this.error = null;
      this.bounds = boundsOf(this.places);
      this.there = rows.length;
      take(0, this.places.slice(), rows.length);
    } catch (error) {
      if (!isAbort(error)) this.error = error;
    }
  }

  /** The rows of all words, most frequent first. */
  async #allRows(signal: AbortSignal): Promise<Int32Array<ArrayBuffer>> {
    if (this.placed && this.there === this.placed) return this.rows.slice();
    let found = new Int32Array(0);
    for (let first = 0, placed = 1; first < placed;) {
      const query = { layout: 'pca', first } as const;
      const { payload, arrays } = await this.source.binary('/api/map/places', { query, signal });
      placed = payload.placed;
      if (first === 0) found = new Int32Array(placed);
      if (!arrays.rows.data.length) break;
      found.set(arrays.rows.data, first);
      first += arrays.rows.data.length;
    }
    return found;
  }

  #begin(layout: Layout, placed: number): void {
    this.layout = layout;
    this.placed = placed;
    this.there = 0;
    this.rows = new Int32Array(placed);
    this.places = new Float32Array(2 * placed);
    this.#numbers = null;
  }

  /** A word's number in the order of frequency by its row; −1 where it has no place yet. */
  numberOf(row: number): number {
    if (this.#numbers === null || this.there < this.placed) {
      let most = -1;
      for (let i = 0; i < this.there; i++) if (this.rows[i]! > most) most = this.rows[i]!;
      this.#numbers = new Int32Array(most + 1).fill(-1);
      for (let i = 0; i < this.there; i++) this.#numbers[this.rows[i]!] = i;
    }
    return this.#numbers[row] ?? -1;
  }

  /** A word's spelling, where it has come. */
  word(number: number): string | undefined {
    return this.#words.get(number);
  }

  /** Takes spellings that came with another answer. */
  know(words: readonly { word: string; row: number }[]): void {
    for (const { word, row } of words) this.#words.set(this.numberOf(row), word);
    untrack(() => this.spelled++);
  }

  /** Has spellings come that are not there yet. */
  async want(numbers: readonly number[]): Promise<void> {
    const missing = numbers.filter((one) => !this.#words.has(one) && !this.#asked.has(one));
    for (let from = 0; from < missing.length; from += AT_A_TIME) {
      const at = missing.slice(from, from + AT_A_TIME);
      for (const one of at) this.#asked.add(one);
      try {
        const { words } = await this.source.json('/api/map/words', { query: { at } });
        words.forEach((word, i) => this.#words.set(at[i]!, word));
        this.spelled++;
      } catch {
        // They are asked for again with the next labels.
      }
      for (const one of at) this.#asked.delete(one);
    }
  }
}
