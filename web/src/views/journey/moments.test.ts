import { describe, expect, it } from 'vitest';
import { latest, momentHead, momentName, nearestMoment } from './moments';

describe('moments', () => {
  const moments = [0, 59, 117, 3750, 15000];

  it('have names that a reader understands', () => {
    expect(momentName('step', 3750)).toBe('step 3,750');
    expect(momentName('share', 0.375)).toBe('37.5 % of the run');
    expect(momentHead('step', 15000)).toBe('15,000');
    expect([0, 0.0064, 1].map((share) => momentHead('share', share))).toEqual([
      '0 %',
      '0.64 %',
      '100 %',
    ]);
  });

  it('show the last one that has been, never one to come', () => {
    expect([0, 58, 59, 3749, 3750, 20000].map((now) => latest(moments, now))).toEqual([
      0, 0, 1, 2, 3, 4,
    ]);
    expect(latest([10, 20], 5)).toBe(0);
  });

  it('are chosen by the nearest one, where an address names a step between two', () => {
    expect([0, 29, 30, 9000, 9999, 99999].map((now) => nearestMoment(moments, now))).toEqual([
      0, 0, 1, 3, 4, 4,
    ]);
    expect(nearestMoment([0], 7)).toBe(0);
  });
});
