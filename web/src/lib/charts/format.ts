/** Numbers as the page writes them: a real minus sign, fixed digits, thin spaces nowhere. */

const MINUS = '\u2212';

export interface NumberFormat {
  /** Digits behind the point. */
  digits?: number;
  /** Show + as well. */
  sign?: boolean;
}

/** A number with fixed digits; below what they can show, in powers of ten; `–` for none. */
export function fixed(
  value: number | null | undefined,
  { digits = 3, sign = false }: NumberFormat = {},
) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  const text =
    size >= 1e7 || (size > 0 && size < 0.5 * 10 ** -digits && digits > 2)
      ? power(size)
      : size.toFixed(digits);
  if (value < 0 && Number(size.toFixed(digits)) !== 0) return MINUS + text;
  if (value < 0 && text.includes('×')) return MINUS + text;
  return sign && value > 0 ? `+${text}` : text;
}

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function power(size: number): string {
  const [mantissa = '', exponent = ''] = size.toExponential(1).split('e');
  const digits = [...exponent.replace(/[+-]/, '')].map((digit) => RAISED[Number(digit)]).join('');
  return `${mantissa}×10${exponent.startsWith('-') ? '⁻' : ''}${digits}`;
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
    const raised = [...String(-exponent)].map((digit) => RAISED[Number(digit)]).join('');
    return `${mantissa === 1 ? '' : `${mantissa}×`}10⁻${raised}`.replace('-', MINUS);
  }
  return String(Number(value.toPrecision(6))).replace('-', MINUS);
}

/** `1 word`, `2 words`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}
