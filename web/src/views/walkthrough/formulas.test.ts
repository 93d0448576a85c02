import { describe, expect, it } from 'vitest';
import { fixed } from '$lib/charts/format';
import { fixture } from '$lib/replay/fixtures';
import { filled, outputSlopeFilled, symbols } from './formulas';
import { STAGES } from './kinds';
import { LiveFormula } from './live-formula';
import { kindOf, stepOf, STEPS } from './steps.test-data';

describe.each(STEPS)('%s', (_, step) => {
  const all = [
    ...STAGES.map((stage) => filled(stage, step, 0)),
    outputSlopeFilled(step, 0),
    ...[step.loss.wordFilled?.(step)].filter((one) => one !== undefined),
  ];

  it('has a text for every slot of its formulas', () => {
    for (const { template, values } of all) {
      const slots = [...template.matchAll(/\\slot\{(\w+)\}/g)].map(([, name]) => name!);
      expect(slots.sort()).toEqual(Object.keys(values).sort());
      expect(Object.values(values)).not.toContain('–');
    }
  });

  it('has formulas that KaTeX can set', () => {
    const templates = [...Object.values(symbols(kindOf(step))), ...all.map((one) => one.template)];
    for (const template of templates) {
      const place = document.createElement('div');
      new LiveFormula(place, template).fill({});
      expect(place.querySelector('.katex-error'), template).toBeNull();
      expect(place.textContent).not.toMatch(/zq[a-j]+qz/);
    }
  });

  it('ends in the numbers of the step', () => {
    const loss = filled('loss', step, 0);
    expect(Object.values(loss.values)).toContain(fixed(step.facts.loss));
    const score = filled('scores', step, 0);
    expect(Object.values(score.values)).toContain(fixed(step.score(0)));
  });
});

describe('a formula with a step’s numbers', () => {
  it('changes its numbers in place', () => {
    const place = document.createElement('div');
    const formula = new LiveFormula(place, String.raw`x = \frac{\slot{a}}{\slot{b}} + \slot{a}`);
    formula.fill({ a: '1.5', b: '−2' });
    const html = place.querySelector('.katex-html')!;
    const elements = html.querySelectorAll('*').length;
    expect(html.textContent!.match(/1\.5/g)).toHaveLength(2);
    expect(place.querySelector('math')!.textContent).toContain('−2');
    formula.fill({ a: 'king', b: '3' });
    expect(html.textContent).not.toContain('1.5');
    expect(html.textContent!.match(/king/g)).toHaveLength(2);
    expect(html.querySelectorAll('*')).toHaveLength(elements);
    expect(place.querySelector('annotation')!.textContent).toContain('king');
  });

  it('keeps its shape from step to step, so that nothing is set anew', () => {
    const one = fixture('skipgram-softmax-sgd');
    for (const stage of STAGES) {
      expect(filled(stage, stepOf(one, 150), 0).template).toBe(
        filled(stage, stepOf(one, 300), 0).template,
      );
    }
  });
});

/** What a pocket calculator makes of a formula in TeX with its numbers filled in; null if elided. */
function reckoned(text: string): number | null {
  if (/cdots|ldots/.test(text)) return null;
  const script = text
    .replace(
      /\\frac\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g,
      '(($1)/($2))',
    )
    .replaceAll('−', '-')
    .replace(/×10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, sign: string, digits: string) => {
      const exponent = [...digits].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit)).join('');
      return `*10**(${sign ? '-' : ''}${exponent})`;
    })
    .replace(/e\^\{([^{}]*)\}/g, 'Math.exp($1)')
    .replace(/\\bigl|\\bigr/g, '')
    .replace(/-\s*\\ln\s+(\S+)/g, '-Math.log($1)')
    .replaceAll('\\cdot', '*')
    .replaceAll('\\epsilon', '1e-8')
    .replaceAll('\\quad', '')
    .replace(/\)\s*\(/g, ')*(');
  return Function(`"use strict"; return (${script})`)() as number;
}

describe.each(STEPS)('%s with a pocket calculator', (_, step) => {
  const last = step.rows.length - 1;
  const all = [0, last].flatMap((place) => [
    ...(['hidden', 'scores', 'softmax', 'loss', 'gradient', 'update'] as const).map((stage) =>
      filled(stage, step, place),
    ),
    outputSlopeFilled(step, place),
  ]);
  const word = step.loss.wordFilled?.(step);

  it('gives what is written, in each digit that is shown', () => {
    let checked = 0;
    for (const { template, values } of [...all, ...(word ? [word] : [])]) {
      const text = template.replace(/\\slot\{(\w+)\}/g, (_, name: string) => values[name]!);
      for (const formula of text.split(String.raw`\qquad`)) {
        const parts = formula
          .replace(/^[^=:]*:/, '=')
          .replace(/,\s*$/, '')
          .split('=')
          .slice(1);
        const result = parts.at(-1)!.trim();
        const decimals = /\.(\d+)$/.exec(result)?.[1]?.length;
        if (decimals === undefined || parts.length < 2 || result.includes('(')) continue;
        for (const part of parts.slice(0, -1)) {
          if (/\\sum|\\sigma|\\Delta|_\{|P\(/.test(part)) continue;
          const found = reckoned(part);
          if (found === null || (parts.length > 2 && part !== parts.at(-2))) continue;
          expect(fixed(found, { digits: decimals }), formula).toBe(result);
          checked++;
        }
      }
    }
    expect(checked).toBeGreaterThan(3);
  });
});
