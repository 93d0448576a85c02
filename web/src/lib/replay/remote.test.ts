/** Steps done again beside the page: how many are done where, and what is dropped. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Schemas } from '$lib/api/routes';
import { fromBase64 } from '$lib/api/safetensors';
import { FileSource } from '$lib/api/single-file';
import type { Reply } from '$lib/worker/messages';
import { readBlock } from './block';
import { Desk, type DeskRequest } from './desk';
import { fixture } from './fixtures';
import { inThePage, RemoteReplay } from './remote';
import { Replayer } from './replayer';

const counted = vi.hoisted(() => ({ steps: 0 }));
vi.mock('./update', async (original) => {
  const real = await original<typeof import('./update')>();
  return {
    ...real,
    update: (...given: Parameters<typeof real.update>) => {
      counted.steps++;
      real.update(...given);
    },
  };
});

const { answers, replay } = fixture('skipgram-softmax-sgd');
const { words, vector_size: dim } = answers['/api/subject'] as Schemas['Subject'];
const PRODUCTS = 3 * words * dim; // of a step
const turn = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  counted.steps = 0;
});

/** A desk whose turns are given one by one; what was done in each. */
function deskByTurns(stretch: number) {
  const replies: Reply[] = [];
  const turns: (() => void)[] = [];
  const desk = new Desk(
    (reply) => replies.push(reply),
    () => new Promise((resolve) => turns.push(resolve)),
    stretch * PRODUCTS,
  );
  desk.hear({ id: 0, do: 'open', replay });
  const work = async () => {
    const before = counted.steps;
    turns.shift()?.();
    await turn();
    return counted.steps - before;
  };
  const answered = () => replies.map(({ id }) => id).filter((id) => id > 0);
  return { desk, work, answered, replies };
}

describe('a desk', () => {
  const ask = (id: number, step: number): DeskRequest => ({ id, do: 'ask', about: 'step', step });

  it('does no more than a stretch between two messages', async () => {
    const { desk, work, answered } = deskByTurns(20);
    desk.hear(ask(1, 300));
    const turns: number[] = [];
    while (answered().length === 0) turns.push(await work());
    expect(turns.length).toBeGreaterThan(3);
    // The step itself is done once more for its own numbers.
    expect(Math.max(...turns)).toBeLessThanOrEqual(21);
  });

  it('works on the newest question, and on the older ones after it', async () => {
    const { desk, work, answered } = deskByTurns(20);
    desk.hear(ask(1, 300));
    await work();
    desk.hear(ask(2, 5));
    await work();
    expect(answered()).toEqual([2]);
    while (answered().length < 2) await work();
    expect(answered()).toEqual([2, 1]);
  });

  it('does not a step more for what nobody waits for', async () => {
    const { desk, work, answered } = deskByTurns(20);
    desk.hear(ask(1, 300));
    await work();
    desk.hear({ id: 2, do: 'drop', asked: 1 });
    const before = counted.steps;
    for (let more = 0; more < 5; more++) await work();
    expect(counted.steps).toBe(before);
    expect(answered()).toEqual([2]);
    // And is ready for the next.
    desk.hear(ask(3, 2));
    while (!answered().includes(3)) await work();
  });

  it('says which steps there are', async () => {
    const { desk, work, replies } = deskByTurns(20);
    desk.hear(ask(1, 301));
    await work();
    expect(replies.at(-1)).toMatchObject({ id: 1, fault: { message: /301 is not there/ } });
  });
});

describe('a run whose steps are done again elsewhere', () => {
  it('calls off a question when its reader moves on', async () => {
    const said: { do: string; asked?: number; id: number }[] = [];
    const remote = new RemoteReplay(replay, () => (message) => said.push(message as never));
    const controller = new AbortController();
    const asked = remote.step(299, controller.signal);
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    const question = said.find((one) => one.do === 'ask')!;
    expect(said.at(-1)).toMatchObject({ do: 'drop', asked: question.id });
  });

  it('asks once for a step that was asked for ahead', async () => {
    const asked: string[] = [];
    const remote = new RemoteReplay(replay, (heard, failed) => {
      const post = inThePage(heard, failed);
      return (message) => (asked.push((message as DeskRequest).do), post(message));
    });
    const [first, again] = [await remote.step(12), await remote.step(12)];
    expect(again).toBe(first);
    expect(asked).toEqual(['open', 'ask']);
  });

  it('tells what went wrong there, as the error that it was', async () => {
    const remote = new RemoteReplay(replay, inThePage);
    await expect(remote.step(301)).rejects.toThrow(RangeError);
    const gone = new RemoteReplay(replay, (_, failed) => () => failed('the replay stopped'));
    await expect(gone.step(3)).rejects.toThrow('the replay stopped');
  });
});

it('does not one step on the page’s own thread, whatever a slider is moved to', async () => {
  const questions = [300, 1, 299, 150, 2].flatMap((step) => [
    { about: 'step' as const, step },
    { about: 'state' as const, step },
    { about: 'check' as const, step },
  ]);
  const key = (about: string, step: number) => `${about} ${step}`;
  const ready = new Map<string, unknown>();
  const replayer = new Replayer(readBlock(fromBase64(replay)));
  const desk = new RemoteReplay(replay, inThePage);
  for (const { about, step } of questions) {
    ready.set(key(about, step), await desk[about](step));
  }
  const responses = Object.fromEntries(
    ['/api/subject', '/api/vocabulary', '/api/weights', '/api/weights/similarity'].map((where) => [
      where,
      answers[where],
    ]),
  );
  const { base64 } = answers['/api/weights'] as { base64: string };
  const text = JSON.stringify({ title: null, responses, vectors: base64, replay });
  const file = FileSource.open(text, (heard) => (message) => {
    const request = message as DeskRequest;
    if (request.do !== 'ask') return;
    heard({ id: request.id, answer: ready.get(key(request.about, request.step)) });
  });
  counted.steps = 0;
  for (const number of [300, 1, 299, 150, 2]) {
    const step = await file.step(number);
    expect(step.payload.number).toBe(number);
    await file.json('/api/steps/{number}/gradient-check', { path: { number } });
    const { arrays } = await file.binary('/api/weights', { query: { step: number } });
    expect(arrays.inputs.data.length).toBeGreaterThan(0);
    await file.binary('/api/weights/similarity', { query: { step: number } });
  }
  expect(counted.steps).toBe(0);
  // What counts does count.
  replayer.at(7);
  expect(counted.steps).toBe(7);
});
