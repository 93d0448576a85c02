/** Sentences to compare: examples, which words are compared at first, how tokens join into words. */
import type { Schemas } from '$lib/api/routes';
import { whole } from '$lib/charts/format';

export type Sentence = Schemas['ContextualSentence'];

/** Two words: their sentences and their numbers in these. */
export interface Compared {
  text: string[];
  word: number[];
}

export interface Example {
  /** The word that both have. */
  name: string;
  first: string;
  second: string;
}

export const EXAMPLES: readonly [Example, ...Example[]] = [
  {
    name: 'bank',
    first: 'They sat on the bank of the river.',
    second: 'The bank lends money to small firms.',
  },
  {
    name: 'spring',
    first: 'The spring in the old clock broke.',
    second: 'Flowers open in the fields in spring.',
  },
  {
    name: 'right',
    first: 'Turn right at the next corner.',
    second: 'Everyone has the right to a fair trial.',
  },
  {
    name: 'played',
    first: 'She played the violin all evening.',
    second: 'The children played football outside.',
  },
];

const fold = (word: string) => word.toLocaleLowerCase();
const usable = (sentence: Sentence) =>
  sentence.words.map((word, number) => ({ ...word, number })).filter(({ pieces }) => pieces.length);

/**
 * The words that are compared unless others are chosen: the longest one that both sentences have,
 * else the longest of each; in one and the same sentence, its two longest.
 *
 * @returns Their numbers; null where a sentence has no word with a token.
 */
export function firstChoice(first: Sentence, second: Sentence | null): (number | null)[] {
  const longest = (words: ReturnType<typeof usable>) =>
    [...words].sort((a, b) => b.word.length - a.word.length || a.number - b.number);
  const ones = longest(usable(first));
  if (!second) return [ones[0]?.number ?? null];
  if (second.text === first.text) {
    return [ones[0]?.number ?? null, (ones[1] ?? ones[0])?.number ?? null];
  }
  const twos = longest(usable(second));
  for (const one of ones) {
    const other = twos.find(({ word }) => fold(word) === fold(one.word));
    if (other) return [one.number, other.number];
  }
  return [ones[0]?.number ?? null, twos[0]?.number ?? null];
}

/** The number of a word in the address, if the sentence has it and it has a vector. */
export function checked(sentence: Sentence, asked: number | null, otherwise: number | null) {
  return asked !== null && sentence.words[asked]?.pieces.length ? asked : otherwise;
}

/** Words and tokens that belong together: mostly one word and the tokens that it is made of. */
export interface Group {
  words: number[];
  tokens: number[];
}

/**
 * The tokens of a sentence in their order, those of a word together. A token that belongs to two
 * words holds these together; one that belongs to none stands alone, and so does a word without
 * tokens, behind what stands before it.
 */
export function groups(sentence: Sentence): Group[] {
  const wordsOf = sentence.tokens.map((): number[] => []);
  sentence.words.forEach(({ pieces }, word) => pieces.forEach((at) => wordsOf[at]?.push(word)));
  const found: Group[] = [];
  sentence.tokens.forEach((_, token) => {
    const words = wordsOf[token] ?? [];
    const last = found.at(-1);
    if (last && words.some((word) => last.words.includes(word))) {
      last.tokens.push(token);
      last.words = [...new Set([...last.words, ...words])];
    } else found.push({ words, tokens: [token] });
  });
  sentence.words.forEach(({ pieces }, word) => {
    if (pieces.length) return;
    const next = found.findIndex((group) => group.words.some((other) => other > word));
    found.splice(next < 0 ? found.length : next, 0, { words: [word], tokens: [] });
  });
  return found;
}

/**
 * A text cut to so many characters (code points, as the server counts them), at a space where the
 * last word would be cut in two.
 *
 * @returns What stays, and how many characters do not.
 */
export function cutTo(text: string, most: number): { kept: string; cut: number } {
  const characters = Array.from(text);
  if (characters.length <= most) return { kept: text, cut: 0 };
  const blank = (at: number) => /\s/u.test(characters[at]!);
  let end = most;
  while (end > 0 && !(blank(end) || blank(end - 1))) end--;
  if (end === 0) end = most; // one word, longer than all
  const kept = characters.slice(0, end).join('').trimEnd();
  return { kept, cut: characters.length - Array.from(kept).length };
}

/** What a model does with more tokens than it sees at a time; nothing where all fit. */
export function windowsSaid(tokens: number, window: number | null): string {
  if (window === null || tokens <= window) return '';
  return (
    `${whole(tokens)} tokens, and the model sees ${whole(window)} at a time: it is read in windows ` +
    'that overlap, so words far apart do not see each other.'
  );
}

/** The part of a text that stands between two characters, as the server counts them. */
export function part(text: string, start: number, end: number): string {
  return Array.from(text).slice(start, end).join('');
}
