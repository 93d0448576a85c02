/** Runs of noise-contrastive estimation, made of those of negative sampling, for tests. */
import { fromBase64 } from '$lib/api/safetensors';
import { readBlock, type ReplayBlock } from './block';
import { fixture } from './fixtures';

/** @param name Of a fixture of negative sampling, whose noise words are kept. */
export function nceBlock(name: string): ReplayBlock {
  const { facts, arrays } = readBlock(fromBase64(fixture(name).replay));
  const counts = Float64Array.from({ length: facts.words }, (_, row) => (12 - row) ** 0.75);
  const total = counts.reduce((a, b) => a + b, 0);
  const drawn = arrays.negatives!.shape[1]!;
  const logs = Float32Array.from(counts, (count) => Math.log((drawn * count) / total));
  return {
    facts: { ...facts, loss: 'nce' as typeof facts.loss },
    arrays: { ...arrays, shifts: { data: logs, shape: [facts.words] } },
  };
}
