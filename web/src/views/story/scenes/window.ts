/** The window: how many pairs a sentence makes. */
import { counted, whole } from '$lib/charts/format';
import { href } from '$lib/router.svelte';
import { keptPlaces, type Pair, slide, type Word } from '$views/blueprint/window';
import type { Telling } from '../telling';
import type { Words } from '../words';

export interface Windowed extends Telling {
  words: readonly Word[];
  /** To either side; null where each word is paired with the one behind it. */
  window: number | null;
  pairs: readonly Pair[];
}

/** A sentence of the run's text. */
export interface Sentence {
  words: readonly Word[];
  /** Its number, from 0; null for one of this page's, where the text is not there. */
  number: number | null;
}

const MOST_SHOWN = 14; // words of a sentence that fit on a telephone
/** Read to a model whose text is not at hand, as far as it knows the words. */
export const OWN_SENTENCE = 'the old king sees the young queen in the garden of the palace';

const MOST_KEPT = 7;

/** Where to look for a sentence: one that fits, with many words that were kept, and with the hero. */
export function sentenceFor(sentences: readonly string[], hero: string, words: Words): number {
  const points = sentences.map((text) => {
    const tokens = text.trim().split(/\s+/);
    const kept = tokens.filter((word) => words.has(word)).length;
    const fits = kept <= MOST_KEPT && tokens.length <= MOST_SHOWN;
    return Number(fits) * 100 + 4 * Math.min(kept, MOST_KEPT) + 2 * Number(tokens.includes(hero));
  });
  return points.indexOf(Math.max(...points));
}

/** This page's sentence as the model reads it; null where it knows too few of the words. */
export function ownSentence(words: Words): Sentence | null {
  const read = OWN_SENTENCE.split(' ').map((word): Word => {
    const place = words.place(word);
    return {
      word,
      row: place === undefined ? null : words.rows[place],
      removed: place === undefined ? 'not in the vocabulary' : null,
    };
  });
  return keptPlaces(read).length >= 4 ? { words: read, number: null } : null;
}

/**
 * What there is to bet on about a sentence; null where wrong answers are not wrong enough.
 *
 * @param examples Of the whole text, or null.
 */
export function windowOf(
  sentence: Sentence,
  window: number | null,
  examples: number | null,
  architecture: string | null,
): Windowed | null {
  const words = sentence.words.slice(0, MOST_SHOWN);
  const cut = words.length < sentence.words.length;
  const pairs = slide(words, window);
  const kept = keptPlaces(words).length;
  const wrong = [window === null ? kept : kept * 2 * window, kept - 1, kept * kept, kept]
    .filter((count, at, all) => count !== pairs.length && count > 0 && all.indexOf(count) === at)
    .slice(0, 2);
  if (pairs.length < 2 || wrong.length < 2) return null;
  const named = (count: number) => counted(count, 'pair');
  const which = cut ? 'the beginning of a sentence' : 'this sentence';
  const own = sentence.number === null ? ' (ours: the model’s text is not here)' : '';
  const noun = architecture === 'cbow' ? 'windows' : 'pairs';
  const struck = words.some(({ row }) => row === null);
  return {
    question: `How many pairs does ${which} make?`,
    text:
      (window === null
        ? `Each word is paired with the one that follows it${own}.`
        : `The window reaches ${counted(window, 'word')} to either side. Each word in it makes a pair with its centre${own}. Drag it along.`) +
      (struck ? ' Struck words are left out.' : ''),
    options: [pairs.length, ...wrong].sort((a, b) => a - b).map(named),
    answer: named(pairs.length),
    reveal:
      (window === null
        ? `${named(pairs.length)}: the last word has none behind it.`
        : `${named(pairs.length)}, not ${kept} × ${2 * window}: at the ends the window hangs over.`) +
      (examples === null
        ? ''
        : ` The whole text gives ${whole(examples)} ${noun}. That is all it learns from.`),
    more: {
      label: sentence.number === null ? 'How it was trained' : 'Slide it over any sentence',
      href:
        sentence.number === null
          ? href('blueprint')
          : href('blueprint', { sentence: sentence.number + 1, at: 'window' }),
    },
    words,
    window,
    pairs,
  };
}
