/** From this model to the largest, and to the visitor's own. */
import type { Schemas } from '$lib/api/routes';
import { short, whole } from '$lib/charts/format';
import { href } from '$lib/router.svelte';
import type { Noun, Telling } from '../telling';

export interface Size {
  name: string;
  parameters: number;
  own: boolean;
}

export interface Scale extends Telling {
  /** The smallest first. */
  sizes: readonly Size[];
}

const SAME = 3; // a wrong answer is so many times the right one, or so small a part

/** Null where this model is as large as the largest known. */
export function scaleOf(
  census: Schemas['Census'],
  words: number,
  noun: Noun = 'model',
): Scale | null {
  const sizes = [
    { name: `This ${noun}`, parameters: census.parameters, own: true },
    ...census.comparisons.map(({ name, parameters }) => ({ name, parameters, own: false })),
  ].sort((a, b) => a.parameters - b.parameters);
  const largest = sizes[sizes.length - 1];
  const times = largest.parameters / census.parameters;
  if (largest.own || times < 10 * SAME) return null;
  const wrong = [times / 1000, times / 30, times * 30].filter((one) => one >= SAME).slice(-2);
  const named = (factor: number) => `${said(factor)} times`;
  return {
    question: `${largest.name} is how many times as large?`,
    text: `This ${noun} has ${whole(census.parameters)} numbers for ${whole(words)} words. The largest language models begin with the same: a row of numbers for every token.`,
    options: [times, ...wrong].sort((a, b) => a - b).map(named),
    answer: named(times),
    reveal: `${named(times)}: ${short(largest.parameters).trim()} numbers, learned by guessing words. The next text can be yours.`,
    more: {
      label: 'All numbers of this model, counted',
      href: href('blueprint', { at: 'census' }),
    },
    sizes,
  };
}

const SIZES = [
  [1e12, 'trillion'],
  [1e9, 'billion'],
  [1e6, 'million'],
  [1e3, 'thousand'],
] as const;

/** A number with two digits, in words. */
export function said(value: number): string {
  const [size, name] = SIZES.find(([one]) => value >= 0.995 * one) ?? [1, ''];
  const digits = Number((value / size).toPrecision(2));
  return name ? `${whole(digits) === '0' ? digits : String(digits)} ${name}` : String(digits);
}

export interface Square extends Size {
  /** In units of the picture, which is 600 to a side. */
  side: number;
  /** It bears its name: large enough, not past the edge, and no other name in the way. */
  named: boolean;
  /** Too small to be seen: it is told beside a dot. */
  dot: boolean;
}

const SIDE = 460; // of the square that fills the picture
const NAME = 44; // room for a name above a square
const [DOT, SMALL, LARGE] = [5, 24, 570]; // sides of squares

/** The squares as one moves away from the smallest until the largest is whole: share 0 … 1. */
export function squaresAt(sizes: readonly Size[], share: number): Square[] {
  const own = sizes.find((one) => one.own) ?? sizes[0];
  const largest = sizes[sizes.length - 1];
  // Evenly in powers of ten, which is how one moves away.
  const whole = own.parameters * (largest.parameters / own.parameters) ** share;
  let above = Infinity;
  return [...sizes]
    .sort((a, b) => b.parameters - a.parameters)
    .map((size) => {
      const side = SIDE * Math.sqrt(size.parameters / whole);
      const named = side > SMALL && side < LARGE && above - side > NAME;
      if (named) above = side;
      return { ...size, side, named, dot: size.own && side <= DOT };
    });
}
