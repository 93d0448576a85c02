import { expect, it } from 'vitest';
import { LOSSES, lossOf, trainedLoss } from '.';

it('finds a loss by its name', () => {
  for (const loss of LOSSES) expect(lossOf(loss.name)).toBe(loss);
  expect(trainedLoss(null)).toBeNull();
});

it('says plainly that it does not know a loss', () => {
  expect(() => lossOf('hinge')).toThrow(/does not know the loss “hinge”; it knows softmax, neg/);
  expect(() => trainedLoss('hinge')).toThrow(RangeError);
});

it('has a name of its own for every loss', () => {
  for (const of of ['name', 'title', 'note'] as const) {
    expect(new Set(LOSSES.map((loss) => loss[of])).size).toBe(LOSSES.length);
  }
});
