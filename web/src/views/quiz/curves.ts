/** Curves of a loss in small pictures of one scale. */

export const WIDTH = 200;
export const HEIGHT = 120;
/** A curve may rise to so many times what all begin with; above that it leaves the picture. */
const ROOM = 1.6;
const AIR = 0.06;

export interface View {
  least: number;
  most: number;
}

/** The range that all curves share. */
export function clipped(curves: readonly (readonly number[])[]): View {
  const all = curves.flat();
  const least = Math.min(...all);
  const starts = curves.flatMap((one) => one[0] ?? []);
  const begin = starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? least;
  const most = Math.min(Math.max(...all), least + ROOM * (begin - least) || Infinity);
  const air = AIR * (most - least || 1);
  return { least: least - air, most: most + air };
}

export function curvePath(x: readonly number[], y: readonly number[], { least, most }: View) {
  const right = x.at(-1) ?? 1;
  const point = (value: number, at: number) => {
    const left = (x[at]! / right) * WIDTH;
    // Far above the picture is far enough: no renderer likes coordinates of 10¹².
    const upper = HEIGHT * (1 - Math.min(3, (value - least) / (most - least)));
    return `${at === 0 ? 'M' : 'L'}${left.toFixed(1)},${upper.toFixed(1)}`;
  };
  return y.map(point).join('');
}
