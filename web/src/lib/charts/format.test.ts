import { describe, expect, it } from 'vitest';
import { counted, fixed, percent, short, tick, whole } from './format';

describe('fixed', () => {
  it.each([
    [1.23456, {}, '1.235'],
    [-1.23456, {}, '−1.235'],
    [0.5, { sign: true }, '+0.500'],
    [0, { sign: true }, '0.000'],
    [-0.001, { digits: 2 }, '0.00'], // no minus before nothing
    [0.00001234, {}, '1.2×10⁻⁵'], // rather than 0.000
    [-0.00001234, {}, '−1.2×10⁻⁵'],
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
