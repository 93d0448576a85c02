/** Answers of the server on the bundled run (scripts/web_fixtures.py), and the bundled text. */
import { readFileSync } from 'node:fs';
import type { BinaryRoutes, Schemas } from '$lib/api/routes';
import { decode, fromBase64 } from '$lib/api/safetensors';
import answers from './bundled.test-data.json';
import type { Film } from './film';
import { Words } from './words';

function binary<P extends keyof BinaryRoutes>(address: P & keyof typeof answers): BinaryRoutes[P] {
  const { base64 } = answers[address] as { base64: string };
  const { metadata, arrays } = decode(fromBase64(base64));
  return { payload: JSON.parse(metadata.payload!), arrays } as BinaryRoutes[P];
}

export const vocabulary: Schemas['Vocabulary'] = answers['/api/vocabulary'];
export const census: Schemas['Census'] = answers['/api/census'];
const weights = binary('/api/weights');
const paths = binary('/api/journey/trajectories');

export const words = new Words(weights, vocabulary);
export const film: Film = {
  words: paths.payload.words,
  groups: paths.payload.groups,
  snapshots: paths.payload.snapshots,
  positions: paths.arrays.positions.data,
};

/** The same words as the most frequent of so many. */
export const partOf = (of: number) =>
  new Words({ ...weights, payload: { ...weights.payload, of } }, vocabulary);

/** The same words as a file of vectors has them: no counts, no groups, no W′. */
export const foreign = new Words(
  { payload: weights.payload, arrays: { inputs: weights.arrays.inputs } },
  { words: vocabulary.words, counts: [], groups: [] },
);

export const sentences: readonly string[] = readFileSync(
  '../src/lexiscope/data/corpus.txt',
  'utf-8',
)
  .split('\n')
  .filter((line) => line.trim() && !line.startsWith('#'));

/** Words of some rows, as a file has them. */
export function wordsOf(rows: Record<string, readonly number[]>): Words {
  const names = Object.keys(rows);
  const dim = rows[names[0]].length;
  return new Words(
    {
      payload: { step: null, words: names, rows: names.map((_, i) => i), of: names.length },
      arrays: {
        inputs: { data: Float32Array.from(Object.values(rows).flat()), shape: [names.length, dim] },
      },
    } as unknown as BinaryRoutes['/api/weights'],
    { words: names, counts: [], groups: [] },
  );
}
