/** The words that the story is told with: all of a small model, the most frequent of a large one. */
import type { BinaryRoutes, Schemas } from '$lib/api/routes';
import { whole } from '$lib/charts/format';
import { type Units, units } from '$lib/single-file/vectors';

export interface Near {
  place: number;
  word: string;
  cosine: number;
}

export class Words {
  readonly words: readonly string[];
  /** Rows of the model. */
  readonly rows: readonly number[];
  readonly dim: number;
  /** W, row by row. */
  readonly inputs: ArrayLike<number>;
  /** They are all that the model has. */
  readonly whole: boolean;
  /** In the training text; null where it is not known. */
  readonly counts: readonly number[] | null;
  /** Of each word the number of its group, −1 for none. */
  readonly groups: readonly number[];
  readonly groupNames: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #input: Units;
  readonly #output: Units | null;

  /** @param vocabulary Null where the model is too large to be asked for it. */
  constructor(
    { payload, arrays }: BinaryRoutes['/api/weights'],
    vocabulary: Schemas['Vocabulary'] | null,
  ) {
    this.words = payload.words;
    this.rows = payload.rows;
    this.dim = arrays.inputs.shape[1];
    this.inputs = arrays.inputs.data;
    this.whole = payload.words.length === payload.of;
    this.counts = vocabulary?.counts.length
      ? payload.rows.map((row) => vocabulary.counts[row])
      : null;
    const groupOf = new Map(
      (vocabulary?.groups ?? []).flatMap(({ rows }, n) => rows.map((row) => [row, n] as const)),
    );
    this.groups = payload.rows.map((row) => groupOf.get(row) ?? -1);
    this.groupNames = (vocabulary?.groups ?? []).map(({ name }) => name);
    this.#places = new Map(this.words.map((word, place) => [word, place]));
    this.#input = units(this.inputs, this.dim);
    this.#output = arrays.outputs ? units(arrays.outputs.data, this.dim) : null;
  }

  /** Undefined for a word that is not among them. */
  place(word: string): number | undefined {
    return this.#places.get(word);
  }

  has(word: string): boolean {
    return this.#places.has(word);
  }

  get hasOutputs(): boolean {
    return this.#output !== null;
  }

  /** Of two rows of W. */
  cosine(a: number, b: number): number {
    return dot(this.unit(a), this.unit(b));
  }

  /** Of a row of W and a row of W′; NaN where there is no W′. */
  expectation(input: number, output: number): number {
    return this.#output ? dot(this.unit(input), this.unit(output, this.#output)) : NaN;
  }

  /** A row of W of length 1. */
  unit(place: number, among: Units = this.#input): Float64Array {
    return among.values.subarray(place * this.dim, (place + 1) * this.dim);
  }

  row(place: number): number[] {
    return Array.from({ length: this.dim }, (_, d) => this.inputs[place * this.dim + d]);
  }

  /** The nearest others among these words, the nearest first. */
  nearest(place: number, most = this.words.length): Near[] {
    return this.ranked((other) => this.cosine(place, other), [place], most);
  }

  /** Words by a score, the highest first; ties in the order of the rows. */
  ranked(score: (place: number) => number, except: readonly number[], most: number): Near[] {
    const left = new Set(except);
    return this.words
      .flatMap((word, place) => (left.has(place) ? [] : [{ place, word, cosine: score(place) }]))
      .sort((a, b) => b.cosine - a.cosine || a.place - b.place)
      .slice(0, most);
  }

  /** These words among all, to be said of what holds only among them; '' where they are all. */
  get among(): string {
    const count = whole(this.words.length);
    if (this.whole) return '';
    return this.counts
      ? ` (among the ${count} most frequent words)`
      : ` (among the first ${count} words)`;
  }

  /** Places, the most frequent first; as they come where counts are not known. */
  frequent(): number[] {
    const places = this.words.map((_, place) => place);
    const { counts } = this;
    return counts ? places.sort((a, b) => counts[b] - counts[a] || a - b) : places;
  }
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
