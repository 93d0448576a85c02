import { describe, expect, it } from 'vitest';
import {
  carried,
  counted,
  figures,
  fixed,
  percent,
  short,
  sized,
  tick,
  told,
  whole,
} from './format';

describe('fixed', () => {
  it.each([
    [1.23456, {}, '1.235'],
    [-1.23456, {}, '−1.235'],
    [0.5, { sign: true }, '+0.500'],
    [0, { sign: true }, '0.000'],
    [-0.001, { digits: 2 }, '0.00'], // no minus before nothing
    [0.00001234, {}, '1.2×10⁻⁵'], // rather than 0.000
    [-0.00001234, {}, '−1.2×10⁻⁵'],
    [-0.00001234, { plain: true }, '0.000'], // below each other
    [1234567890, {}, '1.2×10⁹'],
    [Number.NaN, {}, '–'],
    [Number.POSITIVE_INFINITY, {}, '∞'],
    [Number.NEGATIVE_INFINITY, {}, '−∞'],
    [null, {}, '–'],
  ] as const)('%d → %s', (value, format, text) => {
    expect(fixed(value, format)).toBe(text);
  });
});

it('groups, shortens and counts', () => {
  expect(whole(15000)).toBe('15,000');
  expect(whole(-1234.4)).toBe('−1,234');
  expect([1536, 12_345, 3_000_000, 124_439_808, 1.75e11].map(short)).toEqual([
    '1,536',
    '12.3 k',
    '3 M',
    '124 M',
    '175 B',
  ]);
  expect(percent(0.1234)).toBe('12.3 %');
  expect([counted(1, 'word'), counted(2000, 'word'), counted(2, 'axis', 'axes')]).toEqual([
    '1 word',
    '2,000 words',
    '2 axes',
  ]);
});

it('labels axes as shortly as it can', () => {
  expect([0, 0.5, -2, 4000, 10_000, 0.1 + 0.2, 1e-5, 2e-4].map(tick)).toEqual([
    '0',
    '0.5',
    '−2',
    '4000',
    '10 k',
    '0.3',
    '10⁻⁵',
    '2×10⁻⁴',
  ]);
});

it('writes sizes in powers of a thousand', () => {
  expect([1, 999, 110_592, 8_641_685, 72_769_145].map(sized)).toEqual([
    ...['1 byte', '999 bytes', '111 kB', '8.6 MB', '72.8 MB'],
  ]);
});

describe('numbers carried through a formula', () => {
  it('have the digits that count', () => {
    expect(figures(0.0063987, 4)).toBe('0.006399');
    expect(figures(-12.3456, 3)).toBe('−12.346');
    expect(figures(3.2e-8, 3)).toBe('3.20×10⁻⁸');
    expect(figures(0, 4)).toBe('0.000');
  });

  it('are read back as they are written', () => {
    for (const value of [0, 0.0064, -12.345, 3.2e-8, -4.5e-9, 123456.789])
      expect(told(figures(value, 9))).toBeCloseTo(value, 9);
  });

  it('give the result as it is written, whatever they are', () => {
    let seed = 1;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (let i = 0; i < 3000; i++) {
      const p = random() ** 6;
      const [text] = carried([p], ([one]) => -Math.log(one!), -Math.log(p));
      expect(fixed(-Math.log(told(text!)))).toBe(fixed(-Math.log(p)));
      const [a, b] = [random() - 0.5, 4 * random() - 2];
      const parts = carried([a, b], ([x, y]) => x! * y!, a * b);
      expect(fixed(told(parts[0]!) * told(parts[1]!))).toBe(fixed(a * b));
    }
    expect(carried([0.0063987], ([one]) => -Math.log(one!), 5.0517)).toEqual(['0.006399']);
  });
});
