/** Words' numbers turned into classes of colour, for the picture, and what they mean, for the legend. */
import { interpolateLab } from 'd3-interpolate';
import type { ColorScale } from '$lib/charts/palette.svelte';

export type Rgb = readonly [red: number, green: number, blue: number];

/** Of a scale, from its lower bound to its upper. */
export const STEPS = 48;
/** Groups that have a colour of their own; what is in none, or in a rarer one, is grey. */
export const MOST_GROUPS = 8;

/** The bounds of numbers without their hundred-and-fiftieth at either end: few stand far out. */
export function usualBounds(values: Float32Array): [number, number] {
  const some = sampled(values).sort();
  if (!some.length) return [0, 1];
  const edge = Math.floor(some.length / 150);
  const [least, most] = [some[edge]!, some[some.length - 1 - edge]!];
  return least < most ? [least, most] : [least, least + 1];
}

/** Bounds as far below nothing as above it. */
export function evenBounds(values: Float32Array): [number, number] {
  const [least, most] = usualBounds(values.map(Math.abs));
  return [-most, least < most ? most : 1];
}

const SOME = 50_000;

function sampled(values: Float32Array): Float32Array {
  const sound = values.filter((value) => Number.isFinite(value));
  const step = Math.max(1, Math.floor(sound.length / SOME));
  return step === 1 ? sound : sound.filter((_, i) => i % step === 0);
}

/** Classes 1 … STEPS of numbers between two bounds; 0 for those that are no numbers. */
export function classed(
  values: Float32Array,
  [least, most]: readonly [number, number],
): Uint8Array {
  const found = new Uint8Array(values.length);
  const per = STEPS / (most - least || 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    found[i] = 1 + Math.min(STEPS - 1, Math.max(0, Math.floor((value - least) * per)));
  }
  return found;
}

/**
 * Colours between some that can all be told from the paper, evenly over the bounds: of a point there
 * is little to see, so none of them is faint.
 */
export function pointScale(
  name: ColorScale['name'],
  domain: [number, number],
  through: readonly string[],
): ColorScale {
  const parts = through.slice(1).map((one, i) => interpolateLab(through[i]!, one));
  const color = (value: number) => {
    const share = Math.min(1, Math.max(0, (value - domain[0]) / (domain[1] - domain[0] || 1)));
    const part = Math.min(parts.length - 1, Math.floor(share * parts.length));
    return parts[part]!(share * parts.length - part);
  };
  return { name, domain, color, ink: () => through[0]! };
}

/** The colours of those classes, the first for words without a number. */
export function scaleColors({ color, domain: [least, most] }: ColorScale, none: string): Rgb[] {
  const middle = (i: number) => least + ((i + 0.5) / STEPS) * (most - least);
  return [none, ...Array.from({ length: STEPS }, (_, i) => color(middle(i)))].map(rgb);
}

/** A colour as styles have it, in numbers. */
export function rgb(css: string): Rgb {
  if (css.startsWith('#')) {
    return [1, 3, 5].map((at) => parseInt(css.slice(at, at + 2), 16)) as unknown as Rgb;
  }
  return (css.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number) as unknown as Rgb;
}

/** A list of one's own: words with a number or a name each. */
export interface OwnList {
  words: string[];
  /** NaN where it is no number. */
  values: Float32Array;
  /** Where they are no numbers: the names, most common first, and each word's. */
  groups: string[];
  group: number[];
}

export const MOST_LINES = 20_000;

/**
 * Reads a table of words and what is to be shown of each, with tabs between; a head is left out
 * where all below are numbers and it is none.
 *
 * @throws RangeError There is nothing in it, or too much; the message says where.
 */
export function readOwn(text: string): OwnList {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim());
  const rows = lines.map((line, at) => {
    const [word, value] = line.split('\t');
    if (value === undefined) {
      throw new RangeError(
        `line ${at + 1} has no tab; expected a word, a tab, and a number or a name`,
      );
    }
    return { word: word!.trim(), value: value.trim() };
  });
  if (!rows.length)
    throw new RangeError('the file is empty; expected a word, a tab, and a value a line');
  if (rows.length > MOST_LINES) {
    throw new RangeError(`the file has ${rows.length} lines; expected ${MOST_LINES} at most`);
  }
  const isNumber = ({ value }: { value: string }) => value !== '' && Number.isFinite(Number(value));
  if (rows.length > 1 && !isNumber(rows[0]!) && rows.slice(1).every(isNumber)) rows.shift();
  const words = rows.map(({ word }) => word);
  if (rows.every(isNumber)) {
    const values = Float32Array.from(rows, ({ value }) => Number(value));
    return { words, values, groups: [], group: [] };
  }
  const counts = new Map<string, number>();
  for (const { value } of rows) counts.set(value, (counts.get(value) ?? 0) + 1);
  const groups = [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const number = new Map(groups.map((name, i) => [name, i]));
  const group = rows.map(({ value }) => number.get(value)!);
  return { words, values: new Float32Array(words.length).fill(NaN), groups, group };
}
