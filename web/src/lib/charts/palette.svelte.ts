/** Colours for drawings, read from the tokens of the theme on screen. */
import { interpolateLab } from 'd3-interpolate';
import { theme } from '$lib/state/theme.svelte';

export type ScaleName = 'diverging' | 'sequential';

const STEPS = 128; // of a scale to either side

/** Colours of numbers between two bounds, with an ink that can be read on each. */
export interface ColorScale {
  name: ScaleName;
  domain: [number, number];
  color: (value: number) => string;
  ink: (value: number) => string;
}

// Reading a style makes the browser bring all of them up to date: once for a theme is enough.
const read = new Map<string, string>();

function token(name: string): string {
  // The theme is read so that whatever reads a colour follows it.
  const key = `${theme.dark} ${name}`;
  const known = read.get(key);
  if (known) return known;
  const found = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  if (found) read.set(key, found);
  return found || '#888888';
}

/** A colour by the name of its token, without the dashes: `ink`, `plus`, `rule`. */
export function color(name: string): string {
  return token(`--${name}`);
}

/** Colours of groups; beyond eight they come again, with another shape (`shapeOf`). */
export function groupColor(group: number): string {
  return group < 0 ? color('ink-3') : color(`group-${(group % 8) + 1}`);
}

export const GROUP_SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross', 'star'] as const;
export type Shape = (typeof GROUP_SHAPES)[number];

/** The shape of a group's points: no two groups have the same colour and the same shape. */
export function groupShape(group: number): Shape {
  return group < 0 ? 'circle' : GROUP_SHAPES[group % GROUP_SHAPES.length]!;
}

/** Relative luminance (WCAG 2) of a colour like `rgb(1, 2, 3)` or `#010203`. */
export function luminance(css: string): number {
  const parts = css.startsWith('#')
    ? [1, 3, 5].map((at) => parseInt(css.slice(at, at + 2), 16))
    : (css.match(/[\d.]+/g) ?? ['0', '0', '0']).slice(0, 3).map(Number);
  const [r, g, b] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** A scale's colours and inks, computed once for a theme. */
function ramp(from: string, to: string): { colors: string[]; inks: string[] } {
  const between = interpolateLab(from, to);
  const dark = '#000000'; // a softer one leaves middle tones on which neither can be read
  const light = '#ffffff';
  const colors = Array.from({ length: STEPS + 1 }, (_, i) => between(i / STEPS));
  const inks = colors.map((one) => {
    const bright = luminance(one);
    // Whichever has more contrast.
    return (bright + 0.05) / (luminance(dark) + 0.05) >= 1.05 / (bright + 0.05) ? dark : light;
  });
  return { colors, inks };
}

const ramps = new Map<string, { colors: string[]; inks: string[] }>();

function rampOf(from: string, to: string) {
  const key = `${token(from)} ${token(to)}`;
  let found = ramps.get(key);
  if (!found) {
    found = ramp(token(from), token(to));
    ramps.set(key, found);
  }
  return found;
}

/** The largest size among numbers, never 0: bounds for a diverging scale. */
export function extent(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > most && size < Infinity) most = size;
  }
  return most || 1;
}

/**
 * @param name `diverging`: blue above 0, orange below, paper at 0. `sequential`: paper at the
 *   lower bound, dark (light in the dark theme) at the upper one.
 * @param domain Bounds; numbers beyond them have the bound's colour.
 */
export function colorScale(name: ScaleName, domain: [number, number]): ColorScale {
  const [least, most] = domain;
  if (name === 'sequential') {
    const { colors, inks } = rampOf('--low', '--high');
    const at = (value: number) => step((value - least) / (most - least || 1));
    return { name, domain, color: (v) => colors[at(v)]!, ink: (v) => inks[at(v)]! };
  }
  const up = rampOf('--zero', '--plus');
  const down = rampOf('--zero', '--minus');
  const size = Math.max(Math.abs(least), Math.abs(most)) || 1;
  const side = (value: number) => (value < 0 ? down : up);
  const at = (value: number) => step(Math.abs(value) / size);
  return {
    name,
    domain: [-size, size],
    color: (v) => side(v).colors[at(v)]!,
    ink: (v) => side(v).inks[at(v)]!,
  };
}

function step(share: number): number {
  return share > 0 ? Math.min(STEPS, Math.round(share * STEPS)) : 0;
}
