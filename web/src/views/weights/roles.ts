/** What a word is in W and in W′: it depends on what the model predicts from what. */

export interface Roles {
  /** The word in W. */
  w: string;
  /** The word in W′. */
  wp: string;
  asks: string;
  answers: string;
}

/** Stands in the texts where a word of the open vocabulary is named. */
const WORD = '{word}';

const SKIPGRAM: Roles = {
  w: 'the word as a center',
  wp: 'the word as a candidate for what stands beside a center',
  asks: 'When {word} is the center, W[{word}] asks which words stand near. Training turns it towards the rows of W′ of words that did stand there and away from others’.',
  answers:
    'When another word is the center, W′[{word}] answers whether {word} stands near it. Training turns it towards the rows of W of centers that it was seen beside.',
};

const CBOW: Roles = {
  w: 'the word as a part of the context',
  wp: 'the word as a candidate for the middle',
  asks: 'When {word} stands in the context, W[{word}] is one of the rows whose mean asks for the word in the middle. Training turns it towards the rows of W′ of words that it stood around.',
  answers:
    'W′[{word}] answers whether {word} is the word in the middle. Training turns it towards the means of contexts that it was seen in.',
};

const NEXT_WORD: Roles = {
  w: 'the word as the one before',
  wp: 'the word as a candidate for the next',
  asks: 'When {word} was just read, W[{word}] asks for the next word. Training turns it towards the rows of W′ of words that followed.',
  answers:
    'W′[{word}] answers whether {word} comes next. Training turns it towards the rows of W of words that it followed.',
};

/**
 * @param architecture Of the model; skip-gram where it is not known, as most vectors files are.
 * @param word Of its vocabulary, which the texts are about.
 */
export function rolesOf(architecture: string | null | undefined, word = 'the word'): Roles {
  const roles =
    architecture === 'cbow' ? CBOW : architecture === 'next-word' ? NEXT_WORD : SKIPGRAM;
  return {
    ...roles,
    asks: roles.asks.replaceAll(WORD, word),
    answers: roles.answers.replaceAll(WORD, word),
  };
}
