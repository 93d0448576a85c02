import { describe, expect, it } from 'vitest';
import { exampleOf, negativesOf } from '$lib/replay/block';
import { scoresOf } from '$lib/replay/forward';
import { gradientCheck } from '$lib/replay/gradient-check';
import { nceBlock } from '$lib/replay/nce.test-data';
import { Replayer } from '$lib/replay/replayer';

describe.each(['skipgram-negative-sgd', 'cbow-negative-adam', 'next-word-negative-sgd'])(
  'noise-contrastive estimation, of %s',
  (name) => {
    const block = nceBlock(name);
    const replayer = new Replayer(block);
    const { payload, arrays } = replayer.step(150);
    const logs = block.arrays.shifts!.data;
    const [scores, rows] = [arrays.logits.data, arrays.output_rows.data];

    it('asks the target, then the noise', () => {
      expect([...rows]).toEqual([payload.target, ...negativesOf(block, 150)]);
      expect(Array.from(arrays.labels.data, Number)).toEqual(
        Array.from(rows, (_, i) => +(i === 0)),
      );
    });

    it('keeps scores and what is taken off them apart', () => {
      expect([...arrays.shifts!.data]).toEqual(Array.from(rows, (row) => logs[row]!));
      let loss = 0;
      rows.forEach((row, i) => {
        // The odds of the text against k words of the noise, as the paper has them.
        const odds = Math.exp(scores[i]!) / Math.exp(logs[row]!);
        expect(arrays.probabilities.data[i]).toBeCloseTo(odds / (odds + 1), 12);
        loss -= i === 0 ? Math.log(odds / (odds + 1)) : Math.log(1 / (odds + 1));
      });
      expect(payload.loss).toBeCloseTo(loss, 12);
    });

    it('gives a word e to its score, and ranks by it', () => {
      expect(payload.probability).toBeCloseTo(Math.exp(scores[0]!), 12);
      const all = scoresOf(replayer.at(149), Float64Array.from(arrays.hidden.data));
      const better = all.filter((score) => score > all[exampleOf(block, 150).target]!);
      expect(payload.rank).toBe(1 + better.length);
    });

    it('has the gradient that is measured', () => {
      for (const number of [1, 150]) {
        expect(gradientCheck(replayer, number).largest_difference).toBeLessThan(1e-6);
      }
    });
  },
);

it('says that its noise is missing', () => {
  const { facts, arrays } = nceBlock('skipgram-negative-sgd');
  const without = { facts, arrays: { ...arrays, shifts: undefined } };
  expect(() => new Replayer(without).step(1)).toThrow(/shifts/);
});
