/** Steps that trained the same words. */
import type { ExampleArrays } from '$lib/api/routes';

/** Steps with the same center and target as one of them, in order; with it among them. */
export function visits({ center, target }: ExampleArrays, step: number): number[] {
  const [first, second] = [center.data[step - 1], target.data[step - 1]];
  if (first === undefined || second === undefined) return [];
  const found: number[] = [];
  for (let at = 0; at < center.data.length; at++) {
    if (center.data[at] === first && target.data[at] === second) found.push(at + 1);
  }
  return found;
}
