/** What a section of the program came to in the run that is open. */
import type { Schemas } from '$lib/api/routes';
import { counted, fixed, whole } from '$lib/charts/format';

export interface Fact {
  name: string;
  value: string;
  note?: string;
}

export interface Known {
  subject: Pick<Schemas['Subject'], 'words' | 'vector_size' | 'steps' | 'options'>;
  corpus: Schemas['Corpus'] | undefined;
  census: Schemas['Census'] | undefined;
  loss: LossEnds | undefined;
}

export interface LossEnds {
  first: number;
  last: number;
  /** Steps that each is the mean of. */
  window: number;
  /** Of guessing all words alike; null where that means nothing. */
  chance: number | null;
}

/** The mean loss of the first and of the last steps, as `lexiscope record` prints them. */
export function lossEnds(
  losses: ArrayLike<number>,
  curve: Pick<Schemas['LossCurve'], 'window' | 'chance'>,
): LossEnds | undefined {
  const window = Math.min(curve.window, losses.length);
  if (window === 0) return undefined;
  const mean = (from: number) => {
    let sum = 0;
    for (let at = from; at < from + window; at++) sum += losses[at]!;
    return sum / window;
  };
  return { first: mean(0), last: mean(losses.length - window), window, chance: curve.chance };
}

/** Facts of a section, those that are known. */
export function outcome(key: string, { subject, corpus, census, loss }: Known): Fact[] {
  if (key === 'corpus' && corpus) {
    return [
      { name: 'Sentences', value: whole(corpus.sentences) },
      { name: 'Words read', value: whole(corpus.tokens) },
      {
        name: 'Taken out',
        value: whole(corpus.stopword_tokens + corpus.rare_tokens),
        note: `${whole(corpus.stopword_tokens)} stop words, ${whole(corpus.rare_tokens)} too rare`,
      },
      { name: 'Vocabulary', value: counted(subject.words, 'word') },
    ];
  }
  if (key === 'pairs' && corpus) {
    const window = subject.options.find((option) => option.name === 'window')?.value;
    return [
      { name: 'Examples', value: whole(corpus.pairs) },
      ...(typeof window === 'number'
        ? [{ name: 'Window', value: counted(window, 'word'), note: 'to either side' }]
        : []),
    ];
  }
  if (key === 'model' && census) {
    return [
      ...census.layers.map((layer) => ({
        name: layer.name,
        value: layer.shape.map(whole).join(' × '),
        note: counted(layer.parameters, 'number'),
      })),
      { name: 'All', value: whole(census.parameters) },
    ];
  }
  if (key === 'loop' && loss && corpus) {
    return [
      {
        name: 'Steps',
        value: whole(subject.steps),
        note: `${fixed(subject.steps / corpus.pairs, { digits: 1 })} passes over the examples`,
      },
      {
        name: 'Loss',
        value: `${fixed(loss.first)} → ${fixed(loss.last)}`,
        note: `means of the first and the last ${whole(loss.window)} steps`,
      },
      ...(loss.chance === null
        ? []
        : [{ name: 'By guessing', value: fixed(loss.chance), note: `ln ${whole(subject.words)}` }]),
    ];
  }
  return [];
}
