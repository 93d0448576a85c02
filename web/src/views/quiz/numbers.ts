/** Numbers as questions show them, and as answers are typed. */

const MINUS = '\u2212';

/** A number as it is read on the page, with the value that a reader has from it. */
export interface Shown {
  readonly text: string;
  readonly value: number;
}

/** With so many digits behind the point. */
export function decimals(value: number, digits: number): Shown {
  const rounded = Number(value.toFixed(digits));
  const size = Math.abs(rounded).toFixed(digits);
  return { text: rounded < 0 ? MINUS + size : size, value: rounded === 0 ? 0 : rounded };
}

/** With so many digits that count, written without a power of ten. */
export function significant(value: number, digits: number): Shown {
  if (value === 0 || !Number.isFinite(value)) return decimals(value, 0);
  const rounded = Number(value.toPrecision(digits));
  const places = digits - 1 - Math.floor(Math.log10(Math.abs(rounded)));
  return decimals(rounded, Math.min(20, Math.max(0, places)));
}

/** A whole number in groups of three. */
export function whole(value: number): Shown {
  const size = Math.abs(Math.round(value)).toLocaleString('en-US');
  return { text: value < 0 ? MINUS + size : size, value: Math.round(value) };
}

/** As it stands behind a sign: a negative one in parentheses. */
export const closed = ({ text }: Shown) => (text.startsWith(MINUS) ? `(${text})` : text);

/** A rate as it was set: `0.1`. */
export const plain = (value: number): Shown => {
  const rounded = Number(value.toPrecision(6));
  return { text: String(rounded).replace('-', MINUS), value: rounded };
};

/**
 * A number as people type it: `0.53`, `0,53`, `−1.2`, `1e-3`, `1 536`, `1,536`.
 *
 * @param isWhole A whole number is asked for, so that commas and points part its groups.
 * @returns null where it is no number.
 */
export function parseNumber(typed: string, isWhole: boolean): number | null {
  let text = typed.trim().replace(/[\u2212\u2013\u2014]/g, '-');
  text = text.replace(/(?<=\d)[\s\u00a0\u202f'’](?=\d{3}(?!\d))/g, '');
  if (isWhole) text = text.replace(/(?<=\d)[.,](?=\d{3}(?!\d))/g, '');
  else if (!text.includes('.')) text = text.replace(',', '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}
