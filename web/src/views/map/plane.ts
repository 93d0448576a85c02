/** The plane and the screen: what is in sight, how far it is zoomed in, and the ways between. */

/** What stands in the middle of the picture, and pixels a unit of the plane; up is up. */
export interface Sight {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Bounds {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

export type Point = readonly [x: number, y: number];

const EDGE = 0.06; // left free around the whole, as a share of it
/** How far one can zoom, from the whole. */
export const MOST_ZOOM = 4_000;
const LEAST_ZOOM = 0.5;

/** Where a place is on the screen, in pixels from its top left corner. */
export function toScreen(sight: Sight, size: Size, x: number, y: number): Point {
  return [
    size.width / 2 + (x - sight.x) * sight.scale,
    size.height / 2 - (y - sight.y) * sight.scale,
  ];
}

/** The place behind a pixel. */
export function toPlane(sight: Sight, size: Size, across: number, down: number): Point {
  return [
    sight.x + (across - size.width / 2) / sight.scale,
    sight.y - (down - size.height / 2) / sight.scale,
  ];
}

/** The smallest box around places that are given in pairs. */
export function boundsOf(places: ArrayLike<number>): Bounds {
  const found = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (let at = 0; at < places.length; at += 2) {
    const [x, y] = [places[at]!, places[at + 1]!];
    if (x < found.left) found.left = x;
    if (x > found.right) found.right = x;
    if (y < found.bottom) found.bottom = y;
    if (y > found.top) found.top = y;
  }
  return found.left <= found.right ? found : { left: -1, right: 1, bottom: -1, top: 1 };
}

/** All of a box in sight. */
export function whole(bounds: Bounds, size: Size): Sight {
  const across = Math.max(bounds.right - bounds.left, 1e-9) * (1 + 2 * EDGE);
  const up = Math.max(bounds.top - bounds.bottom, 1e-9) * (1 + 2 * EDGE);
  return {
    x: (bounds.left + bounds.right) / 2,
    y: (bounds.bottom + bounds.top) / 2,
    scale: Math.max(1e-9, Math.min(size.width / across, size.height / up)),
  };
}

/** The same with what is under the fingers or the pointer moved along with it. */
export function moved(sight: Sight, across: number, down: number): Sight {
  return { ...sight, x: sight.x - across / sight.scale, y: sight.y + down / sight.scale };
}

/**
 * Nearer by a factor, or farther where it is below 1; what is behind a pixel stays there.
 *
 * @param fit The sight of the whole, from which there is a nearest and a farthest.
 */
export function nearer(
  sight: Sight,
  size: Size,
  factor: number,
  fit: Sight,
  [across, down]: Point = [size.width / 2, size.height / 2],
): Sight {
  const scale = within(sight.scale * factor, fit.scale * LEAST_ZOOM, fit.scale * MOST_ZOOM);
  const [x, y] = toPlane(sight, size, across, down);
  return {
    x: x - (across - size.width / 2) / scale,
    y: y + (down - size.height / 2) / scale,
    scale,
  };
}

/** The sight so far on a flight from one to another, 0 to 1: each doubling takes as long. */
export function onTheWay(from: Sight, to: Sight, share: number): Sight {
  if (share >= 1) return to;
  const scale = from.scale * (to.scale / from.scale) ** share;
  const apart = 1 / to.scale - 1 / from.scale;
  // What is flown to moves evenly over the screen, also while that changes its scale.
  const gone = Math.abs(apart * from.scale) < 1e-6 ? share : (1 / scale - 1 / from.scale) / apart;
  return { x: from.x + (to.x - from.x) * gone, y: from.y + (to.y - from.y) * gone, scale };
}

/** A part of the plane as it stands in the address and is asked for: `x,y_x,y`. */
export function polygonText(corners: readonly Point[]): string {
  return corners.map(([x, y]) => `${shortened(x)},${shortened(y)}`).join('_');
}

/** Its corners; none where the text is no polygon. */
export function polygonOf(text: string): Point[] {
  const corners = text.split('_').map((pair) => pair.split(',').map(Number));
  const sound =
    corners.length >= 2 && corners.every((one) => one.length === 2 && one.every(Number.isFinite));
  return sound ? corners.map(([x, y]) => [x!, y!]) : [];
}

/** The outline of a polygon, of which two corners stand for a rectangle. */
export function outline(corners: readonly Point[]): readonly Point[] {
  if (corners.length !== 2) return corners;
  const [[left, top], [right, bottom]] = corners as [Point, Point];
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** A line drawn by hand with so many corners at most, and none so near the last that it adds nothing. */
export function fewer(corners: readonly Point[], most: number, apart: number): Point[] {
  const kept: Point[] = [];
  for (const one of corners) {
    const last = kept.at(-1);
    if (!last || Math.hypot(one[0] - last[0], one[1] - last[1]) >= apart) kept.push(one);
  }
  return kept.length > most ? fewer(kept, most, apart * 1.5) : kept;
}

const within = (value: number, least: number, most: number) =>
  Math.min(most, Math.max(least, value));

/** A number as addresses have it: six figures that count, no powers of ten. */
function shortened(value: number): string {
  const digits = Math.min(7, Math.max(0, 5 - Math.floor(Math.log10(Math.abs(value) || 1))));
  return String(Number(value.toFixed(digits)));
}
