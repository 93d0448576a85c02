/** How many examples a sentence gives. */
import { mistake, number } from '../asking';
import { kindOf } from '../kind';
import { type Rich, say } from '../question';
import { keptPlaces, type Sentence, sentenceLink } from '../sentence';

const SHORTEST = 3;
const LONGEST = 12; // more would be counting, not thinking

/** Pairs that a window over so many words gives. */
function pairsOf(words: number, window: number): number {
  return perWord(words, window).reduce((a, b) => a + b, 0);
}

const perWord = (words: number, window: number) =>
  Array.from({ length: words }, (_, at) => Math.min(window, at) + Math.min(window, words - 1 - at));

export const PAIRS = kindOf({
  id: 'pairs',
  title: 'A sentence’s examples',
  needs: ['sentences'],
  generate: (rng, { sentences, facts }) => {
    const sentence = rng.pick(sentences);
    const count = keptPlaces(sentence).length;
    if (count < SHORTEST || count > LONGEST) return null;
    if (facts.architecture === 'next-word') return followers(sentence, count);
    return facts.architecture === 'cbow' ? contexts(sentence, count) : pairs(sentence, count);
  },
});

const exhibitOf = ({ words }: Sentence) => ({
  type: 'sentence' as const,
  words: words.map(({ word: text, row }) => ({
    text,
    role: row === null ? ('removed' as const) : ('kept' as const),
  })),
});

const struck = ({ words }: Sentence): Rich =>
  words.some(({ row }) => row === null)
    ? ['What is struck out was taken out before.']
    : ['No word was taken out.'];

function pairs(sentence: Sentence, count: number) {
  const { window, words } = sentence;
  const right = sentence.pairs.length;
  const each = perWord(count, window);
  if (pairsOf(count, window) !== right) return null;
  return {
    asks: [
      say`The window reaches ${window} to either side of each center; every center is paired with every word in its window. ${struck(sentence)}`,
      say`How many training pairs does this sentence give?`,
    ],
    exhibit: exhibitOf(sentence),
    answer: number(right, 0, [
      {
        value: 2 * window * count,
        mistake: mistake(
          'the edges are forgotten',
          say`2 · ${window} partners for each of ${count} words would be ${2 * window * count}, but near both ends of the sentence the window hangs over.`,
        ),
      },
      {
        value: right / 2,
        mistake: mistake(
          'each pair once',
          say`Each word is a center in its turn, so that every pair comes twice, once each way.`,
        ),
      },
      {
        value: pairsOf(words.length, window),
        mistake: mistake(
          'words that were taken out are counted',
          say`Of ${words.length} words ${count} were kept; the others are not there when the window slides.`,
        ),
      },
      {
        value: right + count,
        mistake: mistake(
          'the center is its own partner',
          say`No word is paired with itself at its own place.`,
        ),
      },
      {
        value: Math.round(pairsOf(count, 2 * window)),
        mistake: mistake(
          'twice as wide',
          say`The window reaches ${window} to either side, not ${2 * window}.`,
        ),
      },
    ]),
    worked: [
      say`Partners of the ${count} words, one after another: ${each.join(' + ')} = ${right}.`,
    ],
    link: sentenceLink(sentence),
  };
}

function contexts(sentence: Sentence, count: number) {
  const right = new Set(sentence.pairs.map(([center]) => center)).size;
  if (right !== count) return null;
  return {
    asks: [
      say`CBOW predicts a center from all words in its window, which reaches ${sentence.window} to either side. ${struck(sentence)}`,
      say`How many training examples does this sentence give?`,
    ],
    exhibit: exhibitOf(sentence),
    answer: number(right, 0, [
      {
        value: sentence.pairs.length,
        mistake: mistake(
          'skip-gram’s pairs',
          say`Skip-gram would make ${sentence.pairs.length} pairs; CBOW takes the words of a window together, so that a center is one example.`,
        ),
      },
      {
        value: sentence.words.length,
        mistake: mistake(
          'words that were taken out are counted',
          say`Of ${sentence.words.length} words ${count} were kept.`,
        ),
      },
      {
        value: count - 1,
        mistake: mistake(
          'one word has no context',
          say`The first word has words behind it, and the last one words before it.`,
        ),
      },
      {
        value: count - 2 * sentence.window,
        mistake: mistake(
          'only whole windows',
          say`At the ends of the sentence the window hangs over; what is in it is still a context.`,
        ),
      },
    ]),
    worked: [say`Each of the ${count} words that were kept is the center once: ${count} examples.`],
    link: sentenceLink(sentence),
  };
}

function followers(sentence: Sentence, count: number) {
  const right = sentence.pairs.length;
  if (right !== count - 1) return null;
  return {
    asks: [
      say`This model learns to predict the next word. ${struck(sentence)}`,
      say`How many training examples does this sentence give?`,
    ],
    exhibit: exhibitOf(sentence),
    answer: number(right, 0, [
      {
        value: count,
        mistake: mistake(
          'the last word predicts, too',
          say`Behind the last word there is none to predict.`,
        ),
      },
      {
        value: 2 * right,
        mistake: mistake(
          'both ways',
          say`A word predicts the one behind it, never the one before.`,
        ),
      },
      {
        value: sentence.words.length - 1,
        mistake: mistake(
          'words that were taken out are counted',
          say`Of ${sentence.words.length} words ${count} were kept.`,
        ),
      },
    ]),
    worked: [
      say`Each of ${count} words has one behind it, except the last: ${count} − 1 = ${right}.`,
    ],
    link: sentenceLink(sentence),
  };
}
