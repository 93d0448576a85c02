// @vitest-environment node
/** Contrast (WCAG 2.2 AA) of every pair of colours that meet, in both themes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/styles/tokens.css', 'utf-8');

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split('\n}')[0]!;
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]),
  );
}

const light = tokens(':root');
const THEMES = { light, dark: { ...light, ...tokens(":root[data-theme='dark']") } };

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}

const PAPERS = ['paper', 'paper-raised', 'paper-sunk'];
const TEXT = [
  'ink',
  'ink-2',
  'ink-3',
  'accent',
  'warm',
  'good',
  'plus',
  'minus',
  'center',
  'context',
];
const MARKS = ['field', 'high', ...Array.from({ length: 8 }, (_, i) => `group-${i + 1}`)];

describe.each(Object.entries(THEMES))('%s', (_, theme) => {
  it.each(TEXT.flatMap((ink) => PAPERS.map((paper) => [ink, paper] as const)))(
    'text in %s on %s can be read',
    (ink, paper) => expect(contrast(theme[ink]!, theme[paper]!)).toBeGreaterThanOrEqual(4.5),
  );

  it.each(MARKS.flatMap((mark) => PAPERS.map((paper) => [mark, paper] as const)))(
    'marks in %s on %s can be seen',
    (mark, paper) => expect(contrast(theme[mark]!, theme[paper]!)).toBeGreaterThanOrEqual(3),
  );

  it.each([
    ['on-accent', 'accent'],
    ['ink', 'accent-soft'],
    ['ink', 'warm-soft'],
    ['ink-2', 'warm-soft'],
    ['ink-3', 'accent-soft'],
    ['ink', 'good-soft'],
  ])('text in %s on %s can be read', (ink, paper) =>
    expect(contrast(theme[ink]!, theme[paper]!)).toBeGreaterThanOrEqual(4.5),
  );

  it('has ends of the number scale that are as dark as each other', () => {
    const ratio = contrast(theme.plus!, theme.minus!);
    expect(ratio).toBeLessThan(1.35);
  });
});
