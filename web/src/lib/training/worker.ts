/** Trains and answers beside the page, so that the page never waits. */
import { ProblemError } from '$lib/api/problem';
import { faultOf, type Reply } from '$lib/worker/messages';
import { answerOf, RunHistory } from './answers';
import { layers, subjectOf } from './answers/text';
import { TrainingError } from './options';
import type { Order, Request, Trained } from './protocol';
import { TrainedRun, Training } from './run';
import { savedRun } from './save';

interface Kept {
  history: RunHistory;
  trained: Trained;
}

const runs = new Map<number, Kept>();
const calledOff = new Set<number>();

// Steps until the clock is looked at, and milliseconds until messages are.
const STRETCH = 200;
const LONGEST = 25;

async function trained(id: number, order: Order): Promise<Trained> {
  const training = new Training(order.text, order.options, order.name);
  let [milliseconds, began] = [0, performance.now()];
  while (!training.finished) {
    training.advance(STRETCH);
    const took = performance.now() - began;
    if (took < LONGEST && !training.finished) continue;
    milliseconds += took;
    post({ id, progress: training.done / training.steps });
    await new Promise((resolve) => setTimeout(resolve));
    if (calledOff.delete(id)) throw new DOMException('called off', 'AbortError');
    began = performance.now();
  }
  const history = new RunHistory(new TrainedRun(training), order.notes);
  const subject = subjectOf(history, order.fingerprint, order.version);
  const facts = { subject, layers: layers(history), milliseconds };
  runs.set(id, { history, trained: facts });
  return facts;
}

async function answer(request: Request): Promise<unknown> {
  if (request.do === 'train') return trained(request.id, request.order);
  if (request.do === 'forget') {
    if (!runs.delete(request.run)) calledOff.add(request.run);
    return null;
  }
  const kept = runs.get(request.run);
  if (!kept) throw new ProblemError('this run was let go; train it again', 404, '');
  const { history, trained: facts } = kept;
  if (request.do === 'save') {
    return savedRun(history, facts.subject.version, facts.milliseconds / 1_000);
  }
  return answerOf(history, request.path, request.ask);
}

const ownKind = (error: unknown) => (error instanceof TrainingError ? 'training' : null);

function post(reply: Reply): void {
  self.postMessage(reply);
}

self.onmessage = ({ data }: MessageEvent<Request>) => {
  answer(data).then(
    (found) => post({ id: data.id, answer: found }),
    (error: unknown) => post({ id: data.id, fault: faultOf(error, ownKind) }),
  );
};
