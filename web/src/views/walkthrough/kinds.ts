/** What the stages are called and say, for each kind of run. */
import { fixed, whole } from '$lib/charts/format';
import type { LossName, Architecture } from './shown-step';

export interface Kind {
  architecture: Architecture;
  loss: LossName;
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
    scores: scores(kind),
    softmax: softmax(kind),
    loss: loss(kind),
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

function scores({ loss }: Kind): StageText {
  const lead = {
    softmax:
      'Each word has a second vector, its row u of W′. The dot product u · h is the word’s score: ' +
      'large where the two point the same way.',
    negative:
      'Only the target and a few words drawn at random, the negatives, get a score: the dot ' +
      'product of their rows u of W′ with h. The rest of the vocabulary is left alone, which is ' +
      'why this is fast.',
    hierarchical:
      'The words are the leaves of a tree, frequent ones near its root, and W′ has a row u for ' +
      'each node inside it. Only the nodes on the way to the target get a score, u · h.',
  }[loss];
  return { title: 'Scores with W′', short: 'scores', lead };
}

function softmax({ loss }: Kind): StageText {
  if (loss === 'softmax') {
    return {
      title: 'Softmax: scores become probabilities',
      short: 'softmax',
      lead:
        'e to the power of the score makes every score positive; divided by their sum, they are ' +
        'probabilities that add up to 1.',
    };
  }
  return loss === 'negative'
    ? {
        title: 'Sigmoid: a question of yes or no',
        short: 'sigmoid',
        lead:
          'σ turns a score into the probability that the pair was seen in the text. It should be ' +
          '1 for the target and 0 for each negative.',
      }
    : {
        title: 'Sigmoid: a turn at each node',
        short: 'sigmoid',
        lead:
          'σ of a node’s score is the probability of one of its two ways, 1 − σ that of the ' +
          'other. The word’s probability is the product of those along its path.',
      };
}

function loss({ loss: kind, words }: Kind): StageText {
  const lead = {
    softmax:
      'The loss is the surprise: minus the logarithm of the probability that the target got. ' +
      `Certainty costs 0; a guess among all ${whole(words)} words costs ` +
      `ln ${whole(words)} = ${fixed(Math.log(words), { digits: 3 })}.`,
    negative:
      'Each question costs minus the logarithm of the probability of its right answer: σ for the ' +
      'target, 1 − σ for a negative. The loss is their sum.',
    hierarchical:
      'Each turn costs minus the logarithm of the probability of the right way. Their sum is minus ' +
      'the logarithm of the word’s probability.',
  }[kind];
  return { title: 'Loss', short: 'loss', lead };
}

function gradient({ loss: kind }: Kind): StageText {
  const others = {
    softmax: 'the rows of all words, each by the probability it got',
    negative: 'the rows of the negatives, each by its σ',
    hierarchical: 'the rows of the nodes where the way should have been the other one',
  }[kind];
  const target = kind === 'hierarchical' ? 'the rows of the other nodes' : 'the target’s row';
  return {
    title: 'Gradient: attraction and repulsion',
    short: 'gradient',
    lead:
      'How would the loss change if a number changed? For h the answer has two parts: it is ' +
      `pulled towards ${target}, and pushed away from ${others}.`,
  };
}

function update({ adam, loss: kind, architecture }: Kind): StageText {
  const moving =
    architecture === 'cbow' ? 'the rows of W that went in' : 'the one row of W that went in';
  const outputs = kind === 'softmax' ? 'every row of W′' : 'the rows of W′ that had a score';
  return {
    title: 'Update',
    short: 'update',
    lead: adam
      ? 'Adam keeps two running means for each weight, of its gradient and of its square, and ' +
        'steps by their ratio. So a step is about as long as the learning rate η whatever the ' +
        'gradient, and weights without a gradient in this step go on moving as well.'
      : `Each weight takes a step against its gradient, η times as long; η is the learning rate. ` +
        `This changes ${moving} and ${outputs}.`,
  };
}
