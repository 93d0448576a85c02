import { describe, expect, it } from 'vitest';
import { fixture } from '$lib/replay/fixtures';
import { sigmoid } from '$lib/losses/numerics';
import { dot, mean, reordered, sum } from './shown-step';
import { stepOf, STEPS } from './steps.test-data';

describe.each(STEPS)('%s', (_, step) => {
  it('would be answered better if it were asked again', () => {
    if (step.adam) return; // Adam follows the mean of many steps
    expect(step.again().loss).toBeLessThan(step.facts.loss);
    // A word that is target and negative at once may lose.
    if (step.loss.name === 'negative') return;
    expect(step.again().probability).toBeGreaterThan(step.facts.probability);
  });

  it('agrees with the weights that it shows', () => {
    const hidden = mean(step.members.map((_, member) => step.input(member)));
    step.rows.forEach((_, place) => {
      const bias = step.arrays.bias_before?.data[place] ?? 0;
      expect(dot(step.output(place), hidden) + bias).toBeCloseTo(step.score(place), 5);
    });
    expect(sum(step.oneHot())).toBeCloseTo(1);
    if (step.loss.name === 'softmax') {
      expect(Math.exp(step.score(step.targetPlace)) / step.total()).toBeCloseTo(
        step.facts.probability,
        5,
      );
    }
    if (step.loss.name === 'hierarchical') {
      expect(step.path(step.rows.length - 1)).toBeCloseTo(step.facts.probability, 5);
    }
  });

  it('shows the target and the chosen row among those that lead', () => {
    const last = step.order().at(-1)!;
    const shown = step.worthShowing(last);
    expect(shown).toContain(last);
    if (step.targetPlace >= 0) expect(shown).toContain(step.targetPlace);
    expect(shown.length).toBeLessThanOrEqual(step.loss.name === 'softmax' ? 8 : 64);
    expect(shown).toEqual(step.order().filter((place) => shown.includes(place)));
  });
});

it('finds a row by its name, and the target where there is no such row', () => {
  const step = stepOf(fixture('skipgram-softmax-sgd'));
  expect(step.rows[step.place('milk')]).toBe('milk');
  expect(step.place('no such word')).toBe(step.targetPlace);
  const tree = stepOf(fixture('skipgram-hierarchical-sgd'));
  expect(tree.place('')).toBe(0);
  expect(tree.rows[0]).toMatch(/^node \d+$/);
});

it('orders the rows of a matrix', () => {
  expect([...reordered([1, 2, 3, 4, 5, 6], 2, [2, 0])]).toEqual([5, 6, 1, 2]);
});

it('computes σ without overflow', () => {
  expect(sigmoid(-800)).toBe(0);
  expect(sigmoid(800)).toBe(1);
  expect(sigmoid(0)).toBe(0.5);
});
