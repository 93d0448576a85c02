import { expect, it } from 'vitest';
import { Resource } from './resource.svelte';

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

it('lets the latest question win, and calls the one before off', async () => {
  const answers: ((value: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const one = new Resource<string>((signal) => {
    signals.push(signal);
    return new Promise((resolve) => answers.push(resolve));
  });
  one.load();
  one.load();
  expect(signals[0]!.aborted).toBe(true);
  answers[1]!('second');
  answers[0]!('first');
  await settled();
  expect([one.status, one.value]).toEqual(['ready', 'second']);
});

it('keeps the last answer while the next is under way, and tells a failure', async () => {
  let fail: (error: Error) => void = () => undefined;
  let first = true;
  const one = new Resource<number>(() => {
    if (first) {
      first = false;
      return Promise.resolve(1);
    }
    return new Promise((_, reject) => (fail = reject));
  });
  one.load();
  await settled();
  one.load();
  expect([one.value, one.stale]).toEqual([1, true]);
  fail(new Error('no'));
  await settled();
  expect([one.status, one.value, one.stale]).toEqual(['error', undefined, false]);
});

it('has nothing where there is nothing to ask for, and takes a throw for a failure', async () => {
  const none = new Resource(() => null);
  none.load();
  expect(none.status).toBe('idle');
  const thrown = new Resource(() => {
    throw new Error('no');
  });
  thrown.load();
  await settled();
  expect(thrown.status).toBe('error');
});
