/** A word is a row of numbers; rows of words with like company become alike. */
import { fixed, whole } from '$lib/charts/format';
import { href } from '$lib/router.svelte';
import type { Hero } from '../hero';
import { type Telling, whose } from '../telling';
import { dot, type Words } from '../words';

export interface Row {
  word: string;
  /** Its numbers at each snapshot, the last one last; as many as are shown. */
  at: readonly (readonly number[])[];
  /** Its cosine with the first row at each snapshot, over all dimensions. */
  cosines: readonly number[];
}

export interface Rows extends Telling {
  /** The hero's, then those of the two words to tell apart, in the order of the options. */
  rows: readonly Row[];
  /** Steps, or shares of the run; one where it was not recorded. */
  snapshots: readonly number[];
  /** Numbers of a row, and how many of them are shown. */
  dim: number;
  shown: number;
  /** The largest size of a number shown. */
  most: number;
}

/** W at some snapshots. */
export interface Course {
  snapshots: readonly number[];
  /** Rows of the model that the matrices have. */
  rows: readonly number[];
  /** snapshots × rows × dim */
  inputs: ArrayLike<number>;
}

const SHOWN = 24; // numbers of a long row: more are no wider than a hair
const NAMES = ['the upper row', 'the lower row'] as const;

/** @param course Null where the run was not recorded. */
export function rowsOf(hero: Hero, words: Words, course: Course | null): Rows {
  const decoy = hero.decoys[0];
  // Which of both stands above is a matter of their numbers in the model, not of who is right.
  const upper = words.rows[hero.answer.place] < words.rows[decoy.place];
  const pair = upper ? [hero.answer.place, decoy.place] : [decoy.place, hero.answer.place];
  const trained = courseOf([hero.place, ...pair], words, course);
  const shown = Math.min(SHOWN, words.dim);
  const rows = trained.map((at, i) => ({
    word: words.words[[hero.place, ...pair][i]],
    at: at.map((values) => values.slice(0, shown)),
    cosines: at.map((values, snapshot) => cosine(values, trained[0][snapshot])),
  }));
  const right = rows[upper ? 1 : 2];
  const [first, last] = [right.cosines[0], right.cosines[right.cosines.length - 1]];
  const grown = course && course.snapshots.length > 1;
  const number = (value: number) => fixed(value, { digits: 2 });
  return {
    question: `Which row is ${whose(hero.answer.word)}?`,
    text: `A word is a row of ${whole(words.dim)} numbers: blue above zero, orange below. One of the lower two is ${whose(hero.answer.word)}, the other ${whose(decoy.word)}.`,
    options: NAMES,
    answer: NAMES[upper ? 0 : 1],
    reveal: grown
      ? `The rows began at random: cosine ${number(first)} between ${hero.word} and ${right.word}. It ended at ${number(last)}. Like company, like numbers.`
      : `Its cosine with ${hero.word} is ${number(last)}; that of ${decoy.word} is ${number(rows[upper ? 2 : 1].cosines[0])}. Like numbers mean like company.`,
    more: { label: 'Every number of the model', href: href('weights') },
    rows,
    snapshots: course?.snapshots ?? [0],
    dim: words.dim,
    shown,
    most: rows.reduce(
      (most, { at }) => at.flat().reduce((size, value) => Math.max(size, Math.abs(value)), most),
      0,
    ),
  };
}

/** places × snapshots × dim; the last snapshot alone where there is no course. */
function courseOf(places: readonly number[], words: Words, course: Course | null): number[][][] {
  const { dim } = words;
  const last = places.map((place) => [words.row(place)]);
  if (!course) return last;
  const found = places.map((place) => course.rows.indexOf(words.rows[place]));
  if (found.includes(-1)) return last;
  const count = course.rows.length;
  return found.map((row) =>
    course.snapshots.map((_, snapshot) =>
      Array.from({ length: dim }, (_, d) => course.inputs[(snapshot * count + row) * dim + d]),
    ),
  );
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const size = Math.sqrt(dot(a, a) * dot(b, b));
  return size > 0 ? dot(a, b) / size : 0;
}

/** A row's numbers and its cosine with the first row at a share of the run, 0 … 1. */
export function momentOf(
  { rows, snapshots }: Rows,
  which: number,
  share: number,
): { values: number[]; cosine: number } {
  const { at, cosines } = rows[which];
  const last = at.length - 1;
  const now = share * snapshots[last];
  let before = 0;
  while (before + 1 < last && snapshots[before + 1] <= now) before++;
  const after = Math.min(before + 1, last);
  const span = snapshots[after] - snapshots[before];
  const part = span > 0 ? Math.min(1, (now - snapshots[before]) / span) : 0;
  const between = (a: number, b: number) => (1 - part) * a + part * b;
  return {
    values: at[before].map((value, d) => between(value, at[after][d])),
    // Of what was recorded, not of numbers in between.
    cosine: cosines[part < 0.5 ? before : after],
  };
}
