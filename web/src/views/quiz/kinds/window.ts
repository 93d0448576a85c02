/** Which words the window pairs with its center. */
import { choices, mistake, type Wrong } from '../asking';
import { type Facts, kindOf } from '../kind';
import { type Exhibit, listed, say, word } from '../question';
import type { Rng } from '../rng';
import { keptPlaces, type Sentence, sentenceLink } from '../sentence';

const LONGEST = 24;

export const WINDOW = kindOf({
  id: 'window',
  title: 'Pairs of a window',
  needs: ['sentences'],
  generate: (rng, { sentences, facts }) => {
    const sentence = rng.pick(sentences);
    const kept = keptPlaces(sentence);
    if (kept.length < 3 || sentence.words.length > LONGEST) return null;
    return facts.architecture === 'next-word'
      ? follower(rng, sentence, kept)
      : partners(rng, sentence, kept, facts);
  },
});

function exhibitOf({ words }: Sentence, center: number): Exhibit {
  return {
    type: 'sentence',
    words: words.map(({ word: text, row }, place) => ({
      text,
      role: row === null ? 'removed' : place === center ? 'center' : 'kept',
    })),
  };
}

function partners(rng: Rng, sentence: Sentence, kept: readonly number[], facts: Facts) {
  const { window, words, pairs } = sentence;
  const center = rng.pick(kept);
  const at = kept.indexOf(center);
  const name = word(words[center]!.word);
  const names = (places: readonly number[]) =>
    places.length ? listed(places.map((place) => words[place]!.word)) : ['none'];
  const within = (reach: number) =>
    kept.slice(Math.max(0, at - reach), at + reach + 1).filter((place) => place !== center);

  const right = pairs.filter(([one]) => one === center).map(([, other]) => other);
  if (right.length === 0 || right.length > 8) return null;
  const near = kept.filter((place) => place !== center && Math.abs(place - center) <= window);
  const wrong: Wrong[] = [
    {
      says: names(near),
      mistake: mistake(
        'words that were taken out have places',
        say`Stop words and rare words are taken out before the window slides: they take up no place in it, so it reaches over them.`,
      ),
    },
    ...rng.shuffled<Wrong>([
      {
        says: names(right.filter((place) => place > center)),
        mistake: mistake(
          'one side only',
          say`The window reaches to both sides of its center, to the left as to the right.`,
        ),
      },
      {
        says: names([...right, center].sort((a, b) => a - b)),
        mistake: mistake(
          'the center is its own partner',
          say`${name} is the center: at its own place it is not paired with itself.`,
        ),
      },
      {
        says: names(within(window + 1)),
        mistake: mistake(
          'one place too far',
          say`The window ends ${places(window)} from the center.`,
        ),
      },
      {
        says: names(within(window - 1)),
        mistake: mistake(
          'one place too short',
          say`The center does not count: ${places(window)} to either side are other words.`,
        ),
      },
    ]),
  ];
  const answer = choices(rng, { says: names(right) }, wrong);
  if (!answer) return null;
  const [left, behind] = [
    right.filter((place) => place < center),
    right.filter((place) => place > center),
  ];
  const cbow = facts.architecture === 'cbow';
  return {
    asks: [
      say`The window reaches ${places(window)} to either side of its center. ${removed(sentence)}`,
      cbow
        ? say`The center is ${name}. Which words go in together to predict it?`
        : say`The center is ${name}. Which words is it paired with?`,
    ],
    exhibit: exhibitOf(sentence, center),
    answer,
    worked: [
      say`Of the words that were kept, ${name} is number ${at + 1} of ${kept.length}.`,
      say`Up to ${window} before it: ${names(left)}.`,
      say`Up to ${window} behind it: ${names(behind)}.`,
    ],
    link: sentenceLink(sentence, center),
  };
}

const places = (count: number) => (count === 1 ? '1 place' : `${count} places`);

function removed({ words }: Sentence): string {
  return words.some(({ row }) => row === null)
    ? 'Words struck out were taken out before: stop words, or too rare.'
    : '';
}

/** Where the next word is predicted there is no window. */
function follower(rng: Rng, sentence: Sentence, kept: readonly number[]) {
  const at = rng.below(kept.length - 1);
  const name = (place: number) => word(sentence.words[place]!.word);
  const [center, next] = [kept[at]!, kept[at + 1]!];
  if (!sentence.pairs.some(([one, other]) => one === center && other === next)) return null;
  const pair = (a: number, b: number) => say`${name(a)} → ${name(b)}`;
  const wrong: Wrong[] = [
    {
      says: pair(next, center),
      mistake: mistake(
        'backwards',
        say`The word that stands first goes in, the one behind it is predicted.`,
      ),
    },
  ];
  if (at > 0) {
    wrong.push({
      says: pair(center, kept[at - 1]!),
      mistake: mistake(
        'the word before',
        say`What is predicted is the word behind, not the one before.`,
      ),
    });
  }
  if (at + 2 < kept.length) {
    wrong.push({
      says: pair(center, kept[at + 2]!),
      mistake: mistake(
        'a word is skipped',
        say`There is no window here: each word predicts the very next one.`,
      ),
    });
  }
  const answer = choices(rng, { says: pair(center, next) }, wrong);
  return (
    answer && {
      asks: [
        say`This model learns to predict the next word. ${removed(sentence)}`,
        say`Which example comes of ${name(center)}, where it is marked?`,
      ],
      exhibit: exhibitOf(sentence, center),
      answer,
      worked: [
        say`${name(center)} is number ${at + 1} of the ${kept.length} words that were kept; behind it stands ${name(next)}.`,
      ],
      link: sentenceLink(sentence, center),
    }
  );
}
