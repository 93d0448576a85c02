/** Orders of a matrix's rows. */
import { byGroup, type Grouping } from '$lib/charts/grouping';

export const SORTS = ['group', 'given', 'alphabet', 'likeness', 'dimension', 'norm'] as const;
export type Sort = (typeof SORTS)[number];

/** Rows of numbers, one after the other. */
export interface Rows {
  data: Float32Array;
  count: number;
  dim: number;
}

export interface Order {
  /** Rows from the top. */
  rows: number[];
  /** What was sorted by, row by row of the matrix; null where it is no number. */
  keys: number[] | null;
  /** Sizes of neighbouring rows that belong together. */
  groups: { name: string; count: number }[];
}

export interface Wish {
  sort: Sort;
  /** For likeness: to this row. */
  row: number;
  /** For dimension: 0 for the first. */
  dimension: number;
}

/** The order that was asked for; numbers fall. */
export function orderRows(
  words: readonly string[],
  matrix: Rows,
  grouping: Grouping,
  { sort, row, dimension }: Wish,
): Order {
  if (sort === 'group') {
    const { order, sizes } = byGroup(words, grouping);
    return { rows: order, keys: null, groups: sizes };
  }
  const rows = words.map((_, place) => place);
  if (sort === 'given') return { rows, keys: null, groups: [] };
  if (sort === 'alphabet') {
    return {
      rows: rows.sort((a, b) => words[a].localeCompare(words[b])),
      keys: null,
      groups: [],
    };
  }
  const keys = rows.map((place) =>
    sort === 'likeness'
      ? cosine(matrix, row, matrix, place)
      : sort === 'norm'
        ? norm(matrix, place)
        : matrix.data[place * matrix.dim + dimension],
  );
  return { rows: rows.sort((a, b) => keys[b] - keys[a]), keys, groups: [] };
}

/** ‖row‖ */
export function norm(matrix: Rows, row: number): number {
  return Math.sqrt(dot(matrix, row, matrix, row));
}

/** Of a row of one matrix and a row of another; 0 where one of them is all zeros. */
export function cosine(a: Rows, i: number, b: Rows, j: number): number {
  const lengths = norm(a, i) * norm(b, j);
  return lengths > 0 ? dot(a, i, b, j) / lengths : 0;
}

export function dot(a: Rows, i: number, b: Rows, j: number): number {
  let sum = 0;
  for (let d = 0; d < a.dim; d++) sum += a.data[i * a.dim + d] * b.data[j * b.dim + d];
  return sum;
}

/** The rows in an order. */
export function arranged(matrix: Rows, rows: readonly number[]): Float32Array {
  const found = new Float32Array(rows.length * matrix.dim);
  rows.forEach((row, place) => {
    found.set(matrix.data.subarray(row * matrix.dim, (row + 1) * matrix.dim), place * matrix.dim);
  });
  return found;
}
