/** Numbers as the page writes them: a real minus sign, fixed digits, thin spaces nowhere. */

const MINUS = '\u2212';

export interface NumberFormat {
  /** Digits behind the point. */
  digits?: number;
  /** Show + as well. */
  sign?: boolean;
  /** Never in powers of ten: digits stand below each other in a column. */
  plain?: boolean;
}

/** A number with fixed digits; below what they can show, in powers of ten; `–` for none. */
export function fixed(
  value: number | null | undefined,
  { digits = 3, sign = false, plain = false }: NumberFormat = {},
) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  const text =
    size >= 1e7 || (!plain && size > 0 && size < 0.5 * 10 ** -digits && digits > 2)
      ? power(size)
      : size.toFixed(digits);
  if (value < 0 && Number(size.toFixed(digits)) !== 0) return MINUS + text;
  if (value < 0 && text.includes('×')) return MINUS + text;
  return sign && value > 0 ? `+${text}` : text;
}

/**
 * A number with so many digits that count, and `least` behind the point at any rate; what is smaller
 * than a millionth in powers of ten.
 */
export function figures(value: number, significant: number, least = 3): string {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) return fixed(value, { digits: least });
  if (size < 1e-6 || size >= 1e7) return (value < 0 ? MINUS : '') + power(size, significant - 1);
  const digits = significant - 1 - Math.floor(Math.log10(size));
  return fixed(value, { digits: Math.max(least, digits) });
}

/** The number that a text of ours tells. */
export function told(text: string): number {
  const plain = text.replaceAll(MINUS, '-').replace('∞', 'Infinity');
  const found = /^(.*)×10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/.exec(plain);
  if (!found) return Number(plain);
  const [, mantissa = '', sign = '', digits = ''] = found;
  const exponent = [...digits].map((digit) => RAISED.indexOf(digit)).join('');
  return Number(`${mantissa}e${sign ? '-' : ''}${exponent}`);
}

/**
 * Operands with as few digits as the result, as it is written, follows from them as they are written:
 * what a pocket calculator makes of the one is the other.
 *
 * @param digits Behind the point, of the result.
 */
export function carried(
  operands: readonly number[],
  compute: (told: readonly number[]) => number,
  result: number,
  digits = 3,
): string[] {
  const wanted = fixed(result, { digits });
  let texts: string[] = [];
  for (let significant = digits; significant <= MOST_FIGURES; significant++) {
    texts = operands.map((value) => figures(value, significant, digits));
    if (fixed(compute(texts.map(told)), { digits }) === wanted) break;
  }
  return texts;
}

const MOST_FIGURES = 9;

/** Digits behind the point with which a number has four that count. */
export function decimals(value: number): number {
  return digitsOf(figures(value, 4, 4));
}

/** Digits behind a text's point. */
export function digitsOf(text: string): number {
  return /[.](\d+)$/.exec(text)?.[1]?.length ?? 3;
}

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function power(size: number, decimals = 1): string {
  const [mantissa = '', exponent = ''] = size.toExponential(decimals).split('e');
  return `${mantissa}×10${raised(Number(exponent))}`;
}

/** An exponent: `⁻⁶`. */
export function raised(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => RAISED[Number(digit)]).join('');
  return (exponent < 0 ? '⁻' : '') + digits;
}

/** A whole number in groups of three. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US').replace('-', MINUS);
}

/** 1.2 k, 3.4 M, 1.5 B. */
export function short(value: number): string {
  for (const [size, name] of [
    [1e12, ' T'],
    [1e9, ' B'],
    [1e6, ' M'],
    [1e4, ' k'],
  ] as const) {
    if (Math.abs(value) >= size) {
      const scaled = value / (name === ' k' ? 1e3 : size);
      return `${Number(scaled.toPrecision(3))}${name}`.replace('-', MINUS);
    }
  }
  return Number.isInteger(value) ? whole(value) : fixed(value, { digits: 2 });
}

export function percent(share: number, digits = 1): string {
  return `${fixed(100 * share, { digits })} %`;
}

/** An axis label: as short as the number allows. */
export function tick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4) return short(value);
  if (size > 0 && size < 1e-3) {
    const exponent = Math.floor(Math.log10(size) + 1e-9);
    const mantissa = Number((value / 10 ** exponent).toPrecision(2));
    return `${mantissa === 1 ? '' : `${mantissa}×`}10${raised(exponent)}`.replace('-', MINUS);
  }
  return String(Number(value.toPrecision(6))).replace('-', MINUS);
}

/** `1 word`, `2 words`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** A size in bytes: `110 kB`, `7.3 MB`; powers of a thousand, as disks have them. */
export function sized(bytes: number): string {
  for (const [size, name] of [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (bytes >= size)
      return `${Number((bytes / size).toPrecision(bytes < 10 * size ? 2 : 3))} ${name}`;
  }
  return counted(bytes, 'byte');
}
