/** The run's sentences, as many as a scene looks through. */
import type { Source } from '$lib/api/source';

const A_PAGE = 200; // what the server gives at once
const PAGES = 3;

export async function sentencesOf(
  source: Source,
  signal: AbortSignal,
): Promise<{ sentences: string[]; total: number }> {
  const pages = await Promise.all(
    Array.from({ length: PAGES }, (_, page) =>
      source.json('/api/sentences', {
        query: { offset: page * A_PAGE, limit: A_PAGE },
        signal,
      }),
    ),
  );
  return {
    sentences: pages.flatMap(({ sentences }) => sentences.map(({ text }) => text)),
    total: pages[0].total,
  };
}
