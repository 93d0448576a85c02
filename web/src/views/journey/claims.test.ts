import { expect, it } from 'vitest';
import { correlationSaid, groupsSaid, risenSince, riseSaid } from './claims';

it('says that a loss rises again only where it does, with both figures', () => {
  expect(riseSaid('share', [0.1, 0.5, 1], [3, 2.5, 2.4], 1)).toBe('');
  expect(riseSaid('share', [0.1, 0.5, 1], [3, 2.4, 2.41], 1)).toBe(''); // less than a hundredth
  const said = riseSaid('share', [0.1, 0.5, 1], [3, 2.4, 2.6], 1);
  expect(said).toContain('lowest at 50.0 % of the run, 2.400, and is 2.600 at the end');
  expect(said).toContain('in the order of the text');
});

it('says nothing of the text of a run whose examples are shuffled', () => {
  const said = riseSaid('step', [1, 2, 3, 4], [0.1, 3, 2, 2.5], 2);
  expect(said).toBe('The mean was lowest after step 3, 2.000, and is 2.500 at the end.');
  expect(riseSaid('step', [1, 2], [0.1, 3], 500)).toBe(''); // only the last is a whole mean
});

it('holds for any curve', () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < 500; i++) {
    const losses = Array.from({ length: 12 }, () => 1 + random());
    const rise = risenSince(
      losses.map((_, at) => at),
      losses,
    );
    const [lowest, last] = [Math.min(...losses), losses[11]!];
    expect(rise !== null).toBe(last > 1.01 * lowest);
    if (rise) expect([rise.lowest, rise.last, losses[rise.at]]).toEqual([lowest, last, lowest]);
  }
});

it('takes a correlation’s sign, and says little of a small one', () => {
  const said = (r: number) => correlationSaid(r, 'the longer', 'the shorter');
  expect([0.4, -0.4, 0.05, -0.05, NaN].map(said)).toEqual([
    ...['the longer', 'the shorter', 'hardly any', 'hardly any'],
    'no correlation without differences',
  ]);
});

it('speaks of blocks only where groups are more alike', () => {
  expect(groupsSaid(0.71, 0.02)).toContain('(mean cosine 0.71)');
  expect(groupsSaid(0.71, 0.02)).toContain('blocks of blue');
  expect(groupsSaid(0.05, 0.02)).not.toContain('blocks');
  expect(groupsSaid(null, null)).toBe('');
});
