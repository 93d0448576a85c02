/**
 * Whole numbers of 64 bits as two halves, for random numbers that are the same as in Python. BigInt
 * would do the same a hundred times slower.
 */

/** Both halves unsigned, 0 … 2³² − 1. */
export interface Word64 {
  high: number;
  low: number;
}

export function word64(high: number, low: number): Word64 {
  return { high: high >>> 0, low: low >>> 0 };
}

/** A safe whole number that is not negative. */
export function fromNumber(value: number): Word64 {
  return word64(Math.floor(value / 2 ** 32), value % 2 ** 32);
}

/** The upper half of the product of two numbers of 32 bits. */
function upperProduct(a: number, b: number): number {
  const [ah, al, bh, bl] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const low = al * bl;
  const middle = ah * bl + Math.floor(low / 0x10000);
  const other = al * bh + (middle & 0xffff);
  return (ah * bh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)) >>> 0;
}

/** target += other, modulo 2⁶⁴. */
export function add(target: Word64, other: Word64): void {
  const low = target.low + other.low;
  target.high = (target.high + other.high + (low >= 2 ** 32 ? 1 : 0)) >>> 0;
  target.low = low >>> 0;
}

/** target *= other, modulo 2⁶⁴. */
export function multiply(target: Word64, other: Word64): void {
  const { high, low } = target;
  target.high =
    (upperProduct(low, other.low) + Math.imul(high, other.low) + Math.imul(low, other.high)) >>> 0;
  target.low = Math.imul(low, other.low) >>> 0;
}

/** target ^= other. */
export function exclusive(target: Word64, other: Word64): void {
  target.high = (target.high ^ other.high) >>> 0;
  target.low = (target.low ^ other.low) >>> 0;
}

/** target ^= target >> count, count being 1 … 31. */
export function exclusiveShifted(target: Word64, count: number): void {
  const { high, low } = target;
  target.low = (low ^ ((low >>> count) | (high << (32 - count)))) >>> 0;
  target.high = (high ^ (high >>> count)) >>> 0;
}
