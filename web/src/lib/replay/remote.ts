/** A recorded run whose steps are done again elsewhere, as whoever shows them asks for them. */
import type { Schemas, StepData } from '$lib/api/routes';
import { inWorker, type Start, WorkerClient } from '$lib/worker/client';
import type { State } from './block';
import { type About, Desk, type DeskMessage, type DeskRequest } from './desk';
import ReplayWorker from './worker?worker';

/** The last steps that were done: those that stand beside the one on screen are asked for ahead. */
const KEPT = 32;

interface Answers {
  state: State;
  step: StepData;
  check: Schemas['GradientCheck'];
}

export class RemoteReplay {
  readonly #client: WorkerClient<DeskMessage>;
  /** The last used are last. */
  readonly #kept = new Map<number, StepData>();

  /**
   * @param replay The run, in base64 as the single file carries it.
   * @param start Who does the steps.
   */
  constructor(replay: string, start: Start = besideThePage) {
    this.#client = new WorkerClient<DeskMessage>({
      start,
      calledOff: (message, id) => (message.do === 'ask' ? { do: 'drop', asked: id } : null),
    });
    // What fails is told by the questions.
    this.#client.send({ do: 'open', replay }).answer.catch(() => undefined);
  }

  /**
   * @throws RangeError There is no such step.
   * @throws DOMException Of name AbortError, where the signal called it off.
   */
  async step(number: number, signal?: AbortSignal): Promise<StepData> {
    const kept = this.#kept.get(number);
    const found = kept ?? (await this.#ask('step', number, signal));
    this.#kept.delete(number);
    this.#kept.set(number, found);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return found;
  }

  check(number: number, signal?: AbortSignal): Promise<Answers['check']> {
    return this.#ask('check', number, signal);
  }

  /** The weights after some steps, 0 … steps. */
  state(step: number, signal?: AbortSignal): Promise<State> {
    return this.#ask('state', step, signal);
  }

  #ask<A extends About>(about: A, step: number, signal?: AbortSignal): Promise<Answers[A]> {
    return this.#client.send({ do: 'ask', about, step }, { signal }).answer as Promise<Answers[A]>;
  }
}

/** In a worker; where the browser gives none, in the page itself, which goes on between stretches. */
const besideThePage: Start = (heard, failed) => {
  try {
    return inWorker(() => new ReplayWorker(), 'the replay')(heard, failed);
  } catch {
    return inThePage(heard, failed);
  }
};

export const inThePage: Start = (heard) => {
  const desk = new Desk(heard, () => new Promise((resolve) => setTimeout(resolve)));
  return (message) => desk.hear(message as DeskRequest);
};
