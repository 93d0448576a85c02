/** What the walkthrough says of each kind of run, word for word: no change of it goes unnoticed. */
import { cleanup, render } from '@testing-library/svelte';
import type { Component } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import { fixture, FIXTURES } from '$lib/replay/fixtures';
import { filled, inputCauses, outputCauses, outputSlopeFilled, symbols } from './formulas';
import { STAGES, stageTexts } from './kinds';
import WordTable from './parts/WordTable.svelte';
import type { ShownStep } from './shown-step';
import Gradient from './stages/Gradient.svelte';
import Loss from './stages/Loss.svelte';
import Scores from './stages/Scores.svelte';
import Softmax from './stages/Softmax.svelte';
import Update from './stages/Update.svelte';
import { kindOf, nceStep, stepOf } from './steps.test-data';
import {
  changeTrace,
  errorTrace,
  forceTrace,
  outputGradientTrace,
  probabilityTrace,
  rowName,
  scoreTrace,
} from './traces';
import { Walk } from './walk.svelte';
import WalkHost from './WalkHost.test.svelte';

afterEach(cleanup);
vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null); // jsdom has none

const ALL = FIXTURES.filter(({ name }) => !/(cbow|next-word)-.*-adam/.test(name)).map(
  (one) => [one.name, stepOf(one)] as const,
);
ALL.push(['skipgram-nce-sgd', nceStep('skipgram', 'sgd')]);
const lines = (all: object) => Object.entries(all).map((one) => JSON.stringify(one));

it.each(ALL)('%s: texts and formulas', (_, step) => {
  const kind = kindOf(step);
  const last = step.rows.length - 1;
  const formulas = [0, last].map((place) => [
    ...STAGES.map((stage) => filled(stage, step, place)),
    outputSlopeFilled(step, place),
  ]);
  expect([
    ...lines(stageTexts(kind)),
    ...lines(symbols(kind)),
    ...formulas.flatMap(lines),
  ]).toMatchSnapshot();
});

it.each(ALL)('%s: where numbers come from', (_, step) => {
  const traces = [0, step.rows.length - 1].map((place) => [
    rowName(step, place),
    scoreTrace(step, place),
    probabilityTrace(step, place),
    errorTrace(step, place),
    outputGradientTrace(step, place, 1),
    changeTrace(step, rowName(step, place), 0, outputCauses(step, place), 0.5),
  ]);
  const rest = [
    step.loss.lossTrace(step),
    forceTrace(step, 'attraction', 0),
    forceTrace(step, 'repulsion', 0),
    changeTrace(step, 'w', 0, inputCauses(step, 0), 0.5),
  ];
  expect(
    [...traces.flat(), ...rest, step.worthShowing(0), step.again()].map((one) =>
      JSON.stringify(one, (_, value) =>
        typeof value === 'number' ? Number(value.toPrecision(9)) : (value as unknown),
      ),
    ),
  ).toMatchSnapshot();
});

const SHOWN = [
  'skipgram-softmax-sgd',
  'skipgram-negative-sgd',
  'skipgram-hierarchical-sgd',
  'cbow-negative-adam',
  'cbow-hierarchical-adam',
  'next-word-softmax-adam',
].map((name) => [name, stepOf(fixture(name))] as const);
SHOWN.push(['skipgram-nce-sgd', nceStep('skipgram', 'sgd')]);

/** The text of a component, and the names that only a screen reader tells. */
function textOf(component: Component<never>, step: ShownStep, more: object = {}): string[] {
  const walk = new Walk(() => [step]);
  const host = { walk, component: component as Component, props: { step, ...more } };
  const { container } = render(WalkHost, { props: host });
  const names = [...container.querySelectorAll('[aria-label]')].map((one) => one.ariaLabel);
  const text = container.textContent!.replace(/\s+/g, ' ');
  cleanup();
  return [text, [...new Set(names)].join(' | ')];
}

it.each(SHOWN)('%s: its stages', (_, step) => {
  const columns = [{ label: 'y', value: (place: number) => step.label(place), digits: 0 }];
  const table = { label: 'Rows', columns };
  expect({
    scores: textOf(Scores, step),
    softmax: textOf(Softmax, step),
    loss: textOf(Loss, step),
    gradient: textOf(Gradient, step),
    update: textOf(Update, step),
    table: textOf(WordTable, step, table),
  }).toMatchSnapshot();
});
