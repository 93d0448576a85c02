/** The compared words: sorted, searched, kept as a file. */
import type { Cell } from '$lib/charts/csv';

export interface Compared {
  /** Those that are frequent in both first. */
  words: string[];
  /** Rows in the first model. */
  rows: Int32Array;
  shifts: Float32Array;
  expected: Float32Array;
  excess: Float32Array;
  /** Of the vectors in either model, two by two. */
  lengths: Float32Array;
  /** Of the permutation test; null without one. */
  p: Float64Array | null;
}

export const SORTS = ['moved', 'word', 'shift', 'expected', 'excess', 'p', 'a', 'b'] as const;
export type SortKey = (typeof SORTS)[number];

/** `moved` is the command's order: by p where runs were tested, then by excess. */
export interface Sort {
  key: SortKey;
  descending: boolean;
}

/** As the address has it: `shift`, `-shift`. */
export function sortOf(text: string): Sort {
  const descending = text.startsWith('-');
  const key = SORTS.find((one) => one === text.replace('-', '')) ?? 'moved';
  return { key, descending: key !== 'moved' && descending };
}

export const sortText = ({ key, descending }: Sort) => (descending ? '-' : '') + key;

const alphabet = new Intl.Collator();
const spelled = new WeakMap<Compared, Int32Array>();
const small = new WeakMap<Compared, string[]>();

/** Of each word its place in the alphabet. */
function alphabetical(all: Compared): Int32Array {
  let found = spelled.get(all);
  if (!found) {
    const order = Int32Array.from(all.words.keys());
    order.sort((a, b) => alphabet.compare(all.words[a]!, all.words[b]!));
    found = new Int32Array(order.length);
    order.forEach((word, place) => (found![word] = place));
    spelled.set(all, found);
  }
  return found;
}

function valuesOf(all: Compared, key: SortKey): ArrayLike<number> {
  switch (key) {
    case 'word':
      return alphabetical(all);
    case 'shift':
      return all.shifts;
    case 'expected':
      return all.expected;
    case 'p':
    case 'moved':
      return all.p ?? all.excess.map((one) => -one);
    case 'a':
      return all.lengths.filter((_, i) => i % 2 === 0);
    case 'b':
      return all.lengths.filter((_, i) => i % 2 === 1);
    default:
      return all.excess;
  }
}

/** Numbers of the words that have a text in them, in order; equals by excess, then as they come. */
export function ordered(all: Compared, { key, descending }: Sort, find = ''): Int32Array {
  let found = Int32Array.from(all.words.keys());
  const wanted = find.trim().toLowerCase();
  if (wanted) {
    let words = small.get(all);
    if (!words) small.set(all, (words = all.words.map((word) => word.toLowerCase())));
    found = found.filter((i) => words[i]!.includes(wanted));
  }
  const values = valuesOf(all, key);
  const sign = descending ? -1 : 1;
  return found.sort(
    (a, b) => sign * (values[a]! - values[b]!) || all.excess[b]! - all.excess[a]! || a - b,
  );
}

export const COLUMNS = ['word', 'shift', 'expected', 'excess', 'p', 'length_a', 'length_b'];

/** A word's line in a file. */
export function lineOf(all: Compared, i: number): Cell[] {
  return [
    all.words[i],
    all.shifts[i],
    all.expected[i],
    all.excess[i],
    all.p ? all.p[i] : null,
    all.lengths[2 * i],
    all.lengths[2 * i + 1],
  ];
}

/** Numbers of at most so many words, evenly over the ranks on a log scale: nearly all are rare. */
export function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  const found = new Set<number>();
  for (let i = 0; i < most; i++) found.add(Math.floor(count ** (i / (most - 1))) - 1);
  return [...found];
}
