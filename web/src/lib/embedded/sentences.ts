/** Pages of sentences and their pairs, out of what the file carries. */
import type { Schemas } from '$lib/api/routes';

export function pageOf(
  all: Schemas['Sentences'],
  offset: number,
  limit: number,
  search: string,
): Schemas['Sentences'] {
  const wanted = search.toLowerCase();
  const found = all.sentences.filter(({ text }) => text.toLowerCase().includes(wanted));
  return {
    total: found.length,
    first: offset,
    sentences: found.slice(offset, offset + limit),
  };
}

/** The pairs that another window over a sentence gives; the window counts kept words only. */
export function withWindow(
  sentence: Schemas['SentencePairs'],
  window: number,
  architecture: string | null,
): Schemas['SentencePairs'] {
  const kept = sentence.words.flatMap(({ row }, place) => (row === null ? [] : [place]));
  const pairs: [number, number][] =
    architecture === 'next-word'
      ? kept.slice(1).map((place, at) => [kept[at]!, place])
      : kept.flatMap((center, at) =>
          kept
            .slice(Math.max(0, at - window), at + window + 1)
            .filter((context) => context !== center)
            .map((context): [number, number] => [center, context]),
        );
  return { ...sentence, window, pairs };
}
