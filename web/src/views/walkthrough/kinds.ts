/** What the stages are called and say, for each kind of run. */
import { whole } from '$lib/charts/format';
import type { Loss } from '$lib/losses';
import type { Architecture } from './shown-step';

export interface Kind {
  architecture: Architecture;
  loss: Loss;
  adam: boolean;
  words: number;
  dim: number;
  /** CBOW: each context row moves by the whole of h's change. */
  classic: boolean;
}

export const STAGES = [
  'one-hot',
  'hidden',
  'scores',
  'softmax',
  'loss',
  'gradient',
  'update',
] as const;
export type StageId = (typeof STAGES)[number];

export interface StageText {
  title: string;
  /** In the row of stages. */
  short: string;
  lead: string;
}

const GOES_IN = {
  skipgram: 'The center word',
  'next-word': 'The word that stands in the text',
  cbow: 'The words around the gap',
};

export function stageTexts(kind: Kind): Record<StageId, StageText> {
  return {
    'one-hot': oneHot(kind),
    hidden: hidden(kind),
    scores: { title: 'Scores with W′', short: 'scores', lead: kind.loss.scoresLead },
    softmax: kind.loss.probabilities,
    loss: { title: 'Loss', short: 'loss', lead: kind.loss.lossLead(kind.words) },
    gradient: gradient(kind),
    update: update(kind),
  };
}

function oneHot({ architecture, words }: Kind): StageText {
  if (architecture === 'cbow') {
    return {
      title: 'One-hot, averaged',
      short: 'one-hot',
      lead:
        `The words around the gap become one vector x with a place for each of the ` +
        `${whole(words)} words. Each of the C words puts 1/C at its own place; all others are 0.`,
    };
  }
  return {
    title: 'One-hot: a word as a vector',
    short: 'one-hot',
    lead:
      `A network takes numbers, not letters. ${GOES_IN[architecture]} becomes a vector x with a ` +
      `place for each of the ${whole(words)} words: 1 at its own, 0 at all others.`,
  };
}

function hidden({ architecture, dim }: Kind): StageText {
  if (architecture === 'cbow') {
    return {
      title: 'The mean of rows of W',
      short: 'rows of W',
      lead:
        `x times W averages the rows of the words that go in: h, the hidden vector, is their ` +
        `mean in each of the ${dim} dimensions.`,
    };
  }
  return {
    title: 'A row of W',
    short: 'row of W',
    lead:
      `x times W picks one row out of W, the word’s own ${dim} numbers, and that is h, the hidden ` +
      'vector. All other products are with 0, so in practice nothing is multiplied: the row is ' +
      'looked up.',
  };
}

function gradient({ loss }: Kind): StageText {
  return {
    title: 'Gradient: attraction and repulsion',
    short: 'gradient',
    lead:
      'How would the loss change if a number changed? For h the answer has two parts: it is ' +
      `pulled towards ${loss.pulledTowards}, and pushed away from ${loss.pushedFrom}.`,
  };
}

function update({ adam, loss, architecture }: Kind): StageText {
  const moving =
    architecture === 'cbow' ? 'the rows of W that went in' : 'the one row of W that went in';
  return {
    title: 'Update',
    short: 'update',
    lead: adam
      ? 'Adam keeps two running means for each weight, of its gradient and of its square, and ' +
        'steps by their ratio. So a step is about as long as the learning rate η whatever the ' +
        'gradient, and weights without a gradient in this step go on moving as well.'
      : `Each weight takes a step against its gradient, η times as long; η is the learning rate. ` +
        `This changes ${moving} and ${loss.changes}.`,
  };
}
