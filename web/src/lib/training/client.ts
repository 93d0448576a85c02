/** The training worker, as the page talks to it. */
import { inWorker, WorkerClient } from '$lib/worker/client';
import type { Asked } from './answers';
import { TrainingError } from './options';
import type { Message, Order, Trained } from './protocol';
import TrainingWorker from './worker?worker';

const client = new WorkerClient<Message>({
  start: inWorker(() => new TrainingWorker(), 'the training'),
  calledOff: (message, id) => (message.do === 'train' ? { do: 'forget', run: id } : null),
  errors: { training: (message) => new TrainingError(message) },
});

/** A run that lives in the worker. */
export class WorkerRun {
  constructor(
    readonly id: number,
    readonly facts: Trained,
  ) {}

  ask(path: string, ask: Asked, signal?: AbortSignal): Promise<unknown> {
    return client.send({ do: 'ask', run: this.id, path, ask }, { signal }).answer;
  }

  /** The run's file, for `lexiscope serve FILE`. */
  save(): Promise<Uint8Array<ArrayBuffer>> {
    return client.send({ do: 'save', run: this.id }).answer as Promise<Uint8Array<ArrayBuffer>>;
  }

  /** Lets the worker forget it. */
  forget(): void {
    void client.send({ do: 'forget', run: this.id }).answer;
  }
}

/**
 * Trains beside the page.
 *
 * @throws TrainingError There is nothing to learn from, too much, or an option is out of range.
 * @throws DOMException Of name AbortError, where the signal called it off.
 */
export async function startTraining(
  order: Order,
  given: { signal?: AbortSignal; progress?: (share: number) => void } = {},
): Promise<WorkerRun> {
  const { id, answer } = client.send({ do: 'train', order }, given);
  return new WorkerRun(id, (await answer) as Trained);
}
