/** Numbers that stand below or beside each other, all written alike: digits, or one power of ten. */
import { fixed, type NumberFormat, raised } from './format';

/** How a row of numbers is written: digits behind the point, of the number over 10^power. */
export interface Written {
  digits: number;
  power: number;
}

/** Digits that count, at least, of the largest number of a row and of any number of a column. */
const COUNTING = 2;
const [LEAST, MOST] = [3, 5]; // behind the point, in a grid
const IN_POWERS = 2; // behind the point, where a power of ten stands at the row's head
const MOST_IN_COLUMN = 6;

/** Digits behind the point with which a number has `COUNTING` that count; 0 for none. */
function needed(size: number): number {
  if (!(size > 0) || !Number.isFinite(size)) return 0;
  return Math.max(0, COUNTING - 1 - Math.floor(Math.log10(size)));
}

const sizes = (values: ArrayLike<number>) => Array.from(values, Math.abs);

/**
 * Rows of one grid: as many digits as that row needs whose numbers are the smallest, the same for
 * all; a row that would need more than fit is written over a power of ten of its own.
 *
 * @param rows Their numbers, and digits that they want at least.
 */
export function writtenRows(
  rows: readonly { values: ArrayLike<number>; digits?: number }[],
): Written[] {
  const wants = rows.map(({ values, digits = LEAST }) => {
    const largest = Math.max(0, ...sizes(values).filter(Number.isFinite));
    const need = needed(largest);
    const small = need > Math.max(MOST, digits);
    return { digits: Math.max(digits, need), power: small ? Math.floor(Math.log10(largest)) : 0 };
  });
  const digits = Math.max(LEAST, ...wants.filter(({ power }) => !power).map((one) => one.digits));
  return wants.map(({ power }) => (power ? { digits: IN_POWERS, power } : { digits, power }));
}

/** Digits of a column, as many as its smallest number needs, within bounds; 0 stays 0. */
export function columnDigits(
  values: readonly number[],
  least = LEAST,
  most = MOST_IN_COLUMN,
): number {
  if (least === 0) return 0;
  const smallest = Math.min(Infinity, ...sizes(values).filter((size) => size > 0));
  return Math.min(Math.max(least, most), Math.max(least, needed(smallest)));
}

/** A number as its row is written. */
export function evenly(
  value: number | null | undefined,
  { digits, power }: Written,
  { sign = false }: NumberFormat = {},
): string {
  const scaled = value === null || value === undefined ? value : value / 10 ** power;
  return fixed(scaled, { digits, sign, plain: true });
}

/** `×10⁻⁶`, at the head of a row; '' for none. */
export const powerNamed = (power: number) => (power ? `×10${raised(power)}` : '');
