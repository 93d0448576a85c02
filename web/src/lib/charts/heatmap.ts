/** Draws a heat map on a canvas: the visible cells, their numbers where there is room, labels. */
import { powerNamed } from './evenly';
import { fixed } from './format';
import { type CellPlace, type Grid, type Scrolled, visibleCells } from './grid';
import { drawPixels, MANY_CELLS, type Part, pixelsOf } from './heatmap-image';
import { SMALLEST_LABEL, spread } from './heatmap-names';
import type { ColorScale } from './palette.svelte';

export interface Group {
  name: string;
  count: number;
}

export interface HeatMapPicture {
  grid: Grid;
  /** Of the room for names, what those of groups take. */
  bands: { left: number; top: number };
  height: number;
  scroll: Scrolled;
  values: ArrayLike<number>;
  rowLabels: readonly string[];
  columnLabels: readonly string[];
  rowGroups: readonly Group[];
  columnGroups: readonly Group[];
  digits: number;
  /** Numbers are written over this power of ten. */
  power: number;
  scale: ColorScale;
  active: CellPlace | null;
  selectedRow: number | null;
  selectedColumn: number | null;
  fonts: { sans: string; size: number };
  colors: { paper: string; ink: string; quiet: string; rule: string; focus: string };
}

type Context = CanvasRenderingContext2D;

export function drawHeatMap(context: Context, picture: HeatMapPicture): void {
  const { grid, height, colors, fonts } = picture;
  context.fillStyle = colors.paper;
  context.fillRect(0, 0, grid.width, height);
  context.font = `${fonts.size}px ${fonts.sans}`;
  context.textBaseline = 'middle';
  clipped(context, grid.left, grid.top, grid.width, height, () => drawCells(context, picture));
  clipped(context, 0, grid.top, grid.width, height, () => drawRowLabels(context, picture));
  clipped(context, grid.left, 0, grid.width, height, () => drawColumnLabels(context, picture));
  clipped(context, grid.left, grid.top, grid.width, height, () => drawMarks(context, picture));
  if (!picture.power || !grid.top) return;
  context.font = `${fonts.size}px ${fonts.sans}`;
  context.fillStyle = colors.quiet;
  context.textAlign = 'right';
  context.fillText(powerNamed(picture.power), grid.left - 8, grid.top / 2);
}

function clipped(
  context: Context,
  left: number,
  top: number,
  right: number,
  bottom: number,
  draw: () => void,
): void {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  draw();
  context.restore();
}

/** The left edge of a column and the upper edge of a row, on whole pixels of the screen. */
function edges({ grid, scroll }: HeatMapPicture) {
  const ratio = globalThis.devicePixelRatio || 1;
  const snap = (at: number) => Math.round(at * ratio) / ratio;
  return {
    left: (column: number) => snap(grid.left + column * grid.cellWidth - scroll.x),
    upper: (row: number) => snap(grid.top + row * grid.cellHeight - scroll.y),
  };
}

function drawCells(context: Context, picture: HeatMapPicture): void {
  const { grid, values, scale, digits } = picture;
  const unit = 10 ** picture.power;
  const { left, upper } = edges(picture);
  const seen = visibleCells(grid, picture.height, picture.scroll);
  const numbers = grid.cellWidth >= grid.numberWidth && grid.cellHeight >= 14;
  const gap = grid.cellWidth >= 12 ? 1 : 0;
  if (!numbers && drawnAsImage(context, picture, seen, gap)) return;
  context.textAlign = 'center';
  for (let row = seen.firstRow; row < seen.lastRow; row++) {
    const y = upper(row);
    const high = upper(row + 1) - y;
    for (let column = seen.firstColumn; column < seen.lastColumn; column++) {
      const value = values[row * grid.columns + column]!;
      if (Number.isNaN(value)) continue;
      const x = left(column);
      const wide = left(column + 1) - x;
      context.fillStyle = scale.color(value);
      context.fillRect(x, y, wide - gap, high - gap);
      if (numbers) {
        context.fillStyle = scale.ink(value);
        const text = fixed(value / unit, { digits, plain: true });
        context.fillText(text, x + (wide - gap) / 2, y + high / 2);
      }
    }
  }
}

/** Of many cells without numbers; false where they are to be drawn one by one. */
function drawnAsImage(context: Context, picture: HeatMapPicture, seen: Part, gap: number): boolean {
  const { firstRow, lastRow, firstColumn, lastColumn } = seen;
  const wide = lastColumn - firstColumn;
  if ((lastRow - firstRow) * wide < MANY_CELLS) return false;
  const { grid, values, scale, colors } = picture;
  const { left, upper } = edges(picture);
  const frame = [left(firstColumn), upper(firstRow), left(lastColumn), upper(lastRow)] as const;
  const pixels = pixelsOf(values, grid.columns, seen, scale);
  if (!drawPixels(context, pixels, wide, frame)) return false;
  if (!gap) return true;
  context.fillStyle = colors.paper;
  const [x, y, right, bottom] = frame;
  for (let column = firstColumn + 1; column <= lastColumn; column++) {
    context.fillRect(left(column) - gap, y, gap, bottom - y);
  }
  for (let row = firstRow + 1; row <= lastRow; row++) {
    context.fillRect(x, upper(row) - gap, right - x, gap);
  }
  return true;
}

function drawRowLabels(context: Context, picture: HeatMapPicture): void {
  const { grid, bands, rowLabels, colors, active, selectedRow } = picture;
  drawRowGroups(context, picture);
  if (grid.cellHeight < SMALLEST_LABEL) return;
  const { upper } = edges(picture);
  context.textAlign = 'right';
  const seen = visibleCells(grid, picture.height, picture.scroll);
  const size = Math.min(picture.fonts.size, grid.cellHeight - 1);
  for (let row = seen.firstRow; row < seen.lastRow; row++) {
    const strong = row === active?.row || row === selectedRow;
    context.font = `${strong ? 600 : 400} ${size}px ${picture.fonts.sans}`;
    context.fillStyle = strong ? colors.ink : colors.quiet;
    const y = (upper(row) + upper(row + 1)) / 2;
    context.fillText(rowLabels[row] ?? '', grid.left - 8, y, grid.left - bands.left - 10);
  }
}

/** Where groups begin and end, in rows or columns. */
function extents(groups: readonly Group[]): { name: string; from: number; to: number }[] {
  let at = 0;
  return groups.map(({ name, count }) => ({ name, from: at, to: (at += count) }));
}

/** Names of groups of rows: in lines where rows are low, upright along the rows where they are high. */
function drawRowGroups(context: Context, picture: HeatMapPicture): void {
  const { grid, bands, height, fonts, scroll, colors, rowGroups } = picture;
  if (!bands.left || !rowGroups.length) return;
  const { upper } = edges(picture);
  context.font = `${fonts.size}px ${fonts.sans}`;
  context.fillStyle = colors.ink;
  if (grid.mode === 'fit') {
    context.textAlign = 'left';
    const groups = extents(rowGroups);
    const wanted = groups.map(({ from, to }) => ((from + to) / 2) * grid.cellHeight);
    const half = fonts.size / 2;
    const places = spread(wanted, fonts.size * 1.15, half, grid.cellHeight * grid.rows - half);
    groups.forEach(({ name }, i) => {
      context.fillText(name, 0, grid.top + places[i]! - scroll.y, bands.left - 6);
    });
    return;
  }
  context.textAlign = 'center';
  for (const { name, from, to } of extents(rowGroups)) {
    // Along the part of the group that is in sight.
    const [first, last] = [Math.max(grid.top, upper(from)), Math.min(height, upper(to))];
    if (last - first < fonts.size) continue;
    upright(context, name, bands.left / 2, (first + last) / 2, last - first - 4);
  }
}

/** A text that runs upwards. */
function upright(context: Context, text: string, x: number, y: number, most: number): void {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.fillText(text, 0, 0, most);
  context.restore();
}

/** Names of groups of columns, upright above them. */
function drawColumnGroups(context: Context, picture: HeatMapPicture): void {
  const { grid, bands, fonts, scroll, colors, columnGroups } = picture;
  if (!bands.top || !columnGroups.length) return;
  context.font = `${fonts.size}px ${fonts.sans}`;
  context.fillStyle = colors.ink;
  context.textAlign = 'left';
  const groups = extents(columnGroups);
  const wanted = groups.map(({ from, to }) => ((from + to) / 2) * grid.cellWidth);
  const half = fonts.size / 2;
  const places = spread(wanted, fonts.size * 1.15, half, grid.cellWidth * grid.columns - half);
  groups.forEach(({ name }, i) => {
    upright(context, name, grid.left + places[i]! - scroll.x, bands.top - 4, bands.top - 6);
  });
}

function drawColumnLabels(context: Context, picture: HeatMapPicture): void {
  const { grid, bands, columnLabels, colors, active, selectedColumn, fonts } = picture;
  drawColumnGroups(context, picture);
  if (grid.top === 0 || columnLabels.length === 0) return;
  const { left } = edges(picture);
  const seen = visibleCells(grid, picture.height, picture.scroll);
  const turned = grid.mode === 'fit';
  if (turned && grid.cellWidth < SMALLEST_LABEL) return;
  const size = turned ? Math.min(fonts.size, grid.cellWidth - 1) : fonts.size;
  for (let column = seen.firstColumn; column < seen.lastColumn; column++) {
    const strong = column === active?.column || column === selectedColumn;
    context.font = `${strong ? 600 : 400} ${size}px ${fonts.sans}`;
    context.fillStyle = strong ? colors.ink : colors.quiet;
    const x = (left(column) + left(column + 1)) / 2;
    const text = columnLabels[column] ?? '';
    if (turned) {
      context.textAlign = 'left';
      upright(context, text, x, grid.top - 6, grid.top - bands.top - 8);
    } else {
      context.textAlign = 'center';
      context.fillText(text, x, grid.top / 2, grid.cellWidth - 2);
    }
  }
}

function drawMarks(context: Context, picture: HeatMapPicture): void {
  const { grid, active, selectedRow, selectedColumn, colors } = picture;
  const { left, upper } = edges(picture);
  context.strokeStyle = colors.paper;
  context.lineWidth = grid.cellWidth < 5 ? 1 : 2;
  line(context, picture.rowGroups, (row) => [left(0), upper(row), left(grid.columns), upper(row)]);
  line(context, picture.columnGroups, (c) => [left(c), upper(0), left(c), upper(grid.rows)]);
  context.strokeStyle = colors.ink;
  context.lineWidth = 1.5;
  if (selectedRow !== null) {
    context.strokeRect(left(0), upper(selectedRow), left(grid.columns) - left(0), grid.cellHeight);
  }
  if (selectedColumn !== null) {
    context.strokeRect(left(selectedColumn), upper(0), grid.cellWidth, upper(grid.rows) - upper(0));
  }
  if (active) {
    context.strokeStyle = colors.focus;
    context.lineWidth = 2;
    const [x, y] = [left(active.column), upper(active.row)];
    context.strokeRect(x, y, left(active.column + 1) - x, upper(active.row + 1) - y);
  }
}

/** Lines between groups. */
function line(
  context: Context,
  groups: readonly Group[],
  ends: (at: number) => [number, number, number, number],
): void {
  let at = 0;
  context.beginPath();
  for (const { count } of groups.slice(0, -1)) {
    at += count;
    const [x1, y1, x2, y2] = ends(at);
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
  }
  context.stroke();
}
