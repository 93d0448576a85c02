/** The vectors of a model's words, to ask about: all of a small one, the foremost of a large one. */
import { units } from '$lib/single-file/vectors';

export class Space {
  readonly #units: Float64Array;
  readonly lengths: Float64Array;
  readonly #outputs: Float64Array | null;
  #nearest = new Map<string, number[]>();

  /**
   * @param words Different from each other.
   * @param inputs Their rows of W: (words, dim).
   * @param outputs Their rows of W′, where it has rows of words.
   * @param counts Of the words in the text, or null.
   */
  constructor(
    readonly words: readonly string[],
    readonly dim: number,
    readonly inputs: ArrayLike<number>,
    outputs: ArrayLike<number> | null,
    readonly counts: readonly number[] | null,
  ) {
    const { values, norms } = units(inputs, dim);
    this.#units = values;
    this.lengths = norms;
    this.#outputs = outputs && units(outputs, dim).values;
  }

  get size(): number {
    return this.words.length;
  }

  get hasOutputs(): boolean {
    return this.#outputs !== null;
  }

  unit(at: number): Float64Array {
    return this.#units.subarray(at * this.dim, (at + 1) * this.dim);
  }

  row(at: number): Float64Array {
    return Float64Array.from({ length: this.dim }, (_, d) => this.inputs[at * this.dim + d]!);
  }

  cosine(a: number, b: number): number {
    return this.#along(this.unit(a), this.#units, b);
  }

  /** Of a row of W with a row of W′. */
  cosineAcross(a: number, b: number): number {
    return this.#outputs ? this.#along(this.unit(a), this.#outputs, b) : NaN;
  }

  dot(a: number, b: number): number {
    return this.cosine(a, b) * this.lengths[a]! * this.lengths[b]!;
  }

  /** Words by cosine with a word's row of W, the nearest first; it itself only across. */
  nearest(at: number, across = false): readonly number[] {
    const key = `${at} ${across}`;
    const known = this.#nearest.get(key);
    if (known) return known;
    const by = (other: number) => (across ? this.cosineAcross(at, other) : this.cosine(at, other));
    const found = this.#sorted(by, across ? [] : [at]);
    this.#nearest.set(key, found);
    return found;
  }

  /** The sum of unit vectors, those of `minus` taken away, at length 1; null without a direction. */
  sum(plus: readonly number[], minus: readonly number[]): Float64Array | null {
    const total = new Float64Array(this.dim);
    const add = (sign: number) => (at: number) => {
      const unit = this.unit(at);
      for (let d = 0; d < this.dim; d++) total[d]! += sign * unit[d]!;
    };
    plus.forEach(add(1));
    minus.forEach(add(-1));
    const length = Math.hypot(...total);
    return length > 1e-6 ? total.map((value) => value / length) : null;
  }

  /** The cosine of a direction with a word. */
  toward(direction: Float64Array, at: number): number {
    return this.#along(direction, this.#units, at);
  }

  /** Words by cosine with a direction, the nearest first. */
  nearestTo(direction: Float64Array, except: readonly number[]): number[] {
    return this.#sorted((at) => this.toward(direction, at), except);
  }

  #sorted(by: (at: number) => number, except: readonly number[]): number[] {
    const measured = this.words.map((_, at) => ({ at, value: by(at) }));
    return measured
      .filter(({ at }) => !except.includes(at))
      .sort((a, b) => b.value - a.value || a.at - b.at)
      .map(({ at }) => at);
  }

  #along(unit: Float64Array, matrix: Float64Array, at: number): number {
    let sum = 0;
    for (let d = 0; d < this.dim; d++) sum += unit[d]! * matrix[at * this.dim + d]!;
    return sum;
  }
}
