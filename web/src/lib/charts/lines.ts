/** Lines of many points as short SVG paths. */
import { visible } from './decimate';

type Scale = (value: number) => number;

/** A path through the points that a screen can show; breaks where a point has no place. */
export function linePath(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  toX: Scale,
  toY: Scale,
  width: number,
): string {
  let path = '';
  let pen = 'M';
  for (const index of visible(x, y, toX, width)) {
    const [left, upper] = [toX(x[index]!), toY(y[index]!)];
    if (!Number.isFinite(left) || !Number.isFinite(upper)) {
      pen = 'M';
      continue;
    }
    path += `${pen}${left.toFixed(1)},${upper.toFixed(1)}`;
    pen = 'L';
  }
  return path;
}

/** The bounds of all that is to be shown; with a logarithmic axis, of what is above 0. */
export function yExtent(
  series: readonly ArrayLike<number>[],
  levels: readonly number[],
  log: boolean,
): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const values of [...series, levels]) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  if (least > most) return log ? [1, 10] : [0, 1];
  if (least === most) return log ? [least / 2, most * 2] : [least - 0.5, most + 0.5];
  return [least, most];
}
