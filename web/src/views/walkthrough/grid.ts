/** What a grid of numbers is given, and where its arrow keys lead. */
import type { TipContent } from '$lib/state/tip.svelte';
import type { Numbers } from './shown-step';

export interface GridColumn {
  label: string;
  /** At least, where a column is written alike. */
  digits?: number;
  /** Show + as well. */
  sign?: boolean;
  /** Coloured by its numbers. */
  fill?: boolean;
  /** Names its numbers for tests, as `data-testid`. */
  testid?: string;
}

export interface GridRow {
  name: string;
  values: Numbers;
  /** Beside the name: `target`. */
  note?: string;
  strong?: boolean;
  /** At least, where a row is written alike. */
  digits?: number;
  sign?: boolean;
  fill?: boolean;
  /** The same for a row. */
  testid?: string;
  trace?: (column: number) => TipContent | null;
}

export interface GridPlace {
  row: number;
  column: number;
}

/** The place that a key leads to; null for a key that leads nowhere. */
export function stepInGrid(
  key: string,
  { row, column }: GridPlace,
  rows: number,
  columns: number,
): GridPlace | null {
  const last = (at: number, most: number) => Math.max(0, Math.min(most - 1, at));
  switch (key) {
    case 'ArrowUp':
      return { row: last(row - 1, rows), column };
    case 'ArrowDown':
      return { row: last(row + 1, rows), column };
    case 'ArrowLeft':
      return { row, column: last(column - 1, columns) };
    case 'ArrowRight':
      return { row, column: last(column + 1, columns) };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: last(columns, columns) };
    default:
      return null;
  }
}
