/** Where the cells of a heat map lie: pure geometry, in CSS pixels. */

export interface GridSize {
  rows: number;
  columns: number;
  /** Of the visible part. */
  width: number;
  /** Room for row labels, left. */
  left: number;
  /** Room for column labels, above. */
  top: number;
  /** `numbers`: cells wide enough for their number, scrolled where they are too many; `fit`: all
   * columns in the width, square. */
  mode: 'numbers' | 'fit';
  /** Least width of a cell with its number. */
  numberWidth: number;
}

export interface Grid extends GridSize {
  cellWidth: number;
  cellHeight: number;
  /** Of everything, labels included. */
  fullWidth: number;
  fullHeight: number;
}

const NUMBER_HEIGHT = 22;
const WIDEST_NUMBER_CELL = 76;
const LARGEST_SQUARE = 26;
const SMALLEST_SQUARE = 2;
const SCROLL_BAR = 16;

export function layoutGrid(size: GridSize): Grid {
  const room = Math.max(0, size.width - size.left) / Math.max(1, size.columns);
  const fit = size.mode === 'fit';
  const cellWidth = fit
    ? Math.max(SMALLEST_SQUARE, Math.min(LARGEST_SQUARE, room))
    : Math.max(size.numberWidth, Math.min(WIDEST_NUMBER_CELL, room));
  const cellHeight = fit ? cellWidth : NUMBER_HEIGHT;
  return {
    ...size,
    cellWidth,
    cellHeight,
    fullWidth: size.left + cellWidth * size.columns,
    fullHeight: size.top + cellHeight * size.rows,
  };
}

/** The width beyond which cells no longer grow, with room for a scroll bar. */
export function widestGrid(left: number, columns: number, mode: GridSize['mode']): number {
  const cell = mode === 'fit' ? LARGEST_SQUARE : WIDEST_NUMBER_CELL;
  return left + columns * cell + SCROLL_BAR;
}

export interface Scrolled {
  x: number;
  y: number;
}

export interface CellPlace {
  row: number;
  column: number;
}

/** The cell under a point of the visible part, or null over labels and beyond the last. */
export function cellAt(grid: Grid, x: number, y: number, scroll: Scrolled): CellPlace | null {
  if (x < grid.left || y < grid.top) return null;
  const column = Math.floor((x - grid.left + scroll.x) / grid.cellWidth);
  const row = Math.floor((y - grid.top + scroll.y) / grid.cellHeight);
  return column < grid.columns && row < grid.rows ? { row, column } : null;
}

/** First and behind-last rows and columns that can be seen. */
export function visibleCells(grid: Grid, height: number, scroll: Scrolled) {
  const firstRow = Math.floor(scroll.y / grid.cellHeight);
  const firstColumn = Math.floor(scroll.x / grid.cellWidth);
  return {
    firstRow,
    lastRow: Math.min(grid.rows, firstRow + Math.ceil((height - grid.top) / grid.cellHeight) + 1),
    firstColumn,
    lastColumn: Math.min(
      grid.columns,
      firstColumn + Math.ceil((grid.width - grid.left) / grid.cellWidth) + 1,
    ),
  };
}

/** How far to scroll so that a cell can be seen whole. */
export function scrollTo(grid: Grid, height: number, scroll: Scrolled, cell: CellPlace): Scrolled {
  const across = grid.width - grid.left;
  const down = height - grid.top;
  return {
    x: bring(scroll.x, cell.column * grid.cellWidth, grid.cellWidth, across),
    y: bring(scroll.y, cell.row * grid.cellHeight, grid.cellHeight, down),
  };
}

function bring(from: number, start: number, size: number, room: number): number {
  if (start < from) return start;
  return start + size > from + room ? start + size - room : from;
}

/** Where a key leads from a cell; null for a key that leads nowhere. */
export function moveCell(
  cell: CellPlace,
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey'>,
  rows: number,
  columns: number,
): CellPlace | null {
  const { row, column } = cell;
  const whole = event.ctrlKey;
  const moves: Record<string, CellPlace> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    PageUp: { row: row - 10, column },
    PageDown: { row: row + 10, column },
    Home: { row: whole ? 0 : row, column: 0 },
    End: { row: whole ? rows - 1 : row, column: columns - 1 },
  };
  const next = moves[event.key];
  if (!next) return null;
  return {
    row: Math.max(0, Math.min(rows - 1, next.row)),
    column: Math.max(0, Math.min(columns - 1, next.column)),
  };
}
