/** What there is to learn from a text, and in which order: as Python's `make_examples` and `_order`. */
import { TrainingError, type TrainingOptions } from './options';
import { Generator } from './pcg64';

export const MAX_EXAMPLES = 2_000_000;

export interface ExampleSet {
  /** The input words of all examples. */
  members: Int32Array;
  /** (E + 1), where each example's begin. */
  starts: Int32Array;
  /** (E), what each should predict. */
  targets: Int32Array;
}

/**
 * Every example of an encoded text, in reading order.
 *
 * @throws TrainingError There is none, or there are too many.
 */
export function makeExamples(
  ids: Int32Array,
  architecture: TrainingOptions['architecture'],
  window: number,
): ExampleSet {
  const members: number[] = [];
  const starts = [0];
  const targets: number[] = [];
  const add = (inputs: readonly number[], target: number): void => {
    for (const input of inputs) members.push(input);
    starts.push(members.length);
    targets.push(target);
    if (members.length > MAX_EXAMPLES) {
      throw new TrainingError(
        `the text gives more than ${MAX_EXAMPLES.toLocaleString('en-US')} pairs, too many to train ` +
          'on in a page; take a part of it or a smaller window',
      );
    }
  };
  if (architecture === 'next-word') {
    const words = ids.filter((id) => id >= 0);
    for (let place = 1; place < words.length; place++) add([words[place - 1]!], words[place]!);
  } else {
    for (const sentence of sentencesOf(ids)) {
      sentence.forEach((center, at) => {
        const around = [
          ...sentence.slice(Math.max(0, at - window), at),
          ...sentence.slice(at + 1, at + 1 + window),
        ];
        if (architecture === 'cbow') {
          if (around.length) add(around, center);
        } else for (const context of around) add([center], context);
      });
    }
  }
  if (!targets.length) {
    throw new TrainingError(
      'the text has no two neighbouring words of the vocabulary, so there is nothing to learn ' +
        'from; expected one sentence a line (or a smaller min_count)',
    );
  }
  return {
    members: Int32Array.from(members),
    starts: Int32Array.from(starts),
    targets: Int32Array.from(targets),
  };
}

function* sentencesOf(ids: Int32Array): globalThis.Generator<number[], void> {
  let sentence: number[] = [];
  for (const id of ids) {
    if (id >= 0) sentence.push(id);
    else {
      yield sentence;
      sentence = [];
    }
  }
}

/** The example of each step, shuffled anew each epoch; examples never reached are dropped. */
export function orderOf(
  everything: ExampleSet,
  steps: number,
  seed: number,
): { order: Int32Array; examples: ExampleSet } {
  const count = everything.targets.length;
  const random = new Generator(seed, 1);
  const order = new Int32Array(steps);
  for (let at = 0; at < steps; at += count) {
    order.set(random.permutation(count).subarray(0, steps - at), at);
  }
  if (steps >= count) return { order, examples: everything };
  const used = order.slice().sort();
  const places = new Map(Array.from(used, (example, place) => [example, place]));
  return { order: order.map((example) => places.get(example)!), examples: only(everything, used) };
}

function only({ members, starts, targets }: ExampleSet, chosen: Int32Array): ExampleSet {
  const parts = Array.from(chosen, (example) =>
    members.subarray(starts[example], starts[example + 1]),
  );
  const newStarts = new Int32Array(chosen.length + 1);
  parts.forEach((part, place) => (newStarts[place + 1] = newStarts[place]! + part.length));
  const kept = new Int32Array(newStarts[chosen.length]!);
  parts.forEach((part, place) => kept.set(part, newStarts[place]!));
  return { members: kept, starts: newStarts, targets: chosen.map((example) => targets[example]!) };
}
