/** Arithmetic with words in its plane: an analogy that holds, and one that fails. */
import { fixed, whole } from '$lib/charts/format';
import { href } from '$lib/router.svelte';
import type { Point } from '../film';
import { type Question, sumOf } from '../relations';
import { inOrder, type Telling } from '../telling';
import { dot } from '../words';

/** A question with the model's answers. */
export interface Asked {
  question: Question;
  /** Vectors of length 1. */
  a: ArrayLike<number>;
  b: ArrayLike<number>;
  c: ArrayLike<number>;
  /** The words nearest to the sum, a, b and c left out. */
  nearest: readonly { word: string; cosine: number }[];
  /** Cosine of the expected word with the sum; NaN where it is not among the nearest. */
  expected: number;
}

export interface Arrow {
  from: Point;
  to: Point;
}

export interface Plane {
  points: readonly { word: string; at: Point; kind: 'term' | 'answer' | 'other' }[];
  /** a → c, and the same from b on: their end is the sum. */
  known: Arrow;
  carried: Arrow;
}

export interface Arithmetic extends Telling {
  asked: Asked;
  holds: boolean;
}

/** By so much cosine one answer is ahead of the other. */
export const CLEAR = 0.03;
const BETS = 4;

/** Whether the expected word comes first by a margin, or another does; null between. */
export function verdict({ question, nearest, expected }: Asked): boolean | null {
  const [first, second] = nearest;
  if (!first) return null;
  if (first.word === question.expected) {
    return !second || first.cosine - second.cosine >= CLEAR ? true : null;
  }
  return !(first.cosine - expected < CLEAR) ? false : null;
}

/** The first question that holds, and the first that fails; null where there is none. */
export function chosenOf(all: readonly Asked[]): { holds: Asked | null; fails: Asked | null } {
  return {
    holds: all.find((asked) => verdict(asked) === true) ?? null,
    fails: all.find((asked) => verdict(asked) === false) ?? null,
  };
}

/** @param all The questions asked, of which this is one. */
export function arithmeticOf(asked: Asked, all: readonly Asked[]): Arithmetic {
  const { question, nearest, expected } = asked;
  const { a, b, c } = question;
  const holds = verdict(asked) === true;
  const [first, second] = nearest;
  const others = nearest.map(({ word }) => word).filter((word) => word !== question.expected);
  const options = inOrder([question.expected, ...others.slice(0, BETS - 1)]);
  const number = (value: number) => fixed(value, { digits: 2 });
  const its = Number.isNaN(expected) ? '' : ` (${number(expected)})`;
  return {
    question: `${sumOf(question)} is nearest to …?`,
    text: `Rows of numbers can be added. Take the arrow from ${a} to ${c}, and put its foot on ${b}. ${holds ? 'Where does it end?' : `People say ${question.expected}. This model?`}`,
    options,
    answer: first.word,
    reveal: holds
      ? `${first.word}, cosine ${number(first.cosine)}${second ? `; next ${second.word}, ${number(second.cosine)}` : ''}. ${a}, ${b} and ${c} themselves do not count. ${score(all)}`
      : `${first.word} (${number(first.cosine)}), not ${question.expected}${its}. Arrows are parallel only as far as the text makes them so.`,
    more: {
      label: 'Add up words of your own',
      href: href('explore', { plus: `${b},${c}`, minus: a, at: 'arithmetic' }),
    },
    asked,
    holds,
  };
}

const NOTHING = 1e-9;

/**
 * The plane through b, along a → c and b − a: the three words and the sum lie in it, with their true
 * distances; other words are seen from straight above.
 *
 * @param others Words with their unit vectors; `answer` is the one that counts.
 */
export function planeOf(
  { question, a, b, c }: Asked,
  others: readonly { word: string; vector: ArrayLike<number>; answer: boolean }[],
): Plane {
  const across = axis(less(b, a), []);
  const up = axis(less(c, a), [across]);
  const at = (vector: ArrayLike<number>): Point => {
    const from = less(vector, a);
    return [dot(from, across), dot(from, up)];
  };
  const sum = less(b, a).map((value, d) => value + c[d]);
  const term = (word: string, vector: ArrayLike<number>) =>
    ({ word, at: at(vector), kind: 'term' }) as const;
  return {
    points: [
      term(question.a, a),
      term(question.b, b),
      term(question.c, c),
      ...others.map(({ word, vector, answer }) => ({
        word,
        at: at(vector),
        kind: answer ? ('answer' as const) : ('other' as const),
      })),
    ],
    known: { from: at(a), to: at(c) },
    carried: { from: at(b), to: at(sum) },
  };
}

const less = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, d) => value - b[d]);

/** A direction of length 1 at right angles to others; 0 where there is none. */
function axis(vector: readonly number[], others: readonly (readonly number[])[]): number[] {
  const rest = [...vector];
  for (const other of others) {
    const along = dot(rest, other);
    rest.forEach((_, d) => (rest[d] -= along * other[d]));
  }
  const length = Math.sqrt(dot(rest, rest));
  return length > NOTHING ? rest.map((value) => value / length) : rest.map(() => 0);
}

/** How many of the questions asked come out, said in a sentence. */
function score(all: readonly Asked[]): string {
  const right = all.filter(({ question, nearest }) => nearest[0]?.word === question.expected);
  const come = right.length === 1 ? 'comes' : 'come';
  return `${whole(right.length)} of the ${whole(all.length)} such sums tried here ${come} out.`;
}
