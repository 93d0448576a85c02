/** What a word is in W and in W′: it depends on what the model predicts from what. */

export interface Roles {
  /** The word in W. */
  w: string;
  /** The word in W′. */
  wp: string;
  asks: string;
  answers: string;
}

const SKIPGRAM: Roles = {
  w: 'the word as a center',
  wp: 'the word as a candidate for what stands beside a center',
  asks: 'When king is the center, W[king] asks which words stand near. Training turns it towards the rows of W′ of words that did stand there and away from others’.',
  answers:
    'When another word is the center, W′[king] answers whether king stands near it. Training turns it towards the rows of W of centers that it was seen beside.',
};

const CBOW: Roles = {
  w: 'the word as a part of the context',
  wp: 'the word as a candidate for the middle',
  asks: 'When king stands in the context, W[king] is one of the rows whose mean asks for the word in the middle. Training turns it towards the rows of W′ of words that it stood around.',
  answers:
    'W′[king] answers whether king is the word in the middle. Training turns it towards the means of contexts that it was seen in.',
};

const NEXT_WORD: Roles = {
  w: 'the word as the one before',
  wp: 'the word as a candidate for the next',
  asks: 'When king was just read, W[king] asks for the next word. Training turns it towards the rows of W′ of words that followed.',
  answers:
    'W′[king] answers whether king comes next. Training turns it towards the rows of W of words that it followed.',
};

/** @param architecture Of the model; skip-gram where it is not known, as most vectors files are. */
export function rolesOf(architecture: string | null | undefined): Roles {
  if (architecture === 'cbow') return CBOW;
  return architecture === 'next-word' ? NEXT_WORD : SKIPGRAM;
}
