import { describe, expect, it } from 'vitest';
import { latest, snapshotHead, snapshotName, nearestSnapshot } from './snapshots';

describe('snapshots', () => {
  const snapshots = [0, 59, 117, 3750, 15000];

  it('have names that a reader understands', () => {
    expect(snapshotName('step', 3750)).toBe('step 3,750');
    expect(snapshotName('share', 0.375)).toBe('37.5 % of the run');
    expect(snapshotHead('step', 15000)).toBe('15,000');
    expect([0, 0.0064, 1].map((share) => snapshotHead('share', share))).toEqual([
      '0 %',
      '0.64 %',
      '100 %',
    ]);
  });

  it('show the last one that has been, never one to come', () => {
    expect([0, 58, 59, 3749, 3750, 20000].map((now) => latest(snapshots, now))).toEqual([
      0, 0, 1, 2, 3, 4,
    ]);
    expect(latest([10, 20], 5)).toBe(0);
  });

  it('are chosen by the nearest one, where an address names a step between two', () => {
    expect([0, 29, 30, 9000, 9999, 99999].map((now) => nearestSnapshot(snapshots, now))).toEqual([
      0, 0, 1, 3, 4, 4,
    ]);
    expect(nearestSnapshot([0], 7)).toBe(0);
  });
});
