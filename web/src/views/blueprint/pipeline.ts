/** A forward pass as the stations that a word goes through, with how many numbers stand at each. */
import type { Schemas } from '$lib/api/routes';
import { EXACT, trainedLoss } from '$lib/losses';

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

/**
 * The stations of a model's forward pass, from the word that goes in to the loss.
 *
 * @throws RangeError The page does not know its loss.
 */
export function stations(subject: Facts): Station[] {
  const loss = trainedLoss(subject.loss) ?? EXACT;
  const scores = loss.scored(subject.words, subject.options);
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
      name: loss.probabilities.short,
      symbol: loss.probable.symbol,
      size: scores.size,
      does: loss.probable.does,
      stage: 'softmax',
    },
    { name: 'loss', symbol: 'L', size: 1, does: 'how surprised the model was', stage: 'loss' },
  ];
}
