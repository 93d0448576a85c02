/** All vectors of a small model, to search them in the page itself. */
import { ProblemError } from '$lib/api/problem';
import type { Schemas } from '$lib/api/routes';

type Near = Schemas['Near'];

/** Rows of one length each, and how long they were. */
export interface Units {
  values: Float64Array;
  norms: Float64Array;
}

/** Every row divided by its length; a row without one stays 0. */
export function units(matrix: ArrayLike<number>, dim: number): Units {
  const count = matrix.length / dim;
  const values = new Float64Array(matrix.length);
  const norms = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    let square = 0;
    for (let d = 0; d < dim; d++) square += matrix[row * dim + d]! ** 2;
    const norm = Math.sqrt(square);
    norms[row] = norm;
    if (norm > 0) {
      for (let d = 0; d < dim; d++) values[row * dim + d] = matrix[row * dim + d]! / norm;
    }
  }
  return { values, norms };
}

export class Vectors {
  readonly input: Units;
  readonly output: Units | null;
  #rows: Map<string, number>;

  /**
   * @param words Row by row.
   * @param inputs (V, D), outputs likewise or null.
   */
  constructor(
    readonly words: readonly string[],
    readonly counts: readonly number[],
    readonly dim: number,
    readonly inputs: ArrayLike<number>,
    outputs: ArrayLike<number> | null,
  ) {
    this.input = units(inputs, dim);
    this.output = outputs && units(outputs, dim);
    this.#rows = new Map(words.map((word, row) => [word, row]));
  }

  has(word: string): boolean {
    return this.#rows.has(word);
  }

  /** @throws ProblemError There is no such word. */
  rowOf(word: string): number {
    const row = this.#rows.get(word);
    if (row !== undefined) return row;
    throw new ProblemError(
      `the word "${word}" is not in the vocabulary of ${this.words.length.toLocaleString('en-US')} words`,
      404,
      '',
      this.#alike(word),
    );
  }

  unit(row: number, matrix: Units = this.input): Float64Array {
    return matrix.values.subarray(row * this.dim, (row + 1) * this.dim);
  }

  /** The rows nearest to a direction by cosine, the nearest first. */
  nearest(direction: ArrayLike<number>, among: Units, topn: number, except: number[] = []): Near[] {
    const toward = units(direction, this.dim).values;
    const left = new Set(except);
    const all: Near[] = [];
    for (let row = 0; row < this.words.length; row++) {
      if (left.has(row)) continue;
      all.push({ row, word: this.words[row]!, cosine: this.dot(toward, this.unit(row, among)) });
    }
    return all.sort((a, b) => b.cosine - a.cosine || a.row - b.row).slice(0, topn);
  }

  dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
    let sum = 0;
    for (let d = 0; d < this.dim; d++) sum += a[d]! * b[d]!;
    return sum;
  }

  /** A few words that are spelled alike. */
  #alike(word: string): string[] {
    const wanted = word.toLowerCase();
    const distances = this.words
      .map((other) => ({ other, distance: edits(wanted, other.toLowerCase()) }))
      .filter(({ other, distance }) => distance <= Math.max(1, Math.floor(other.length / 3)));
    return distances
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 3)
      .map(({ other }) => other);
  }
}

/** Letters put in, left out or changed to come from one word to another (Levenshtein 1966). */
export function edits(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const now = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = before[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      now.push(Math.min(changed, before[j]! + 1, now[j - 1]! + 1));
    }
    before = now;
  }
  return before[b.length]!;
}
