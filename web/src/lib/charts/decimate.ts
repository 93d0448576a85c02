/** Fewer points for the same picture. */

/**
 * Of many points along x, those that a line `width` pixels wide can show: in each pixel column the
 * first, least, greatest and last. Points must be sorted by x.
 *
 * @returns Indices into the points, rising.
 */
export function visible(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  pixel: (x: number) => number,
  width: number,
): number[] {
  const count = Math.min(x.length, y.length);
  if (count <= 4 * width) return Array.from({ length: count }, (_, i) => i);
  const kept: number[] = [];
  let column = NaN;
  let first = 0;
  let least = 0;
  let most = 0;
  const close = (last: number) => {
    const four = [first, Math.min(least, most), Math.max(least, most), last];
    for (const index of four) if (kept.at(-1) !== index) kept.push(index);
  };
  for (let i = 0; i < count; i++) {
    const here = Math.floor(pixel(x[i]!));
    if (here !== column) {
      if (i > 0) close(i - 1);
      column = here;
      first = least = most = i;
    } else {
      if (y[i]! < y[least]!) least = i;
      if (y[i]! > y[most]!) most = i;
    }
  }
  if (count > 0) close(count - 1);
  return kept;
}
