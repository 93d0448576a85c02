/** What a scene says: a question to bet on, and what came of it. */

export interface More {
  label: string;
  href: string;
}

export interface Telling {
  /** The heading. */
  question: string;
  /** Before the bet. */
  text: string;
  /** What can be bet on, in an order that tells nothing. */
  options: readonly string[];
  /** The one that is right. */
  answer: string;
  /** After the bet. */
  reveal: string;
  /** The view where all of it stands. */
  more: More;
}

/** A screen has no more words than these, before the bet and after it together. */
export const MOST_WORDS = 60;

/** Words in texts; a number is one, a sign between spaces is none. */
export function wordsIn(...texts: readonly string[]): number {
  return texts
    .join(' ')
    .split(/\s+/)
    .filter((part) => /[\p{L}\p{N}]/u.test(part)).length;
}

export function wordsOf({ question, text, reveal }: Telling): number {
  return wordsIn(question, text, reveal);
}

/** `king’s`, `sees’`. */
export const whose = (word: string) => (word.endsWith('s') ? `${word}’` : `${word}’s`);

/** What is open, in a sentence that begins with `this`. */
export type Noun = 'model' | 'file';

/** Options in the order of the alphabet: the same for everybody, and no hint. */
export function inOrder(options: readonly string[]): string[] {
  return [...options].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
