/** What a question is made of: pure data, the same on the screen and on paper. */
import type { Change } from '$lib/router.svelte';
import { decimals, type Shown, whole } from './numbers';

/** A word of the model inside a sentence. */
export interface Word {
  readonly word: string;
}

/** A sentence. */
export type Rich = readonly (string | Word)[];

/** A way to go wrong, by its name. */
export interface Mistake {
  /** What was done: `the window counts words that were taken out`. */
  readonly name: string;
  /** Why that is not so here. */
  readonly why: Rich;
}

export interface Choice {
  readonly says: Rich;
  /** null: it is the right one. */
  readonly mistake: Mistake | null;
  /** What is compared, where the answer is told by it. */
  readonly measure: number | null;
}

export interface Choices {
  readonly type: 'choice';
  readonly choices: readonly Choice[];
  /** Place of the right one. */
  readonly right: number;
  /** By how much the right one's measure differs from all others at least. */
  readonly margin: number | null;
}

export interface Trap {
  readonly value: number;
  readonly mistake: Mistake;
}

export interface NumberAnswer {
  readonly type: 'number';
  /** To all its digits. */
  readonly value: number;
  /** Digits behind the point that are asked for; 0: a whole number. */
  readonly digits: number;
  /** Numbers that mistakes lead to. */
  readonly traps: readonly Trap[];
}

export interface SentenceWord {
  readonly text: string;
  readonly role: 'center' | 'kept' | 'removed';
}

/** What the question is asked of. */
export type Exhibit =
  | { readonly type: 'sentence'; readonly words: readonly SentenceWord[] }
  | {
      readonly type: 'table';
      readonly caption: string;
      readonly head: readonly string[];
      readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[];
    }
  | {
      readonly type: 'curves';
      readonly caption: string;
      readonly x: readonly number[];
      readonly lines: readonly { readonly name: string; readonly y: readonly number[] }[];
    };

export interface Question {
  /** Of its kind. */
  readonly kind: string;
  readonly title: string;
  /** Paragraphs; the last one asks. */
  readonly asks: readonly Rich[];
  readonly exhibit: Exhibit | null;
  readonly answer: Choices | NumberAnswer;
  /** The worked answer, line by line, with this run's numbers. */
  readonly worked: readonly Rich[];
  /** Where the page shows it. */
  readonly link: { readonly view: string; readonly parameters: Change; readonly label: string };
}

export const word = (text: string): Word => ({ word: text });

type Part = string | number | Word | Shown | Rich;

/** A sentence with words and numbers in it. */
export function say(strings: TemplateStringsArray, ...parts: readonly Part[]): Rich {
  const pieces: (string | Word)[] = [];
  const add = (piece: string | Word) => {
    const last = pieces.length - 1;
    if (typeof piece === 'string' && typeof pieces[last] === 'string') pieces[last] += piece;
    else if (piece !== '') pieces.push(piece);
  };
  strings.forEach((text, at) => {
    add(text);
    const part = parts[at];
    if (part === undefined) return;
    if (typeof part === 'number') add(whole(part).text);
    else if (typeof part === 'string' || 'word' in part) add(part);
    else if ('text' in part) add(part.text);
    else part.forEach(add);
  });
  return pieces;
}

export const plainText = (rich: Rich) =>
  rich.map((piece) => (typeof piece === 'string' ? piece : piece.word)).join('');

/** Words one after another: `crown, throne and king`. */
export function listed(words: readonly string[], joint = ', ', last = joint): Rich {
  return words.flatMap((text, at) => {
    if (at === 0) return [word(text)];
    return [at === words.length - 1 ? last : joint, word(text)];
  });
}

/** Half of the last digit that is asked for; nothing where a whole number is. */
export const tolerance = ({ digits }: Pick<NumberAnswer, 'digits'>) =>
  digits === 0 ? 0 : 0.5 * 10 ** -digits;

/** Whether a number is the answer: as far as its last digit goes. */
export function isRight(answer: NumberAnswer, given: number): boolean {
  return Math.abs(given - answer.value) <= tolerance(answer) * (1 + 1e-9);
}

/** The mistake that leads to a number, where one is known. */
export function mistakeOf(answer: NumberAnswer, given: number): Mistake | null {
  const near = answer.traps.filter((trap) => isRight({ ...answer, value: trap.value }, given));
  near.sort((a, b) => Math.abs(a.value - given) - Math.abs(b.value - given));
  return near[0]?.mistake ?? null;
}

/** The answer as it is written. */
export function answerText({ value, digits }: NumberAnswer): string {
  return digits === 0 ? whole(value).text : decimals(value, digits).text;
}
