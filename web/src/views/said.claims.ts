/**
 * Sentences with figures, as the page's own components say them of runs that `tests/server/test_claims.py`
 * has recorded, against figures that it took from the runs' arrays. It starts this file.
 */
import { readFileSync } from 'node:fs';
import { cleanup, render } from '@testing-library/svelte';
import { type Component, tick } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Schemas, StepData } from '$lib/api/routes';
import { decode, fromBase64 } from '$lib/api/safetensors';
import type { Source } from '$lib/api/source';
import { lossEnds, outcome } from './code/outcome';
import Lengths from './explore/Lengths.svelte';
import Analogies from './journey/Analogies.svelte';
import Loss from './journey/Loss.svelte';
import Settling from './journey/Settling.svelte';
import SaidHost from './SaidHost.test.svelte';
import Summary from './walkthrough/parts/Summary.svelte';
import { ShownStep } from './walkthrough/shown-step';
import Likeness from './weights/Likeness.svelte';

interface Rest {
  now: number;
  of: number;
  at_rest: number;
  correlation: number | null;
}

interface Figures {
  unit: 'step' | 'share';
  loss?: {
    first: number;
    final: number;
    rise: { lowest: number; at: number; last: number } | null;
  };
  chance?: number | null;
  rest: Rest;
  groups: { within: number; across: number };
  lengths: number | null;
  parameters?: number;
  examples?: number;
  kept?: number;
  analogies: { right: number; asked: number };
  step?: { number: number; loss: number };
}

interface Model {
  name: string;
  answers: Record<string, unknown>;
  figures: Figures;
}

const MODELS = JSON.parse(readFileSync(process.env.LEXISCOPE_CLAIMS!, 'utf-8')) as Model[];
const HARDLY = 0.1; // a rank correlation nearer to 0 is called hardly any

afterEach(cleanup);
vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null); // jsdom has none

function opened(answer: unknown): { payload: never; arrays: never } {
  const { metadata, arrays } = decode(fromBase64((answer as { base64: string }).base64));
  return { payload: JSON.parse(metadata.payload!) as never, arrays: arrays as never };
}

function sourceOf({ answers }: Model): Source {
  const answered = (path: string) =>
    answers[path] === undefined ? Promise.reject(new Error(path)) : Promise.resolve(answers[path]);
  return {
    kind: 'server',
    title: null,
    subject: answers['/api/subject'] as Schemas['Subject'],
    json: ((path: string) => answered(path)) as Source['json'],
    binary: ((path: string) => answered(path).then(opened)) as Source['binary'],
    step: () => Promise.reject(new Error('no step')),
  };
}

/** What a component shows. */
async function shown(model: Model, component: unknown, props: object = {}) {
  const host = { source: sourceOf(model), component: component as Component, props };
  const { container } = render(SaidHost, { props: host as never });
  for (let turn = 0; turn < 8; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
    await tick();
  }
  const text = container.textContent!.replace(/\s+/g, ' ');
  const of = (id: string) =>
    container.querySelector(`[data-testid="${id}"]`)?.textContent?.trim() ?? '';
  return { text, of };
}

const numberIn = (shown: string) => Number(shown.replaceAll(',', '').replace('−', '-'));

/** What is shown is the figure, rounded to the digits that are shown. */
function expectFigure(shown: string | undefined, figure: number, what: string): void {
  expect(shown, what).toMatch(/^[−-]?[\d,]+(\.\d+)?$/);
  const digits = shown!.split('.')[1]?.length ?? 0;
  const off = Math.abs(numberIn(shown!) - figure);
  expect(off, `${what}: ${shown} of ${figure}`).toBeLessThanOrEqual(0.501 * 10 ** -digits);
}

/** The words for a rank correlation, as its figure bears them. */
function tendency(figure: number, more: string, less: string): string {
  if (Math.abs(figure) <= HARDLY) return 'hardly any';
  return figure > 0 ? more : less;
}

describe.each(MODELS.map((model) => [model.name, model] as const))('%s', (_name, model) => {
  const { answers, figures } = model;
  const { unit, rest } = figures;
  const subject = answers['/api/subject'] as Schemas['Subject'];

  it('tells the loss at the end, of guessing, and whether it has risen', async () => {
    const now = unit === 'step' ? subject.steps : 1;
    const { text, of } = await shown(model, Loss, { now, unit, onmove: () => undefined });
    if (!figures.loss) return expect(of('loss-final')).not.toBe('');
    expectFigure(of('loss-final'), figures.loss.final, 'mean loss at the end');
    if (figures.chance === null) expect(of('loss-chance')).toBe('');
    else expectFigure(of('loss-chance'), figures.chance!, 'loss of guessing');
    const said = /lowest after step ([\d,]+), ([\d.]+), and is ([\d.]+) at the end/.exec(text);
    const { rise } = figures.loss;
    expect(said === null).toBe(rise === null);
    if (!said || !rise) return;
    expectFigure(said[1], rise.at, 'step of the lowest mean');
    expectFigure(said[2], rise.lowest, 'lowest mean');
    expectFigure(said[3], rise.last, 'mean at the end');
  });

  it('tells how many words are at rest, and whether frequent ones are so sooner', async () => {
    const props = { now: rest.now, unit, chosen: [], onmove: () => undefined };
    const { text, of } = await shown(model, Settling, props);
    expect(of('settled-now')).toBe(`${rest.at_rest} of ${rest.of}`);
    if (rest.correlation === null) return expect(text).toContain('no correlation');
    expectFigure(of('settled-correlation'), rest.correlation, 'frequency and rest');
    const told = /moment of rest: (the more frequent, the (?:later|sooner)|hardly any)/.exec(text);
    expect(told?.[1]).toBe(
      tendency(rest.correlation, 'the more frequent, the later', 'the more frequent, the sooner'),
    );
  });

  it('tells how alike words of a group are', async () => {
    const { text, of } = await shown(model, Likeness, { step: undefined });
    const { within, across } = figures.groups;
    expectFigure(of('within'), within, 'mean cosine within groups');
    expectFigure(of('across'), across, 'mean cosine across groups');
    const more = /Words of a group are more alike \(mean cosine (\S+)\) than .*? groups \((\S+)\)/;
    const hardly = /Words of a group \(mean cosine (\S+)\) are hardly more .*? groups \((\S+)\)/;
    const [said, other] = within > across + HARDLY ? [more, hardly] : [hardly, more];
    const found = said.exec(text);
    expect(other.exec(text)).toBeNull();
    expectFigure(found?.[1], within, 'said within');
    expectFigure(found?.[2], across, 'said across');
  });

  it('tells whether frequent words are longer', async () => {
    const { text } = await shown(model, Lengths);
    const said = /count and length is (\S+): (the more frequent, the \w+|hardly any)/.exec(text);
    expectFigure(said?.[1], figures.lengths!, 'count and length');
    expect(said![2]).toBe(
      tendency(figures.lengths!, 'the more frequent, the longer', 'the more frequent, the shorter'),
    );
  });

  it('tells how many analogies are right', async () => {
    const now = unit === 'step' ? subject.steps : 1;
    const { text, of } = await shown(model, Analogies, { now, unit });
    const { right, asked } = figures.analogies;
    if (asked === 0) return expect(text).toContain('No question was asked');
    expect(of('analogies-right')).toBe(`${right} of ${asked}`);
  });

  it.runIf(unit === 'step')('tells in Code what each part came to', () => {
    const { payload, arrays } = opened(answers['/api/journey/loss']) as {
      payload: Schemas['LossCurve'];
      arrays: { loss: { data: Float32Array } };
    };
    const known = {
      subject,
      corpus: answers['/api/corpus'] as Schemas['Corpus'],
      census: answers['/api/census'] as Schemas['Census'],
      loss: lossEnds(arrays.loss.data, payload),
    };
    const value = (section: string, name: string) =>
      outcome(section, known).find((fact) => fact.name === name)!.value;
    expectFigure(value('model', 'All'), figures.parameters!, 'parameters');
    expectFigure(value('pairs', 'Examples'), figures.examples!, 'examples');
    const [read, out] = ['Words read', 'Taken out'].map((name) => numberIn(value('corpus', name)));
    expect(read! - out!).toBe(figures.kept);
    const [first, final] = value('loop', 'Loss').split(' → ');
    expectFigure(first, figures.loss!.first, 'mean loss of the first steps');
    expectFigure(final, figures.loss!.final, 'mean loss of the last steps');
  });

  it.runIf(unit === 'step')('tells a step’s loss', async () => {
    const { number, loss } = figures.step!;
    const data = opened(answers[`/api/steps/${number}`]) as unknown as StepData;
    const { words } = answers['/api/vocabulary'] as Schemas['Vocabulary'];
    const step = new ShownStep(data, words);
    const props = { step, visits: [], onvisit: () => undefined };
    const { of } = await shown(model, Summary, props);
    expectFigure(of('loss'), loss, `loss of step ${number}`);
  });
});
