/** What became of the words of a text. */
import type { Schemas } from '$lib/api/routes';

export interface Share {
  key: 'kept' | 'stop' | 'rare';
  label: string;
  tokens: number;
  /** Different words. */
  words: number;
  /** Of all words read, 0 … 1. */
  share: number;
}

type Facts = Pick<
  Schemas['Corpus'],
  'tokens' | 'vocabulary' | 'stopword_tokens' | 'rare_tokens' | 'stopwords_removed' | 'rare_removed'
>;

/** Words kept and words taken out; the shares add up to 1. */
export function shares(corpus: Facts): Share[] {
  const kept = corpus.tokens - corpus.stopword_tokens - corpus.rare_tokens;
  const of = (tokens: number) => (corpus.tokens > 0 ? tokens / corpus.tokens : 0);
  return [
    {
      key: 'kept',
      label: 'trained on',
      tokens: kept,
      words: corpus.vocabulary.length,
      share: of(kept),
    },
    {
      key: 'stop',
      label: 'stop words',
      tokens: corpus.stopword_tokens,
      words: corpus.stopwords_removed.length,
      share: of(corpus.stopword_tokens),
    },
    {
      key: 'rare',
      label: 'too rare',
      tokens: corpus.rare_tokens,
      words: corpus.rare_removed.length,
      share: of(corpus.rare_tokens),
    },
  ];
}

/** Words with a text in them, whatever their letter case. */
export function matching<T extends { word: string }>(words: readonly T[], text: string): T[] {
  const wanted = text.trim().toLowerCase();
  return words.filter(({ word }) => word.toLowerCase().includes(wanted));
}
