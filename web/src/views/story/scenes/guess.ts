/** Guess the missing word: a sentence with a gap, and what the words around it tell. */
import { fixed, whole } from '$lib/charts/format';
import { href } from '$lib/router.svelte';
import type { Hero } from '../hero';
import { inOrder, type Telling, whose } from '../telling';
import type { Words } from '../words';
import { capital } from './opening';

export interface Guess extends Telling {
  /** Of the sentence, word by word; null is the gap. */
  parts: readonly (string | null)[];
  /** Places in `parts` that tell most. */
  clue: number | null;
  /** What each option has to do with the clue. */
  bars: readonly { label: string; value: number }[];
  /** What the bars count. */
  counts: string;
  digits: number;
}

const LONGEST = 9; // words of a sentence that is read at a glance
const SHORTEST = 4;
const FEWEST = 3; // sentences in which the answer and the clue are together
const DECOYS = 3;

interface Found {
  sentence: number;
  tokens: readonly string[];
  gap: number;
  clue: number;
  together: number;
}

/**
 * A sentence of the run's text whose last kept word follows from another one.
 *
 * The sentence is that whose answer and clue are most often together, measured against how often
 * the clue is there at all; the other options never stand in a sentence with any word of it.
 *
 * @param sentences Of the text, in order.
 * @param total How many there are.
 */
export function guessFrom(sentences: readonly string[], total: number, words: Words): Guess | null {
  const texts = sentences.map((text) => text.trim().split(/\s+/));
  const known = texts.map((tokens) => new Set(tokens.filter((word) => words.has(word))));
  const ranked = texts
    .flatMap((tokens, sentence) => gapsOf(tokens, sentence, words, known))
    .sort((a, b) => quality(b, known) - quality(a, known) || a.sentence - b.sentence);
  for (const found of ranked) {
    const decoys = strangers(found, words, known);
    if (decoys.length < DECOYS) continue;
    return tell(found, decoys, sentences.length, total, known);
  }
  return null;
}

function gapsOf(
  tokens: readonly string[],
  sentence: number,
  words: Words,
  known: readonly ReadonlySet<string>[],
): Found[] {
  if (tokens.length < SHORTEST || tokens.length > LONGEST) return [];
  const gap = tokens.length - 1; // what comes is guessed from what was
  if (!words.has(tokens[gap])) return [];
  return tokens.slice(0, gap).flatMap((word, clue) => {
    if (!words.has(word) || word === tokens[gap]) return [];
    const together = count(known, word, tokens[gap]);
    return together >= FEWEST ? [{ sentence, tokens, gap, clue, together }] : [];
  });
}

const count = (known: readonly ReadonlySet<string>[], ...all: string[]) =>
  known.filter((sentence) => all.every((word) => sentence.has(word))).length;

/** How often they are together, and how much of the clue's sentences that is. */
function quality({ together, tokens, clue }: Found, known: readonly ReadonlySet<string>[]): number {
  return (together * together) / count(known, tokens[clue]);
}

/** Frequent words that stand in no sentence with a word of this one, of groups of their own. */
function strangers(
  { tokens, gap }: Found,
  words: Words,
  known: readonly ReadonlySet<string>[],
): string[] {
  const own = tokens.filter((word) => words.has(word));
  const met = new Set(
    known.flatMap((sentence) => (own.some((word) => sentence.has(word)) ? [...sentence] : [])),
  );
  const groupOf = (word: string) => words.groups[words.place(word)!];
  const seen = new Set([groupOf(tokens[gap])]);
  const found: string[] = [];
  for (const place of words.frequent()) {
    const word = words.words[place];
    const group = words.groups[place];
    if (met.has(word) || (group >= 0 && seen.has(group))) continue;
    seen.add(group);
    found.push(word);
    if (found.length === DECOYS) break;
  }
  return found;
}

function tell(
  { tokens, gap, clue, together, sentence }: Found,
  decoys: readonly string[],
  read: number,
  total: number,
  known: readonly ReadonlySet<string>[],
): Guess {
  const answer = tokens[gap];
  const hint = tokens[clue];
  const options = inOrder([answer, ...decoys]);
  const text =
    read < total ? `the first ${whole(read)} sentences` : `the ${whole(total)} sentences`;
  return {
    question: 'Which word is missing?',
    text: 'You need no dictionary: the words around the gap tell you. That is the game the model plays, over and over.',
    options,
    answer,
    reveal: `${capital(hint)} stands in ${count(known, hint)} of ${text} here; in ${together} of them with ${answer}, in none with ${listed(decoys)}. A word is known by its company.`,
    more: {
      label: 'This sentence in the text',
      href: href('blueprint', { sentence: sentence + 1, at: 'window' }),
    },
    parts: tokens.map((word, at) => (at === gap ? null : word)),
    clue,
    bars: options.map((label) => ({ label, value: count(known, hint, label) })),
    counts: `sentences with ${hint}`,
    digits: 0,
  };
}

const listed = (words: readonly string[]) =>
  `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;

/** By so much cosine the word expected most is ahead of the others to bet on. */
const AHEAD = 0.25;

/**
 * Where no sentence will do: what the model itself expects beside the hero, by W and W′.
 *
 * @param follows It predicts the word behind.
 */
export function expectedBeside(hero: Hero, words: Words, follows: boolean): Guess | null {
  if (!words.hasOutputs) return null;
  const expected = (place: number) => words.expectation(hero.place, place);
  const [first] = words.ranked(expected, [hero.place], 1);
  if (!first) return null;
  const decoys = words
    .frequent()
    .filter((place) => place !== hero.place && first.cosine - expected(place) >= AHEAD)
    .slice(0, DECOYS)
    .map((place) => words.words[place]);
  if (decoys.length < DECOYS) return null;
  const options = inOrder([first.word, ...decoys]);
  return {
    question: 'Which word is missing?',
    text: `Guessing words from their company is what this model was trained to do. What does it expect ${follows ? 'after' : 'beside'} ${hero.word}?`,
    options,
    answer: first.word,
    reveal: `${capital(first.word)}: of the rows for neighbours, its points most along ${whose(hero.word)}${words.among}, with cosine ${fixed(first.cosine, { digits: 2 })}.`,
    more: {
      label: 'What it expects beside any word',
      href: href('explore', { word: hero.word, space: 'input-output', at: 'nearest' }),
    },
    parts: [hero.word, null],
    clue: null,
    bars: options.map((label) => ({ label, value: expected(words.place(label)!) })),
    counts: `cosine of its W′ with W of ${hero.word}`,
    digits: 2,
  };
}
