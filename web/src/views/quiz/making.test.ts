// @vitest-environment node
/** A quiz made question by question: the same one, and nothing done before it is wanted. */
import { expect, it, vi } from 'vitest';
import { compose, questionOf } from './compose';
import type { Later } from './gather';
import type { QuizData } from './kind';
import { KINDS } from './kinds';
import { making } from './making';
import type { Question } from './question';
import { RECORDED, seeded } from './quiz.test-data';

const SEED = '7';
const paused = () => Promise.resolve();

function gathered(whole: QuizData) {
  const done: string[] = [];
  const later: Later = {
    run: () => (done.push('run'), Promise.resolve(whole.run)),
    rates: () => (done.push('rates'), Promise.resolve(whole.rates)),
  };
  return { done, given: { data: { ...whole, run: null, rates: null }, later } };
}

it.each(RECORDED.slice(0, 8))('%s: makes what is composed at once', async (_name, make) => {
  const whole = seeded(make(), SEED);
  const { done, given } = gathered(whole);
  const made: Question[] = [];
  for await (const question of making(SEED, given, paused)) made.push(question);
  expect(made).toEqual(compose(SEED, whole));
  expect(done).toEqual(['run', 'rates']);
});

it('shows the first question before a step is done again or a rate is trained', async () => {
  const { done, given } = gathered(seeded(RECORDED[0]![1](), SEED));
  const questions = making(SEED, given, paused);
  const { value: first } = await questions.next();
  expect(first!.kind).toBe(KINDS[0]!.id);
  expect(done).toEqual([]);
});

it('stops where nobody waits any more', async () => {
  const { done, given } = gathered(seeded(RECORDED[0]![1](), SEED));
  const pause = vi.fn(() => Promise.reject(new DOMException('called off', 'AbortError')));
  const questions = making(SEED, given, pause);
  await questions.next();
  await expect(questions.next()).rejects.toMatchObject({ name: 'AbortError' });
  expect(done).toEqual([]);
});

it('asks by a kind what it asks by itself, whatever else is there', () => {
  const whole = seeded(RECORDED[0]![1](), SEED);
  for (const kind of KINDS) {
    const wanted = [...kind.needs, ...kind.uses];
    const bare = { facts: whole.facts } as QuizData;
    for (const need of ['run', 'space', 'sentences', 'census', 'counts', 'analogies', 'rates']) {
      Object.assign(bare, {
        [need]: wanted.includes(need as never) ? whole[need as keyof QuizData] : null,
      });
    }
    expect(questionOf(kind, SEED, bare), kind.id).toEqual(questionOf(kind, SEED, whole));
  }
});
