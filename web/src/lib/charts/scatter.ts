/** Points on a canvas: shapes by group, trails, labels that do not cover each other. */
import { widest } from './canvas';
import { type Box, placeLabels } from './labels';
import { groupColor, groupShape } from './palette.svelte';
import { shapePath } from './shapes';

/** A point in pixels. */
export interface Placed {
  x: number;
  y: number;
  trail: [number, number][];
  label: string;
  group: number;
  chosen: boolean;
}

export interface ScatterPicture {
  points: readonly Placed[];
  bounds: Box;
  radius: number;
  labels: 'fit' | 'chosen';
  active: number;
  font: string;
  colors: { ink: string; quiet: string; paper: string };
}

const LABELLED = 400; // points more than which only chosen ones are labelled

export function drawScatter(context: CanvasRenderingContext2D, picture: ScatterPicture): void {
  const { points, radius, colors, active } = picture;
  for (const point of points) drawTrail(context, point);
  const outlines = new Map<string, Path2D>();
  const faint = points.length > 1500 ? 0.45 : 0.9;
  points.forEach((point, index) => {
    const shape = groupShape(point.group);
    const outline = outlines.get(shape) ?? new Path2D(shapePath(shape, radius));
    outlines.set(shape, outline);
    const strong = point.chosen || index === active;
    context.save();
    context.translate(point.x, point.y);
    if (strong) context.scale(1.4, 1.4);
    context.globalAlpha = strong ? 1 : faint;
    context.fillStyle = groupColor(point.group);
    context.fill(outline);
    if (strong) {
      context.strokeStyle = colors.ink;
      context.lineWidth = 1;
      context.stroke(outline);
    }
    context.restore();
  });
  drawLabels(context, picture);
}

function drawTrail(context: CanvasRenderingContext2D, { trail, x, y, group }: Placed): void {
  if (!trail.length) return;
  context.strokeStyle = groupColor(group);
  context.lineWidth = 1.25;
  const all = [...trail, [x, y] as [number, number]];
  for (let i = 1; i < all.length; i++) {
    context.globalAlpha = 0.08 + (0.55 * i) / all.length;
    context.beginPath();
    context.moveTo(...all[i - 1]!);
    context.lineTo(...all[i]!);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function drawLabels(context: CanvasRenderingContext2D, picture: ScatterPicture): void {
  const { points, bounds, radius, font, colors, active, labels } = picture;
  const named = points.flatMap((point, index) =>
    point.chosen || index === active || (labels === 'fit' && points.length <= LABELLED)
      ? [{ point, always: point.chosen || index === active }]
      : [],
  );
  context.font = font;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const height = parseFloat(font) * 1.2;
  const boxes = placeLabels(
    named.map(({ point, always }) => ({
      x: point.x,
      y: point.y,
      width: widest([point.label], font),
      height,
      radius,
      always,
    })),
    bounds,
  );
  context.lineJoin = 'round';
  named.forEach(({ point, always }, index) => {
    const box = boxes[index];
    if (!box) return;
    context.strokeStyle = colors.paper;
    context.lineWidth = 3;
    context.strokeText(point.label, box.x, box.y + height / 2);
    context.fillStyle = always ? colors.ink : colors.quiet;
    context.fillText(point.label, box.x, box.y + height / 2);
  });
}

/** The point nearest to a place, or −1 where none is within reach. */
export function nearest(points: readonly Placed[], x: number, y: number, reach: number): number {
  let found = -1;
  let least = reach * reach;
  points.forEach((point, index) => {
    const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (distance <= least) {
      least = distance;
      found = index;
    }
  });
  return found;
}

const DIRECTIONS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The next point in an arrow key's direction, or −1: near, and little off to the side. */
export function nextPoint(points: readonly Placed[], from: number, key: string): number {
  const direction = DIRECTIONS[key];
  const here = points[from];
  if (!direction || !points.length) return -1;
  if (!here) return 0;
  let found = -1;
  let least = Infinity;
  points.forEach((point, index) => {
    const [dx, dy] = [point.x - here.x, point.y - here.y];
    const along = dx * direction[0] + dy * direction[1];
    const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    const cost = along + 2 * aside;
    if (along > 0 && along >= aside * 0.6 && cost < least) {
      least = cost;
      found = index;
    }
  });
  return found;
}
