/** Steps of every kind of run, for tests. */
import type { Schemas, StepData } from '$lib/api/routes';
import { fromBase64 } from '$lib/api/safetensors';
import { readBlock } from '$lib/replay/block';
import { binaryAnswer, FIXTURES, type Fixture } from '$lib/replay/fixtures';
import type { Kind } from './kinds';
import { type LossName, type Architecture, ShownStep } from './shown-step';

export function stepOf(one: Fixture, number = 150): ShownStep {
  const vocabulary = one.answers['/api/vocabulary'] as Schemas['Vocabulary'] | undefined;
  const count = readBlock(fromBase64(one.replay)).facts.words;
  const words = vocabulary?.words ?? Array.from({ length: count }, (_, row) => `word ${row}`);
  const data = binaryAnswer(one, `/api/steps/${number}`) as unknown as StepData;
  return new ShownStep(data, words, one.name === 'cbow-classic');
}

export function kindOf(step: ShownStep): Kind {
  const { architecture, loss_name: loss } = step.facts;
  return {
    architecture: architecture as Architecture,
    loss: loss as LossName,
    adam: step.adam,
    words: step.words.length,
    dim: step.dim,
    classic: step.classic,
  };
}

export const STEPS: readonly (readonly [string, ShownStep])[] = FIXTURES.flatMap((one) =>
  [150, 300].map((number) => [`${one.name}, step ${number}`, stepOf(one, number)] as const),
);
