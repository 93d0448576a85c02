/** The compared words, fetched in pieces. */
import type { Source } from '$lib/api/source';
import type { Compared } from './words';

export async function loadWords(source: Source, signal?: AbortSignal): Promise<Compared> {
  let all: Compared | null = null;
  for (let first = 0, total = 1; first < total;) {
    const query = { first };
    const { payload, arrays } = await source.binary('/api/compare/words', { query, signal });
    total = payload.total;
    all ??= {
      words: [],
      rows: new Int32Array(total),
      shifts: new Float32Array(total),
      expected: new Float32Array(total),
      excess: new Float32Array(total),
      lengths: new Float32Array(2 * total),
      p: arrays.p ? new Float64Array(total) : null,
    };
    for (const word of payload.words) all.words.push(word);
    for (const name of ['rows', 'shifts', 'expected', 'excess'] as const) {
      all[name].set(arrays[name].data, first);
    }
    all.lengths.set(arrays.lengths.data, 2 * first);
    if (arrays.p) all.p?.set(arrays.p.data, first);
    first += payload.words.length;
    if (!payload.words.length) break;
  }
  if (!all) throw new Error('the server has no compared words');
  return all;
}
