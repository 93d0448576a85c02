/** Room for the names beside and above a heat map, and where those of groups stand. */
import type { GridSize } from './grid';

export const SMALLEST_LABEL = 9; // pixels a row or column needs for its word

export interface NameWidths {
  /** Of the widest word beside a row and above a column; 0 for none. */
  rows: number;
  columns: number;
  /** Of the widest name of a group of rows and of columns; 0 for none. */
  rowGroups: number;
  columnGroups: number;
}

export interface NameRoom {
  /** Of words and names together. */
  left: number;
  top: number;
  /** Of the names of groups, the outer part of it. */
  leftBand: number;
  topBand: number;
}

/**
 * Words stand where cells are wide enough for them; names of groups always.
 *
 * @param fontSize In pixels, as all of it.
 */
export function nameRoom(
  { mode, width, columns }: Pick<GridSize, 'mode' | 'width' | 'columns'>,
  widths: NameWidths,
  fontSize: number,
): NameRoom {
  const most = Math.max(width * 0.35, 40);
  const words = widths.rows ? Math.min(most, widths.rows + 14) : 0;
  if (mode === 'numbers') {
    // Rows are high: names stand upright along them, in little room.
    const leftBand = widths.rowGroups ? fontSize + 6 : 0;
    const left = words + leftBand;
    return { left, top: widths.columns ? fontSize + 10 : 0, leftBand, topBand: 0 };
  }
  const leftBand = widths.rowGroups ? Math.min(most, widths.rowGroups + 10) : 0;
  const topBand = widths.columnGroups ? widths.columnGroups + 10 : 0;
  const fits = (left: number) => (width - left) / Math.max(1, columns) >= SMALLEST_LABEL;
  const left = leftBand + (fits(leftBand + words) || !leftBand ? words : 0);
  const above = widths.columns && fits(left) ? Math.min(120, widths.columns + 12) : 0;
  return { left, top: topBand + above, leftBand, topBand };
}

/**
 * Places along a line as near to where they are wanted as a distance between them allows.
 *
 * @param wanted Rising.
 * @param gap Least distance; less where they would not fit otherwise.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number) {
  const room = high - low;
  const apart = Math.min(gap, wanted.length > 1 ? room / (wanted.length - 1) : gap);
  const places = [...wanted];
  let least = low;
  for (let i = 0; i < places.length; i++) {
    places[i] = Math.max(least, places[i]!);
    least = places[i]! + apart;
  }
  let most = high;
  for (let i = places.length - 1; i >= 0; i--) {
    places[i] = Math.min(most, places[i]!);
    most = places[i]! - apart;
  }
  return places;
}
