import { describe, expect, it } from 'vitest';
import { columnDigits, evenly, powerNamed, writtenRows } from './evenly';

const texts = (rows: { values: number[]; digits?: number }[]) => {
  const written = writtenRows(rows);
  return rows.map(({ values }, r) => values.map((value) => evenly(value, written[r]!)));
};

describe('rows of a grid', () => {
  it.each([
    [[{ values: [0.5, -0.25] }], [['0.500', '−0.250']]],
    // The small number is a rounded one, not one in another spelling.
    [[{ values: [0.5, -0.00001] }], [['0.500', '0.000']]],
    // What is added can be read, and is written as the sum is.
    [
      [{ values: [0.5] }, { values: [0.00123] }, { values: [0.50123] }],
      [['0.5000'], ['0.0012'], ['0.5012']],
    ],
    [[{ values: [0, 0] }], [['0.000', '0.000']]],
  ])('%j are %j', (rows, expected) => {
    expect(texts(rows)).toEqual(expected);
  });

  it('have one power of ten where they are too small for the others’ digits', () => {
    const rows = [{ values: [0.5, 0.25], digits: 6 }, { values: [3.21e-8, -4e-9] }];
    expect(writtenRows(rows)[1]).toEqual({ digits: 2, power: -8 });
    expect(texts(rows)).toEqual([
      ['0.500000', '0.250000'],
      ['3.21', '−0.40'],
    ]);
    expect(powerNamed(-8)).toBe('×10⁻⁸');
    expect(powerNamed(0)).toBe('');
  });
});

it('gives a column the digits of its smallest number', () => {
  expect(columnDigits([0.5, 0.25])).toBe(3);
  expect(columnDigits([0.5, 0.00042])).toBe(5);
  expect(columnDigits([0.5, 0], 4)).toBe(4);
  expect(columnDigits([0.5, 1e-12])).toBe(6);
  expect(columnDigits([0, 1], 0)).toBe(0);
});
