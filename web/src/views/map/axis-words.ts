/** Words that axes begin with. */
import type { Axes } from './map-data.svelte';

/** Pairs that tell something in most vocabularies. */
export const AXIS_WORDS = ['man', 'woman', 'bad', 'good', 'child', 'king'] as const;

/** The first two pairs of which both words are known, or the most frequent words. */
export function axisWords(known: readonly string[], frequent: readonly string[]): Axes {
  const pairs: (readonly [string, string])[] = [
    ['man', 'woman'],
    ['bad', 'good'],
    ['child', 'king'],
  ];
  const there = pairs.filter((pair) => pair.every((word) => known.includes(word))).flat();
  const others = frequent.filter((word) => !there.includes(word) && !word.includes(','));
  return [...there, ...others].slice(0, 4) as unknown as Axes;
}
