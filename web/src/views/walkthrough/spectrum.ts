/** Numbers of a whole vocabulary side by side: geometry and drawing of one bar a word. */
import { tick } from '$lib/charts/format';

export interface Bounds {
  least: number;
  most: number;
}

/** Bounds with 0 inside, rounded outward so that they rest while steps go by. */
export function roundedBounds(values: ArrayLike<number>, always: readonly number[] = []): Bounds {
  let [least, most] = [0, 0];
  const take = (value: number) => {
    if (value < least) least = value;
    if (value > most && value < Infinity) most = value;
  };
  for (let i = 0; i < values.length; i++) take(values[i]!);
  always.forEach(take);
  if (least === 0 && most === 0) return { least: 0, most: 1 };
  const unit = roundUp(Math.max(-least, most)) / 4;
  return { least: Math.floor(least / unit) * unit, most: Math.ceil(most / unit) * unit };
}

/** The next of 1, 1.5, 2, 3, 4, 6, 8, 10 times a power of ten. */
export function roundUp(size: number): number {
  if (!(size > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(size));
  const share = size / power;
  return ([1, 1.5, 2, 3, 4, 6, 8].find((one) => share <= one * (1 + 1e-9)) ?? 10) * power;
}

/** The extremes that share a column of pixels, where there are more words than columns. */
export function columnExtremes(values: ArrayLike<number>, columns: number): [number, number][] {
  const found: [number, number][] = Array.from({ length: columns }, () => [0, 0]);
  for (let i = 0; i < values.length; i++) {
    const pair = found[Math.min(columns - 1, Math.floor((i * columns) / values.length))]!;
    pair[0] = Math.min(pair[0], values[i]!);
    pair[1] = Math.max(pair[1], values[i]!);
  }
  return found;
}

/** Which bar lies under a pixel. */
export function barAt(x: number, width: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor((x / width) * count)));
}

export interface Label {
  text: string;
  /** Middle, in pixels. */
  x: number;
  width: number;
}

/** Labels that fit beside each other, the first ones first; moved inside the picture. */
export function fittingLabels(wanted: readonly Label[], width: number, gap = 8): Label[] {
  const placed: Label[] = [];
  for (const label of wanted) {
    const half = label.width / 2;
    const x = Math.max(half, Math.min(width - half, label.x));
    const free = placed.every((other) => Math.abs(other.x - x) >= half + other.width / 2 + gap);
    if (free) placed.push({ ...label, x });
  }
  return placed;
}

export interface SpectrumPicture {
  width: number;
  height: number;
  values: ArrayLike<number>;
  bounds: Bounds;
  /** Words named above the picture, the most important first. */
  named: readonly number[];
  names: readonly string[];
  /** Its bar has a colour of its own and a mark below. */
  target: number;
  active: number;
  chosen: number;
  level?: { value: number; label: string };
  font: string;
  colors: Record<
    'plus' | 'minus' | 'target' | 'ink' | 'quiet' | 'rule' | 'focus' | 'sunk' | 'paper',
    string
  >;
}

export const TOP = 20;
export const BOTTOM = 14;

export function drawSpectrum(context: CanvasRenderingContext2D, picture: SpectrumPicture): void {
  const { width, height, values, bounds, colors } = picture;
  const count = values.length;
  const span = bounds.most - bounds.least || 1;
  const y = (value: number) => TOP + ((bounds.most - value) / span) * (height - TOP - BOTTOM);
  const [slot, zero] = [width / count, y(0)];
  context.clearRect(0, 0, width, height);
  context.font = picture.font;
  mark(context, picture.active, slot, height, colors.sunk);
  if (slot >= 2) {
    const gap = slot >= 4 ? Math.min(2, slot * 0.2) : 0;
    const bar = (at: number) => {
      const value = values[at]!;
      const high = Math.max(1, Math.abs(y(value) - zero));
      context.fillRect(at * slot + gap / 2, Math.min(zero, y(value)), slot - gap, high);
    };
    // Colour by colour: changing it for every bar takes longer than drawing.
    for (const sign of [1, -1]) {
      context.fillStyle = sign > 0 ? colors.plus : colors.minus;
      for (let at = 0; at < count; at++) {
        if (sign * values[at]! > 0 && at !== picture.target) bar(at);
      }
    }
    context.fillStyle = colors.target;
    if (values[picture.target]) bar(picture.target);
  } else {
    columnExtremes(values, Math.max(1, Math.floor(width))).forEach(([low, high], column) => {
      context.fillStyle = colors.plus;
      context.fillRect(column, y(high), 1, zero - y(high));
      context.fillStyle = colors.minus;
      context.fillRect(column, zero, 1, y(low) - zero);
    });
  }
  context.fillStyle = colors.rule;
  context.fillRect(0, Math.round(zero), width, 1);
  drawEnds(context, picture, y);
  drawLevel(context, picture, y);
  outline(context, picture.chosen, slot, picture);
  drawNames(context, picture, slot);
}

function mark(
  context: CanvasRenderingContext2D,
  at: number,
  slot: number,
  height: number,
  color: string,
): void {
  if (at < 0) return;
  context.fillStyle = color;
  context.fillRect(at * slot, TOP - 4, Math.max(slot, 2), height - TOP);
}

function outline(
  context: CanvasRenderingContext2D,
  at: number,
  slot: number,
  { height, colors }: SpectrumPicture,
): void {
  if (at < 0) return;
  context.strokeStyle = colors.focus;
  context.lineWidth = 1;
  context.strokeRect(at * slot + 0.5, TOP - 3.5, Math.max(slot - 1, 2), height - TOP - BOTTOM + 7);
}

/** The bounds, written at the left. */
function drawEnds(
  context: CanvasRenderingContext2D,
  { bounds, colors }: SpectrumPicture,
  y: (value: number) => number,
): void {
  context.textAlign = 'left';
  context.strokeStyle = colors.paper;
  context.lineWidth = 4;
  for (const value of new Set([bounds.most, bounds.least])) {
    if (value === 0) continue;
    context.fillStyle = colors.rule;
    context.fillRect(0, Math.round(y(value)), 6, 1);
    context.fillStyle = colors.quiet;
    context.textBaseline = 'middle';
    context.strokeText(tick(value), 9, y(value));
    context.fillText(tick(value), 9, y(value));
  }
}

const LEFT_OF_ENDS = 44; // room for the bounds at the left

/** A line across, named at the right; at the left where a bar that is looked at stands there. */
function drawLevel(
  context: CanvasRenderingContext2D,
  { level, width, colors, target, chosen, values }: SpectrumPicture,
  y: (value: number) => number,
): void {
  if (!level) return;
  const wide = context.measureText(level.label).width;
  const taken = Math.max(target, chosen) + 1 > ((width - wide - 10) / width) * values.length;
  const right = taken ? LEFT_OF_ENDS + wide : width - 2;
  context.strokeStyle = colors.quiet;
  context.setLineDash([3, 3]);
  context.lineWidth = 1;
  context.beginPath();
  const at = Math.round(y(level.value)) + 0.5;
  context.moveTo(0, at);
  context.lineTo(width, at);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = colors.quiet;
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  context.strokeStyle = colors.paper;
  context.lineWidth = 4;
  context.strokeText(level.label, right, at - 3);
  context.fillText(level.label, right, at - 3);
}

function drawNames(
  context: CanvasRenderingContext2D,
  { named, names, target, chosen, width, height, colors }: SpectrumPicture,
  slot: number,
): void {
  const wanted = named.map((at) => ({
    text: names[at]!,
    x: (at + 0.5) * slot,
    width: context.measureText(names[at]!).width,
  }));
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const label of fittingLabels(wanted, width)) {
    const strong = label.text === names[target] || label.text === names[chosen];
    context.fillStyle = strong ? colors.ink : colors.quiet;
    context.fillText(label.text, label.x, 1);
  }
  if (target < 0) return;
  const x = (target + 0.5) * slot;
  context.fillStyle = colors.target;
  context.beginPath();
  context.moveTo(x, height - BOTTOM + 3);
  context.lineTo(x - 5, height - 2);
  context.lineTo(x + 5, height - 2);
  context.fill();
}
