/** What a score that is one higher does, and what a difference of scores means. */
import { choices, mistake } from '../asking';
import { kindOf } from '../kind';
import { decimals, significant } from '../numbers';
import { say } from '../question';
import type { Rng } from '../rng';
import type { ShownStep } from '$views/walkthrough/shown-step';
import { rowNamed, stepIs, stepLink, symbolOf } from '../told';

/** Factors are told apart by a sixth at least. */
const MARGIN = Math.log(7 / 6);

export const ODDS = kindOf({
  id: 'odds',
  title: 'Scores and odds',
  needs: ['run'],
  generate: (rng, { run }) => {
    const { shown } = run.anyStep(rng);
    return shown.loss.asksAll && rng.chance(0.5) ? twoWords(rng, shown) : oneHigher(rng, shown);
  },
});

const times = (factor: number) => say`${significant(factor, 2)} times`;

function twoWords(rng: Rng, shown: ShownStep) {
  const [a, b] = rng
    .sample(shown.leading(12), 2)
    .sort((one, other) => shown.score(other) - shown.score(one));
  if (a === undefined || b === undefined) return null;
  const [high, low] = [decimals(shown.score(a), 2), decimals(shown.score(b), 2)];
  const gap = shown.score(a) - shown.score(b);
  const factor = Math.exp(gap);
  const read = Math.exp(high.value - low.value);
  if (gap < 0.4 || gap > 2.5 || significant(read, 2).text !== significant(factor, 2).text)
    return null;
  const wrong = [
    {
      factor: gap,
      mistake: mistake(
        'the difference itself',
        say`The difference is ${decimals(gap, 2)}, but each point multiplies by e.`,
      ),
    },
    {
      factor: high.value / low.value,
      mistake: mistake(
        'scores are divided',
        say`Probabilities are made of e to the power of the scores; what counts is their difference.`,
      ),
    },
    {
      factor: 10 ** gap,
      mistake: mistake('powers of ten', say`The softmax takes powers of e = 2.718, not of ten.`),
    },
    {
      factor: 1 + gap,
      mistake: mistake('one more for each point', say`Each point multiplies; it does not add.`),
    },
    {
      factor: 2 ** gap,
      mistake: mistake(
        'doubled for each point',
        say`Each point multiplies by e = 2.718, not by 2.`,
      ),
    },
  ];
  const usable = rng.shuffled(wrong).filter((one) => one.factor > 0.05 && one.factor < 500);
  const answer = choices(
    rng,
    { says: times(factor), measure: Math.log(factor) },
    usable.map((one) => ({
      says: times(one.factor),
      mistake: one.mistake,
      measure: Math.log(one.factor),
    })),
    MARGIN,
  );
  return (
    answer && {
      asks: [
        stepIs(shown),
        say`The score of ${rowNamed(shown, a)} is ${high}, that of ${rowNamed(shown, b)} ${low}. How many times as probable as ${rowNamed(shown, b)} does the softmax make ${rowNamed(shown, a)}?`,
      ],
      exhibit: null,
      answer,
      worked: [
        say`P of the one over P of the other: the sum below the line is the same, so that e^${high} / e^${low} is left.`,
        say`= e^${decimals(high.value - low.value, 2)} = ${significant(factor, 2)}`,
      ],
      link: stepLink(shown, 'softmax', shown.rows[a]),
    }
  );
}

function oneHigher(rng: Rng, shown: ShownStep) {
  const place = rng.below(shown.rows.length);
  const p = shown.probability(place);
  if (p < 0.02 || p > 0.98) return null;
  const symbol = symbolOf(shown.loss);
  const odds = p / (1 - p);
  const says = (value: number) => say`${significant(value, 3)} to 1`;
  const wrong = [
    {
      value: odds + 1,
      mistake: mistake(
        'one is added',
        say`The score gets one more; the odds are e to the power of it, so that they are multiplied.`,
      ),
    },
    {
      value: 2 * odds,
      mistake: mistake(
        'odds are doubled',
        say`One point multiplies the odds by e = 2.718, not by 2.`,
      ),
    },
    {
      value: 10 * odds,
      mistake: mistake('powers of ten', say`The power is one of e = 2.718, not of ten.`),
    },
    {
      value: odds / Math.E,
      mistake: mistake('the wrong way', say`A higher score makes the odds better.`),
    },
    {
      value: odds,
      mistake: mistake(
        'nothing changes',
        say`The others’ scores stay as they are, so that the odds do not.`,
      ),
    },
  ];
  const answer = choices(
    rng,
    { says: says(odds * Math.E), measure: Math.log(odds * Math.E) },
    rng.shuffled(wrong).map((one) => ({
      says: says(one.value),
      mistake: one.mistake,
      measure: Math.log(one.value),
    })),
    MARGIN,
  );
  const after = (odds * Math.E) / (1 + odds * Math.E);
  return (
    answer && {
      asks: [
        stepIs(shown),
        say`${rowNamed(shown, place)} has a score of ${decimals(shown.score(place), 2)} and ${symbol} = ${significant(p, 3)}: odds of ${symbol} / (1 − ${symbol}) = ${significant(odds, 3)} to 1. Were its score one higher, and all others as they are, what would its odds be?`,
      ],
      exhibit: null,
      answer,
      worked: [
        say`One more in the score is one more in the power of e: the odds are multiplied by e = 2.718.`,
        say`${significant(odds, 3)} · 2.718 = ${significant(odds * Math.E, 3)}, and ${symbol} would be ${significant(odds * Math.E, 3)} / (1 + ${significant(odds * Math.E, 3)}) = ${significant(after, 3)} instead of ${significant(p, 3)}.`,
      ],
      link: stepLink(shown, 'softmax', shown.rows[place]),
    }
  );
}
