import { describe, expect, it } from 'vitest';
import { distinct } from '$lib/distinct';
import type { TipContent } from '$lib/state/tip.svelte';
import { inputCauses, outputCauses } from './formulas';
import { minus, type ShownStep } from './shown-step';
import { STEPS } from './steps.test-data';
import {
  afterTrace,
  changeTrace,
  errorTrace,
  forceTrace,
  hiddenTrace,
  inputGradientTrace,
  outputGradientTrace,
  probabilityTrace,
  productTrace,
  scoreTrace,
  slopeTrace,
} from './traces';

const CLOSE = 2e-6; // single precision

/** How far a trace's products are from the number that they should add up to. */
function gap(content: TipContent): number {
  if (typeof content === 'string' || !('trace' in content)) throw new Error('no sum of products');
  const { terms, result, labels } = content.trace;
  expect(new Set(labels).size).toBe(labels?.length ?? 0);
  const total = terms.reduce((sum, factors) => sum + factors.reduce((a, b) => a * b, 1), 0);
  return Math.abs(total - result) / (1 + Math.abs(result));
}

const eachPlace = (step: ShownStep, of: (place: number) => TipContent) =>
  Math.max(...step.rows.map((_, place) => gap(of(place))));
const eachDimension = (step: ShownStep, of: (d: number) => TipContent) =>
  Math.max(...Array.from({ length: step.dim }, (_, d) => gap(of(d))));

describe.each(STEPS)('%s: every number is the sum of the products shown', (_, step) => {
  it('h, its forces and its gradient', () => {
    expect(eachDimension(step, (d) => hiddenTrace(step, d))).toBeLessThan(CLOSE);
    expect(eachDimension(step, (d) => forceTrace(step, 'attraction', d))).toBeLessThan(CLOSE);
    expect(eachDimension(step, (d) => forceTrace(step, 'repulsion', d))).toBeLessThan(CLOSE);
    expect(eachDimension(step, (d) => slopeTrace(step, d))).toBeLessThan(CLOSE);
  });

  it('scores, their terms, probabilities and errors', () => {
    expect(eachPlace(step, (place) => scoreTrace(step, place))).toBeLessThan(CLOSE);
    expect(eachDimension(step, (d) => productTrace(step, 0, d))).toBeLessThan(CLOSE);
    expect(eachPlace(step, (place) => errorTrace(step, place))).toBeLessThan(CLOSE);
    if (step.loss.name === 'softmax') {
      expect(eachPlace(step, (place) => probabilityTrace(step, place))).toBeLessThan(CLOSE);
    } else {
      expect(probabilityTrace(step, 0)).toContain(step.probability(0).toFixed(4));
    }
  });

  it('the loss', () => {
    if (step.loss.name === 'softmax')
      expect(step.loss.lossTrace(step)).toContain(step.facts.loss.toFixed(4));
    else expect(gap(step.loss.lossTrace(step))).toBeLessThan(CLOSE);
  });

  it('the gradients of both matrices', () => {
    step.members.forEach((_, member) => {
      expect(eachDimension(step, (d) => inputGradientTrace(step, member, d))).toBeLessThan(CLOSE);
    });
    step.rows.forEach((_, place) => {
      expect(eachDimension(step, (d) => outputGradientTrace(step, place, d))).toBeLessThan(CLOSE);
    });
  });

  it('the changes of both matrices, and where they lead', () => {
    const change = minus(step.input(0, 'after'), step.input(0));
    const moved = (d: number) => changeTrace(step, 'w', d, inputCauses(step, 0), change[d]!);
    expect(eachDimension(step, moved)).toBeLessThan(CLOSE);
    step.rows.forEach((name, place) => {
      const causes = outputCauses(step, place);
      const [before, after] = [step.output(place), step.output(place, 'after')];
      const by = minus(after, before);
      expect(
        eachDimension(step, (d) => afterTrace(name, d, before[d]!, by[d]!, after[d]!)),
      ).toBeLessThan(CLOSE);
      // A negative drawn twice has moved already when its second turn comes.
      const close = causes.gradients.length > 1 && !step.adam ? 0.01 : CLOSE;
      expect(eachDimension(step, (d) => changeTrace(step, name, d, causes, by[d]!))).toBeLessThan(
        close,
      );
    });
  });
});

it('numbers words that stand twice, so that each line of a trace has a name of its own', () => {
  expect(distinct(['bone', 'cat', 'bone', 'bone'])).toEqual([
    'bone',
    'cat',
    'bone (2)',
    'bone (3)',
  ]);
});
