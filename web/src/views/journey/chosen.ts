/** The words that all pictures of the journey point out. */

import { toggled as toggledIn } from '$lib/word-list';

const LIKED = ['king', 'queen', 'man', 'woman'];
const MOST = 8; // as many as there are colours

/**
 * @param parameter As in the address; '' where nothing was chosen yet, `,` for none.
 * @param words Those that can be chosen, most frequent first.
 */
export function chosenWords(parameter: string, words: readonly string[]): string[] {
  if (parameter !== '') {
    const wanted = parameter.split(',').filter((word) => words.includes(word));
    return [...new Set(wanted)].slice(0, MOST);
  }
  const liked = LIKED.filter((word) => words.includes(word));
  return liked.length ? liked : words.slice(0, 3);
}

/** The parameter after a word was added, or taken out if it was there. */
export function toggled(chosen: readonly string[], word: string): string {
  return toggledIn(chosen, word, MOST);
}
