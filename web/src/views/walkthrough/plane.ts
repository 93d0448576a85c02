/**
 * The plane of the two forces: h moves within it, so that attraction, repulsion and the step have
 * their true lengths there. To the right is where attraction points; repulsion's rest is up.
 */
import { dot, mean, minus, norm, type Numbers, type ShownStep } from './shown-step';
import { roundUp } from './spectrum';

export type Point = readonly [x: number, y: number];

export interface Plane {
  across: Float64Array;
  up: Float64Array;
}

const NOTHING = 1e-9;

/** Two unit vectors at right angles that span both, or as much of them as there is. */
export function planeOf(attractive: Numbers, repulsive: Numbers, hidden: Numbers): Plane {
  const spare = Array.from({ length: Math.min(2, hidden.length) }, (_, d) =>
    Float64Array.from(hidden, (_, i) => (i === d ? 1 : 0)),
  );
  const candidates: Numbers[] = [attractive, repulsive, hidden, ...spare];
  const found: Float64Array[] = [];
  for (const candidate of candidates) {
    if (found.length === 2) break;
    const rest = Float64Array.from(candidate);
    for (const axis of found) {
      const along = dot(rest, axis);
      rest.forEach((_, i) => (rest[i]! -= along * axis[i]!));
    }
    const length = norm(rest);
    if (length > NOTHING * (1 + norm(candidate))) found.push(rest.map((value) => value / length));
  }
  const none = new Float64Array(hidden.length);
  return { across: found[0] ?? none, up: found[1] ?? none };
}

export function project({ across, up }: Plane, vector: Numbers): Point {
  return [dot(across, vector), dot(up, vector)];
}

export interface Forces {
  hidden: Point;
  /** Ends of the arrows that start at `hidden`. */
  attraction: Point;
  repulsion: Point;
  against: Point;
  step: Point;
  /** Rows of W′ worth showing. */
  rows: { name: string; at: Point; weight: number; wanted: boolean }[];
  /** Share of h's length that lies in the plane. */
  seen: number;
}

/** What there is to see of a step in its plane. */
export function forcesOf(step: ShownStep, most = 7): Forces {
  const { hidden, attractive, repulsive } = step.arrays;
  const plane = planeOf(attractive.data, repulsive.data, hidden.data);
  const at = project(plane, hidden.data);
  const [pull, push] = [project(plane, attractive.data), project(plane, repulsive.data)];
  const after = mean(step.members.map((_, member) => step.input(member, 'after')));
  const moved = project(plane, minus(after, hidden.data));
  const from = (dx: number, dy: number): Point => [at[0] + dx, at[1] + dy];
  const places = step.leading(most);
  if (step.targetPlace >= 0 && !places.includes(step.targetPlace)) {
    places.splice(most - 1, 1, step.targetPlace);
  }
  const named = new Set<string>();
  return {
    hidden: at,
    attraction: from(...pull),
    repulsion: from(-push[0], -push[1]),
    against: from(pull[0] - push[0], pull[1] - push[1]),
    step: from(...moved),
    rows: places
      .map((place) => ({
        name: step.rows[place]!,
        at: project(plane, step.output(place)),
        weight: step.probability(place),
        wanted: step.label(place) === 1,
      }))
      .filter(({ name }) => !named.has(name) && named.add(name)),
    seen: Math.hypot(...at) / (norm(hidden.data) || 1),
  };
}

export interface Frame {
  width: number;
  height: number;
  /** Pixels of one unit. */
  unit: number;
  origin: Point;
}

/** Fits points into a picture, one unit as long across as up; it rests while points move little. */
export function frameOf(points: readonly Point[], width: number, height: number, edge: Point) {
  const largest = Math.max(...points.map((point) => Math.max(...point.map(Math.abs))), NOTHING);
  const grain = roundUp(largest) / 6;
  const ends = ([0, 1] as const).map((axis) => {
    const values = [0, ...points.map((point) => point[axis])];
    return [
      Math.floor(Math.min(...values) / grain) * grain,
      Math.ceil(Math.max(...values) / grain) * grain,
    ] as const;
  });
  const [[left, right], [low, high]] = ends as [Point, Point];
  const unit = Math.min(
    (width - 2 * edge[0]) / Math.max(right - left, grain),
    (height - 2 * edge[1]) / Math.max(high - low, grain),
  );
  const origin: Point = [
    width / 2 - (unit * (left + right)) / 2,
    height / 2 + (unit * (low + high)) / 2,
  ];
  return { width, height, unit, origin };
}

export function toPixels({ unit, origin }: Frame, [x, y]: Point): Point {
  return [origin[0] + unit * x, origin[1] - unit * y];
}

/** The head of an arrow as a polygon; shorter than the arrow itself. */
export function arrowHead([x1, y1]: Point, [x2, y2]: Point, size: number): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 0.5) return '';
  const long = Math.min(size, length);
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - long * dx, y2 - long * dy];
  const half = 0.42 * long;
  const corners = [
    [x2, y2],
    [bx - half * dy, by + half * dx],
    [bx + half * dy, by - half * dx],
  ];
  return corners.map((corner) => corner.map((at) => at.toFixed(1)).join(',')).join(' ');
}

/** Places on a line, so many pixels apart, its ends left out. */
export function alongLine([x1, y1]: Point, [x2, y2]: Point, apart: number): Point[] {
  const count = Math.floor(Math.hypot(x2 - x1, y2 - y1) / apart);
  return Array.from({ length: Math.max(0, count - 1) }, (_, i) => {
    const share = (i + 1) / count;
    return [x1 + share * (x2 - x1), y1 + share * (y2 - y1)] as const;
  });
}
