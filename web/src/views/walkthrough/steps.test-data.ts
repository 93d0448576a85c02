/** Steps of every kind of run, for tests. */
import type { Schemas, StepData } from '$lib/api/routes';
import { fromBase64 } from '$lib/api/safetensors';
import { readBlock } from '$lib/replay/block';
import { binaryAnswer, FIXTURES, type Fixture } from '$lib/replay/fixtures';
import { nceBlock } from '$lib/replay/nce.test-data';
import { Replayer } from '$lib/replay/replayer';
import type { Kind } from './kinds';
import { ShownStep } from './shown-step';

export function stepOf(one: Fixture, number = 150): ShownStep {
  const vocabulary = one.answers['/api/vocabulary'] as Schemas['Vocabulary'] | undefined;
  const count = readBlock(fromBase64(one.replay)).facts.words;
  const words = vocabulary?.words ?? Array.from({ length: count }, (_, row) => `word ${row}`);
  const data = binaryAnswer(one, `/api/steps/${number}`) as unknown as StepData;
  return new ShownStep(data, words, one.name === 'cbow-classic');
}

export function kindOf(step: ShownStep): Kind {
  return {
    architecture: step.architecture,
    loss: step.loss,
    adam: step.adam,
    words: step.words.length,
    dim: step.dim,
    classic: step.classic,
  };
}

/** A step of noise-contrastive estimation, done again without a server. */
export function nceStep(architecture: 'skipgram' | 'cbow', optimizer: 'sgd' | 'adam'): ShownStep {
  const replayer = new Replayer(nceBlock(`${architecture}-negative-${optimizer}`));
  const words = Array.from({ length: replayer.block.facts.words }, (_, row) => `word ${row}`);
  return new ShownStep(replayer.step(150), words);
}

export const STEPS: readonly (readonly [string, ShownStep])[] = [
  ...FIXTURES.flatMap((one) =>
    [150, 300].map((number) => [`${one.name}, step ${number}`, stepOf(one, number)] as const),
  ),
  ['skipgram-nce-sgd, step 150', nceStep('skipgram', 'sgd')],
  ['cbow-nce-adam, step 150', nceStep('cbow', 'adam')],
];
