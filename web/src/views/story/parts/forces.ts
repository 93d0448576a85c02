/** The forces on h, seen from straight above the plane that they lie in. */
import { planeOf, type Plane, project } from '$views/walkthrough/plane';
import type { Point } from '../film';
import type { Moment } from '../scenes/pull';

export interface ForcePicture {
  /** Where h was, from before the first time on. */
  way: readonly Point[];
  /** Where the row of the target went; null where no one row is the target's. */
  target: readonly Point[] | null;
  /** Other rows that were asked. */
  others: readonly Point[];
  /** Ends of the arrows at h's last place: to where it is pulled, and pushed from. */
  pull: Point;
  push: Point;
  /** The least and the largest of all that is shown, across and up. */
  ends: readonly [Point, Point];
}

/**
 * @param course Moments, from before the first time on.
 * @param times How many have gone by.
 * @param wanted Place of the target's row among the outputs, −1 for none.
 */
export function pictureOf(course: readonly Moment[], times: number, wanted: number): ForcePicture {
  const start = course[0];
  const plane: Plane = planeOf(start.pull, start.push, start.hidden);
  const at = (vector: ArrayLike<number>): Point => project(plane, vector);
  const gone = course.slice(0, times + 1);
  const now = gone[gone.length - 1];
  const end = at(now.hidden);
  const to = (force: ArrayLike<number>, sign: 1 | -1): Point => {
    const [x, y] = at(force);
    return [end[0] + sign * x, end[1] + sign * y];
  };
  const target = wanted >= 0 ? gone.map(({ outputs }) => at(outputs[wanted])) : null;
  const others = now.outputs.flatMap((row, place) => (place === wanted ? [] : [at(row)]));
  const pull = to(now.pull, 1);
  const push = to(now.push, -1);
  const way = gone.map(({ hidden }) => at(hidden));
  const all = [...way, ...(target ?? []), ...others, pull, push];
  const ends = [0, 1].map((axis): Point => {
    const values = all.map((point) => point[axis]).filter(Number.isFinite);
    return [Math.min(...values), Math.max(...values)];
  });
  return { way, target, others, pull, push, ends: [ends[0], ends[1]] };
}
