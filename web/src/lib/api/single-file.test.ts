import { describe, expect, it } from 'vitest';
import { fixture } from '$lib/replay/fixtures';
import { inThePage } from '$lib/replay/remote';
import { FileSource } from './single-file';
import type { BinaryPath, JsonPath, Schemas } from './routes';
import type { Tensor } from './safetensors';
import { ProblemError } from './source';

const { answers, replay } = fixture('skipgram-softmax-sgd');

/** The page carries no more than this of what the server answers. */
const CARRIED = [
  '/api/subject',
  '/api/vocabulary',
  '/api/weights',
  '/api/weights/similarity',
  '/api/weights/two-vectors',
  '/api/sentences',
  '/api/sentences/3',
  '/api/journey/neighbors?word=king',
];

function source(): FileSource {
  const responses = Object.fromEntries(CARRIED.map((where) => [where, answers[where]]));
  const { base64 } = answers['/api/weights'] as { base64: string };
  const text = JSON.stringify({ title: 'A page', responses, vectors: base64, replay });
  return FileSource.open(text, inThePage);
}

const anySource = () =>
  source() as unknown as {
    json(path: JsonPath, ask?: object): Promise<unknown>;
    binary(
      path: BinaryPath,
      ask?: object,
    ): Promise<{
      payload: Record<string, unknown>;
      arrays: Record<string, Tensor<Float32Array>>;
    }>;
  };

/** Numbers to five digits, all else to the letter. */
function expectAlike(own: unknown, other: unknown, where = 'answer'): void {
  if (typeof other === 'number') expect(own, where).toBeCloseTo(other, 4.5);
  else if (typeof other !== 'object' || other === null) expect(own ?? null, where).toBe(other);
  else {
    expect(Object.keys(own as object).sort(), where).toEqual(Object.keys(other).sort());
    for (const [key, value] of Object.entries(other)) {
      expectAlike((own as Record<string, unknown>)[key], value, `${where}.${key}`);
    }
  }
}

describe('what the server would compute, the page computes alike', () => {
  it.each<[JsonPath, string, object]>([
    ['/api/words', '/api/words?search=k&limit=5', { query: { search: 'k', limit: 5 } }],
    ['/api/words', '/api/words?search=n', { query: { search: 'n' } }],
    [
      '/api/explore/neighbors',
      '/api/explore/neighbors?word=king&topn=4',
      { query: { word: 'king', topn: 4 } },
    ],
    ...(['output', 'input-output', 'output-input'] as const).map(
      (space): [JsonPath, string, object] => [
        '/api/explore/neighbors',
        `/api/explore/neighbors?word=king&space=${space}&topn=4`,
        { query: { word: 'king', space, topn: 4 } },
      ],
    ),
    [
      '/api/explore/analogy',
      '/api/explore/analogy?positive=king&positive=cat&negative=dog&topn=4',
      { query: { positive: ['king', 'cat'], negative: ['dog'], topn: 4 } },
    ],
    [
      '/api/explore/similarity',
      '/api/explore/similarity?word=king&word=nothing&word=cat',
      { query: { word: ['king', 'nothing', 'cat'] } },
    ],
    [
      '/api/explore/compare',
      '/api/explore/compare?a=king&b=cat',
      { query: { a: 'king', b: 'cat' } },
    ],
    ['/api/weights/two-vectors', '/api/weights/two-vectors?step=200', { query: { step: 200 } }],
    [
      '/api/sentences/{number}',
      '/api/sentences/3?window=1',
      { path: { number: 3 }, query: { window: 1 } },
    ],
    [
      '/api/sentences',
      '/api/sentences?offset=1&limit=2&search=king',
      { query: { offset: 1, limit: 2, search: 'king' } },
    ],
  ])('%s: %s', async (path, where, ask) => {
    expectAlike(await anySource().json(path, ask), answers[where]);
  });

  it.each<[BinaryPath, string]>([
    ['/api/weights', 'inputs'],
    ['/api/weights/similarity', 'cosines'],
  ])('%s at a step', async (path, array) => {
    const found = await anySource().binary(path, { query: { step: 200 } });
    const { decode, fromBase64 } = await import('./safetensors');
    const { base64 } = answers[`${path}?step=200`] as { base64: string };
    const expected = decode(fromBase64(base64));
    expectAlike(found.payload, JSON.parse(expected.metadata.payload!));
    expectAlike(
      [...found.arrays[array]!.data],
      [...(expected.arrays[array]!.data as Float32Array)],
    );
  });
});

it('gives what it carries as it stands, whatever is left to its default', async () => {
  const file = source();
  expect(file.subject.words).toBe((answers['/api/subject'] as Schemas['Subject']).words);
  expect(file.title).toBe('A page');
  expect(await file.json('/api/sentences/{number}', { path: { number: 3 } })).toEqual(
    answers['/api/sentences/3'],
  );
  const evolution = await file.json('/api/journey/neighbors', { query: { word: 'king', topn: 2 } });
  expect(evolution.snapshots.every(({ nearest }) => nearest.length === 2)).toBe(true);
});

it('says that a word is not there, and which are spelled alike', async () => {
  const asked = source().json('/api/explore/neighbors', { query: { word: 'kink' } });
  await expect(asked).rejects.toMatchObject({ status: 404, suggestions: ['king'] });
});

it('says that a step or an answer is not there', async () => {
  await expect(source().step(301)).rejects.toThrow(ProblemError);
  await expect(source().json('/api/census')).rejects.toThrow(/does not carry/);
});
