/** A forward pass as the stations that a word goes through, with how many numbers stand at each. */
import type { Schemas } from '$lib/api/routes';

export interface Station {
  name: string;
  /** As in the walkthrough's formulas. */
  symbol: string;
  /** How many numbers; null where it depends on the word. */
  size: number | null;
  /** What happens here. */
  does: string;
  /** The walkthrough's stage. */
  stage: string;
}

type Facts = Pick<
  Schemas['Subject'],
  'words' | 'vector_size' | 'architecture' | 'loss' | 'options'
>;

/** Negatives a step, as set. */
function negatives(subject: Facts): number | null {
  const found = subject.options.find((option) => option.name === 'negative')?.value;
  return typeof found === 'number' ? found : null;
}

function scored(subject: Facts): Pick<Station, 'size' | 'does'> {
  if (subject.loss === 'negative') {
    const drawn = negatives(subject);
    return {
      size: drawn === null ? null : drawn + 1,
      does: 'a dot product with W′ for the true word and each one drawn',
    };
  }
  if (subject.loss === 'hierarchical') {
    return { size: null, does: 'a dot product with W′ for each turn on the word’s path' };
  }
  return { size: subject.words, does: 'a dot product with every row of W′' };
}

/** The stations of a model's forward pass, from the word that goes in to the loss. */
export function stations(subject: Facts): Station[] {
  const softmax = subject.loss !== 'negative' && subject.loss !== 'hierarchical';
  const scores = scored(subject);
  return [
    {
      name: 'one-hot',
      symbol: 'x',
      size: subject.words,
      does: 'a 1 at the word’s place, 0 elsewhere',
      stage: 'one-hot',
    },
    {
      name: subject.architecture === 'cbow' ? 'mean of rows of W' : 'row of W',
      symbol: 'h',
      size: subject.vector_size,
      does:
        subject.architecture === 'cbow'
          ? 'the context words’ vectors, averaged'
          : 'looked up, not multiplied',
      stage: 'hidden',
    },
    { name: 'scores', symbol: 'z', ...scores, stage: 'scores' },
    {
      name: softmax ? 'softmax' : 'sigmoid',
      symbol: softmax ? 'P' : 'σ',
      size: scores.size,
      does: softmax
        ? 'scores to probabilities that add up to 1'
        : 'each score to a yes-or-no probability',
      stage: 'softmax',
    },
    { name: 'loss', symbol: 'L', size: 1, does: 'how surprised the model was', stage: 'loss' },
  ];
}
