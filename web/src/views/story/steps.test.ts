import { describe, expect, it } from 'vitest';
import type { StepData } from '$lib/api/routes';
import { FIXTURES } from '$lib/replay/fixtures';
import { readBlock } from '$lib/replay/block';
import { Replayer } from '$lib/replay/replayer';
import { fromBase64 } from '$lib/api/safetensors';
import { words as bundled } from './bundled.test-data';
import { pictureOf } from './parts/forces';
import { exampleOf, learn, pullOf, TIMES } from './scenes/pull';
import { blindLoss, chooseStep, stepOf } from './scenes/step';
import { type Asked, arithmeticOf, chosenOf, planeOf, verdict } from './scenes/arithmetic';
import { MOST_WORDS, wordsOf } from './telling';

const STEP = 150;
const NAMES = ['king', 'queen', 'crown', 'palace', 'throne', 'dog', 'cat', 'bone', 'barks', 'milk'];
const nameOf = (row: number) => NAMES[row] ?? '';
const stepsOf = FIXTURES.map((one) => {
  const data: StepData = new Replayer(readBlock(fromBase64(one.replay))).step(STEP);
  return [one.name, data, one.name === 'cbow-classic'] as const;
});

describe.each(stepsOf)('one step of %s', (name, data, classic) => {
  it('is told within 60 words, with one right answer', () => {
    const told = stepOf(data, bundled, 10, nameOf)!;
    expect(told.options.filter((option) => option === told.answer)).toHaveLength(1);
    expect(new Set(told.options).size).toBe(told.options.length);
    expect(wordsOf(told)).toBeLessThanOrEqual(MOST_WORDS);
    expect(told.loss).toBe(data.payload.loss);
    // An option is no word that went in.
    expect(told.options.filter((option) => told.given.includes(option))).toEqual([]);
    const blind = blindLoss(data, 10);
    expect(blind === null).toBe(name.includes('nce'));
    if (name.includes('softmax')) expect(blind!.value).toBeCloseTo(Math.log(10), 12);
  });

  it('is learned once as the run did it, with its own rate', () => {
    const example = exampleOf(data, classic);
    const [before, after] = learn(example, data.payload.learning_rate, 1);
    expect(before.loss).toBeCloseTo(data.payload.loss, 10);
    expect(before.probability).toBeCloseTo(data.payload.probability, 10);
    data.arrays.attractive.data.forEach((value, d) =>
      expect(before.pull[d]).toBeCloseTo(value, 10),
    );
    data.arrays.repulsive.data.forEach((value, d) => expect(before.push[d]).toBeCloseTo(value, 10));
    if (data.payload.optimizer !== 'sgd') return;
    const { data: rows } = data.arrays.output_after;
    example.asked.forEach((place, i) => {
      for (let d = 0; d < example.dim; d++) {
        expect(after.outputs[place][d]).toBeCloseTo(Number(rows[i * example.dim + d]), 10);
      }
    });
  });

  it('is bet on with answers that are far apart', () => {
    const told = pullOf(data, 'king', 'queen', classic);
    expect(wordsOf(told)).toBeLessThanOrEqual(MOST_WORDS);
    const shares = told.options.map((option) => parseFloat(option));
    const right = parseFloat(told.answer);
    expect(shares.filter((share) => Math.abs(share - right) < 19)).toEqual([right]);
    expect(told.reveal.includes('Adam')).toBe(data.payload.optimizer === 'adam');
    expect(`${told.text} ${told.reveal}`).not.toMatch(/NaN|∞|undefined/);
    const moments = learn(told.example, told.rate, TIMES);
    const wanted = told.example.labels.indexOf(1);
    const seen = pictureOf(moments, TIMES, wanted < 0 ? -1 : told.example.asked[wanted]);
    expect(seen.way).toHaveLength(TIMES + 1);
    expect([...seen.pull, ...seen.push, ...seen.ends.flat()].every(Number.isFinite)).toBe(true);
  });
});

describe('the step that is chosen', () => {
  const loss = [2, 2, 2, 2, 2, 2, 5, 2.1, 0.1, 2.12];
  const center = [1, 1, 1, 1, 1, 1, 1, 2, 1, 1];
  const target = center.map((row) => row + 10);

  it('is one of the second half with the word that is followed, neither sure nor stunned', () => {
    const steps = { center, target, loss, first: 1 };
    expect(chooseStep(steps, 1, false, true)).toBe(10);
    expect(chooseStep(steps, 2, false, true)).toBe(8);
    // One of whom nothing is left to bet on gives way.
    const sure = loss.map((value, at) => (center[at] === 2 ? 0.001 : value));
    expect(chooseStep({ ...steps, loss: sure }, 2, false, true)).toBe(10);
    // Nobody's step: the one whose surprise is worth a bet.
    expect(chooseStep(steps, 7, false, true)).toBe(10);
    expect(chooseStep(steps, 1, false, false)).toBe(10);
  });
});

describe('arithmetic', () => {
  const ask = (expected: number, nearest: [string, number][]): Asked => ({
    question: { a: 'man', b: 'king', c: 'woman', expected: 'queen' },
    a: [1, 0, 0],
    b: [0, 1, 0],
    c: [0, 0, 1],
    nearest: nearest.map(([word, cosine]) => ({ word, cosine })),
    expected,
  });
  const others: [string, number][] = [['throne', 0.6], ['crown', 0.5], ['milk', 0.1]]; // prettier-ignore
  const holds = ask(0.9, [['queen', 0.9], ...others]);
  const fails = ask(0.3, [...others, ['queen', 0.05]]);
  const close = ask(0.62, [['queen', 0.62], ...others]);

  it('holds and fails by a margin only', () => {
    expect([holds, fails, close, ask(0.59, others)].map(verdict)).toEqual([
      true,
      false,
      null,
      null,
    ]);
    expect(chosenOf([close, fails, holds])).toEqual({ holds, fails });
    expect(chosenOf([close])).toEqual({ holds: null, fails: null });
  });

  it.each([
    ['holds', holds, 'queen'],
    ['fails', fails, 'throne'],
    ['fails, the word out of sight', ask(NaN, others), 'throne'],
  ])('tells what came first where it %s', (_, asked, answer) => {
    const told = arithmeticOf(asked, [asked]);
    expect(told.answer).toBe(answer);
    expect(told.options).toContain('queen');
    expect(told.options.filter((option) => option === answer)).toHaveLength(1);
    expect(wordsOf(told)).toBeLessThanOrEqual(MOST_WORDS);
    expect(told.reveal).not.toContain('NaN');
  });

  it('draws true distances in the plane of the three words and their sum', () => {
    const sum = { word: 'sum', vector: [-1, 1, 1], answer: true };
    const { points, known, carried } = planeOf(holds, [sum]);
    const at = (word: string) => points.find((one) => one.word === word)!.at;
    const far = ([a, b]: readonly number[], [x, y]: readonly number[]) => Math.hypot(a - x, b - y);
    for (const [one, other] of [['man', 'king'], ['man', 'woman'], ['king', 'woman']]) {
      expect(far(at(one), at(other))).toBeCloseTo(Math.SQRT2, 9);
    } // prettier-ignore
    expect(far(carried.to, at('sum'))).toBeCloseTo(0, 9);
    expect(far(known.from, known.to)).toBeCloseTo(far(carried.from, carried.to), 9);
  });
});
