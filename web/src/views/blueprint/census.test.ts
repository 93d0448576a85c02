import { expect, test } from 'vitest';
import { decades, place, ranked, times } from './census';

const census = {
  layers: [
    { name: 'W', role: '', shape: [96, 8], parameters: 768 },
    { name: 'W′', role: '', shape: [96, 8], parameters: 768 },
  ],
  parameters: 1536,
  comparisons: [
    { name: 'GPT-2', parameters: 124_439_808, shape: '', source: 'Radford et al. 2019' },
    { name: 'tiny', parameters: 10, shape: '', source: '' },
  ],
};

test('the open model stands at its place among the others', () => {
  const found = ranked(census, 'run');
  expect(found.map((entry) => entry.name)).toEqual(['tiny', 'run', 'GPT-2']);
  expect(found[1]).toMatchObject({ own: true, shape: 'W: 96 × 8, W′: 96 × 8' });
});

test('each power of ten is a step of the same width', () => {
  expect(decades(ranked(census, 'run'))).toBe(9);
  expect(place(1, 9)).toBe(0);
  expect(place(1000, 9)).toBeCloseTo(1 / 3);
  expect(place(1e9, 9)).toBe(1);
});

test('a ratio is said from the larger side', () => {
  expect(times(1_536_000, 1536)).toBe('1,000 × as many');
  expect(times(1536 * 1.2e6, 1536)).toBe('1.2 M × as many');
  expect(times(10, 1536)).toBe('1 in 154 of them');
});
