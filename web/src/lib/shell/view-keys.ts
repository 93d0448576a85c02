/** The key that opens each view, in the order of the bar: the upper row of a keyboard, 1 … 9, 0, - and =. */

const DIGITS = '1234567890-=';

/** The key of a view by its place, from 0; '' for one that has none. */
export const keyOfPlace = (place: number): string => DIGITS[place] ?? '';

/** The place that a key opens; −1 where it opens none. */
export const placeOfKey = (key: string): number => (key.length === 1 ? DIGITS.indexOf(key) : -1);

/** The keys of so many views, as the list of keys tells them. */
export function keysOfViews(count: number): string {
  if (count <= 1) return DIGITS.slice(0, count);
  return count <= 9 ? `1 … ${count}` : `1 … 9, ${[...DIGITS.slice(9, count)].join(', ')}`;
}
