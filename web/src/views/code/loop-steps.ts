/** A training step of a run's kind in five formulas: the walkthrough's, with its own words. */
import type { Schemas } from '$lib/api/routes';
import { lossOf } from '$lib/losses';
import { symbols } from '$views/walkthrough/formulas';
import { type Kind, type StageId, stageTexts } from '$views/walkthrough/kinds';
import type { Architecture } from '$views/walkthrough/shown-step';

export interface LoopStep {
  title: string;
  tex: string;
  does: string;
  stage: StageId;
}

type Facts = Pick<
  Schemas['Subject'],
  'architecture' | 'loss' | 'optimizer' | 'words' | 'vector_size' | 'options'
>;

const EXAMPLES: Record<Architecture, [tex: string, does: string]> = {
  skipgram: ['(c, o)', 'a center word c and one of its context words, o, which it is to predict'],
  cbow: [
    String.raw`(c_1, \ldots, c_C;\ o)`,
    'the words around a place, c₁ to c_C, which together are to predict the one that stands there, o',
  ],
  'next-word': ['(c, o)', 'a word c and the one behind it, o, which it is to predict'],
};

/**
 * The steps of a recorded run's loop.
 *
 * @throws RangeError The page does not know its loss.
 */
export function stepsOf(subject: Facts): LoopStep[] {
  const kind: Kind = {
    architecture: subject.architecture as Architecture,
    loss: lossOf(subject.loss ?? 'softmax'),
    adam: subject.optimizer === 'adam',
    words: subject.words,
    dim: subject.vector_size,
    classic: subject.options.some(
      ({ name, value }) => name === 'cbow_update' && value === 'classic',
    ),
  };
  const tex = symbols(kind);
  const texts = stageTexts(kind);
  const [example, what] = EXAMPLES[kind.architecture];
  return [
    {
      title: 'Take the next example',
      tex: example,
      does: `The examples are shuffled before each pass; a step takes one: ${what}.`,
      stage: 'one-hot',
    },
    {
      title: 'Score',
      tex: String.raw`${tex.hidden}, \quad ${tex.scores}`,
      does: texts.scores.lead,
      stage: 'scores',
    },
    { title: 'Measure the loss', tex: tex.loss, does: texts.loss.lead, stage: 'loss' },
    {
      title: 'Find the way down',
      tex: tex.gradient,
      does: texts.gradient.lead,
      stage: 'gradient',
    },
    { title: 'Take a small step', tex: tex.update, does: texts.update.lead, stage: 'update' },
  ];
}
