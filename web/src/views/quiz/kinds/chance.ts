/** What a step costs a model that knows nothing. */
import { mistake, number } from '../asking';
import { type Facts, kindOf } from '../kind';
import { decimals } from '../numbers';
import { type Rich, say } from '../question';
import { stepIs, stepLink } from '../told';

const DIGITS = 2;

const TO_TEN = mistake('the logarithm to ten', say`The loss takes the natural logarithm, ln.`);
const TO_TWO = mistake('the logarithm to two', say`The loss takes the natural logarithm, ln.`);

export const CHANCE = kindOf({
  id: 'chance',
  title: 'A model that knows nothing',
  needs: [],
  uses: ['run'],
  generate: (rng, { run, facts }) => {
    const shown = run?.anyStep(rng).shown;
    const asked = shown ? shown.rows.length : askedOf(facts);
    if (!facts.loss || asked === null || asked < 2) return null;
    const found = facts.loss.asksAll ? ofWords(asked) : ofQuestions(asked, shown !== undefined);
    const trained: Rich[] = shown
      ? [say`The model that was trained had ${decimals(shown.facts.loss, DIGITS)} in this step.`]
      : [];
    return {
      asks: [...(shown ? [stepIs(shown)] : []), ...found.asks],
      exhibit: null,
      answer: found.answer,
      worked: [found.worked, ...trained],
      link: shown
        ? stepLink(shown, 'loss')
        : {
            view: 'blueprint',
            parameters: { at: 'config' },
            label: 'The options in the blueprint',
          },
    };
  },
});

/** Rows that each example asks, where that is the same for all. */
function askedOf({ loss, words, option }: Facts): number | null {
  if (loss?.asksAll) return words;
  const drawn = option('negative');
  return loss?.options.includes('negative') && drawn !== null ? drawn + 1 : null;
}

function ofWords(words: number) {
  const right = Math.log(words);
  return {
    asks: [
      say`A model that knows nothing gives each of the ${words} words the same probability. What would its loss be?`,
    ],
    answer: number(right, DIGITS, [
      { value: Math.log10(words), mistake: TO_TEN },
      { value: Math.log2(words), mistake: TO_TWO },
      {
        value: 1 / words,
        mistake: mistake(
          'the probability itself',
          say`1/${words} is the probability; the loss is −ln of it.`,
        ),
      },
      {
        value: words,
        mistake: mistake('the number of words', say`The loss is the logarithm of it.`),
      },
      {
        value: -right,
        mistake: mistake(
          'the sign is forgotten',
          say`ln of a number below 1 is below 0; the loss is minus that.`,
        ),
      },
    ]),
    worked: say`L = −ln (1 / ${words}) = ln ${words} = ${decimals(right, DIGITS)}`,
  };
}

function ofQuestions(asked: number, isStep: boolean) {
  const right = asked * Math.LN2;
  const who = isStep ? 'This step' : 'For each word to be predicted the loss';
  return {
    asks: [
      say`${who} asks ${asked} questions of yes or no. A model that knows nothing gives both answers the probability 1/2 each time. What would its loss be?`,
    ],
    answer: number(right, DIGITS, [
      {
        value: Math.LN2,
        mistake: mistake('one question only', say`Each of the ${asked} questions has its price.`),
      },
      {
        value: asked / 2,
        mistake: mistake(
          'the probability itself',
          say`A question costs −ln of the probability of its right answer: −ln 0.5 = 0.693.`,
        ),
      },
      { value: asked * Math.log10(2), mistake: TO_TEN },
      { value: asked, mistake: TO_TWO },
      {
        value: Math.log(asked),
        mistake: mistake(
          'one choice among all',
          say`Nothing is chosen among ${asked}: each question has an answer of its own.`,
        ),
      },
    ]),
    worked: say`L = ${asked} · (−ln 0.5) = ${asked} · 0.6931 = ${decimals(right, DIGITS)}`,
  };
}
