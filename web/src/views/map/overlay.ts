/** What is drawn over the points: labels, the chosen word's neighbours, the part that is chosen. */
import { placeLabels } from '$lib/charts/labels';
import { outline, type Point, type Sight, type Size, toScreen } from './plane';

export interface Label {
  /** In the plane. */
  at: Point;
  text: string;
  /** Shown even where it covers others. */
  always?: boolean;
  /** Among the most frequent ones in sight. */
  large?: boolean;
}

export interface Line {
  from: Point;
  to: Point;
  /** Its end is near on the map, too. */
  near: boolean;
}

/** A way on the map. */
export interface Arrow {
  from: Point;
  to: Point;
  text: string;
  /** Thicker than the others. */
  chosen: boolean;
}

export interface Overlay {
  labels: readonly Label[];
  lines: readonly Line[];
  arrows: readonly Arrow[];
  /** In the plane; a rectangle by two corners. */
  part: readonly Point[];
  /** The chosen word's place. */
  chosen: Point | null;
  /** Of two axes through the plane's origin, their ends' names: left, right, below, above. */
  ends: readonly string[] | null;
  colors: { ink: string; paper: string; accent: string; warm: string };
  family: string;
}

const SMALL = 12;
const LARGE = 15;
const HALO = 3.5;

/** Draws it all, in CSS pixels. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  sight: Sight,
  size: Size,
  overlay: Overlay,
): void {
  context.clearRect(0, 0, size.width, size.height);
  context.lineJoin = 'round';
  drawAxes(context, sight, size, overlay);
  drawPart(context, sight, size, overlay);
  drawLines(context, sight, size, overlay);
  drawArrows(context, sight, size, overlay);
  drawLabels(context, sight, size, overlay);
}

function drawAxes(
  context: CanvasRenderingContext2D,
  sight: Sight,
  size: Size,
  { ends, colors, family }: Overlay,
): void {
  if (!ends) return;
  const [left, right, below, above] = ends as [string, string, string, string];
  const [x, y] = toScreen(sight, size, 0, 0);
  context.strokeStyle = colors.ink;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(size.width, y);
  context.moveTo(x, 0);
  context.lineTo(x, size.height);
  context.stroke();
  context.globalAlpha = 1;
  const [beside, over] = [
    Math.min(size.width - 8, Math.max(8, x + 8)),
    Math.min(size.height - 12, Math.max(12, y - 12)),
  ];
  context.font = `italic 600 ${LARGE}px ${family}`;
  context.textBaseline = 'middle';
  context.strokeStyle = colors.paper;
  context.fillStyle = colors.warm;
  context.lineWidth = HALO;
  const named = [
    [`← ${left}`, 10, over, 'left'],
    [`${right} →`, size.width - 10, over, 'right'],
    [`↓ ${below}`, beside, size.height - 14, 'left'],
    [`↑ ${above}`, beside, 14, 'left'],
  ] as const;
  for (const [text, across, down, align] of named) {
    context.textAlign = align;
    context.strokeText(text, across, down);
    context.fillText(text, across, down);
  }
  context.textAlign = 'left';
}

function drawPart(
  context: CanvasRenderingContext2D,
  sight: Sight,
  size: Size,
  { part, colors }: Overlay,
): void {
  if (part.length < 2) return;
  context.beginPath();
  for (const [x, y] of outline(part)) context.lineTo(...toScreen(sight, size, x, y));
  context.closePath();
  context.globalAlpha = 0.12;
  context.fillStyle = colors.accent;
  context.fill('evenodd');
  context.globalAlpha = 1;
  context.strokeStyle = colors.accent;
  context.lineWidth = 1.5;
  context.stroke();
}

function drawLines(
  context: CanvasRenderingContext2D,
  sight: Sight,
  size: Size,
  { lines, chosen, colors }: Overlay,
): void {
  context.lineWidth = 1.75;
  for (const { from, to, near } of lines) {
    context.strokeStyle = near ? colors.accent : colors.warm;
    context.setLineDash(near ? [] : [5, 4]);
    context.beginPath();
    context.moveTo(...toScreen(sight, size, ...from));
    context.lineTo(...toScreen(sight, size, ...to));
    context.stroke();
  }
  context.setLineDash([]);
  for (const { to, near } of lines) {
    disc(context, toScreen(sight, size, ...to), 3.5, near ? colors.accent : colors.warm, colors);
  }
  if (chosen) disc(context, toScreen(sight, size, ...chosen), 5.5, colors.ink, colors);
}

const HEAD = 9; // pixels

function drawArrows(
  context: CanvasRenderingContext2D,
  sight: Sight,
  size: Size,
  { arrows, colors }: Overlay,
): void {
  // The chosen one stands over the others.
  for (const { from, to, chosen } of arrows.toSorted((a, b) => +a.chosen - +b.chosen)) {
    const [[x1, y1], [x2, y2]] = [toScreen(sight, size, ...from), toScreen(sight, size, ...to)];
    const [turn, long] = [Math.atan2(y2 - y1, x2 - x1), Math.hypot(x2 - x1, y2 - y1)];
    const head = Math.min(HEAD * (chosen ? 1.4 : 1), long);
    const [backX, backY] = [x2 - head * Math.cos(turn), y2 - head * Math.sin(turn)];
    context.strokeStyle = context.fillStyle = chosen ? colors.accent : colors.warm;
    context.lineWidth = chosen ? 3 : 1.5;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(backX, backY);
    context.stroke();
    context.beginPath();
    context.moveTo(x2, y2);
    for (const side of [-0.42, 0.42]) {
      context.lineTo(x2 - head * Math.cos(turn + side), y2 - head * Math.sin(turn + side));
    }
    context.closePath();
    context.fill();
    disc(context, [x1, y1], chosen ? 5 : 3, chosen ? colors.accent : colors.warm, colors);
  }
}

function disc(
  context: CanvasRenderingContext2D,
  [x, y]: Point,
  radius: number,
  fill: string,
  { paper }: Overlay['colors'],
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = paper;
  context.lineWidth = 1.5;
  context.stroke();
}

function drawLabels(
  context: CanvasRenderingContext2D,
  sight: Sight,
  size: Size,
  { labels, colors, family }: Overlay,
): void {
  const fontOf = ({ always, large }: Label) =>
    `${always || large ? 600 : 450} ${large || always ? LARGE : SMALL}px ${family}`;
  const anchors = labels.map((label) => {
    context.font = fontOf(label);
    const [x, y] = toScreen(sight, size, ...label.at);
    const height = label.large || label.always ? LARGE + 5 : SMALL + 5;
    const width = context.measureText(label.text).width + 4;
    return { x, y, width, height, radius: label.always ? 4 : 2, always: label.always };
  });
  const boxes = placeLabels(anchors, { x: 0, y: 0, ...size });
  context.textBaseline = 'middle';
  context.strokeStyle = colors.paper;
  context.fillStyle = colors.ink;
  context.lineWidth = HALO;
  boxes.forEach((box, i) => {
    if (!box) return;
    context.font = fontOf(labels[i]!);
    const [x, y] = [box.x + 2, box.y + box.height / 2];
    context.strokeText(labels[i]!.text, x, y);
    context.fillText(labels[i]!.text, x, y);
  });
}
