/** Sentences of the text, as questions are asked of them. */
import type { Schemas } from '$lib/api/routes';

export type Sentence = Schemas['SentencePairs'];

/** Places of the words that were not taken out. */
export const keptPlaces = ({ words }: Sentence): number[] =>
  words.flatMap(({ row }, place) => (row === null ? [] : [place]));

/** Where the page slides the window over it. */
export function sentenceLink({ number }: Sentence, center: number | null = null) {
  // People count from 1.
  const sentence = number === 0 ? null : number + 1;
  return {
    view: 'blueprint',
    parameters: { at: 'window', sentence, center },
    label: `Sentence ${number + 1} in the blueprint`,
  };
}
