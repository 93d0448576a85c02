/** From probabilities to the loss. */
import { mistake, number, reachable } from '../asking';
import { kindOf } from '../kind';
import { decimals, significant } from '../numbers';
import { say, word } from '../question';
import type { ShownStep } from '$views/walkthrough/shown-step';
import { roleOf, stepIs, stepLink, symbolOf } from '../told';

const DIGITS = 2;
const MOST_QUESTIONS = 7;

export const SURPRISE = kindOf({
  id: 'surprise',
  title: 'Probability to loss',
  needs: ['run'],
  generate: (rng, { run }) => {
    const { shown } = run.anyStep(rng);
    return shown.loss.asksAll ? ofOne(shown) : ofQuestions(shown);
  },
});

function ofOne(shown: ShownStep) {
  const p = significant(shown.facts.probability, 4);
  const { loss } = shown.facts;
  const answer = number(loss, DIGITS, [
    {
      value: -Math.log10(p.value),
      mistake: mistake('the logarithm to ten', say`The loss takes the natural logarithm, ln.`),
    },
    {
      value: -Math.log2(p.value),
      mistake: mistake('the logarithm to two', say`The loss takes the natural logarithm, ln.`),
    },
    {
      value: -loss,
      mistake: mistake(
        'the sign is forgotten',
        say`ln of a number below 1 is below 0; the loss is minus that.`,
      ),
    },
    {
      value: 1 - p.value,
      mistake: mistake(
        'what is missing to 1',
        say`The loss is not how much probability is missing, but −ln of what is there: it grows without bound as P goes to 0.`,
      ),
    },
    {
      value: 1 / p.value,
      mistake: mistake(
        'one over P',
        say`1/P counts among how many words it would be a guess; the loss is the logarithm of that.`,
      ),
    },
  ]);
  if (loss < 0.05 || p.value < 1e-6 || !reachable(answer, -Math.log(p.value))) return null;
  return {
    asks: [
      stepIs(shown),
      say`The softmax gives ${word(shown.target)} the probability P = ${p}. What is the loss of this step?`,
    ],
    exhibit: null,
    answer,
    worked: [say`L = −ln P = −ln ${p} = ${decimals(loss, DIGITS)}`],
    link: stepLink(shown, 'loss'),
  };
}

function ofQuestions(shown: ShownStep) {
  const places = shown.rows.map((_, place) => place);
  if (places.length > MOST_QUESTIONS || places.length < 2) return null;
  const symbol = symbolOf(shown.loss);
  const agreed = places.map((place) => shown.agreed(place));
  const said = places.map((place) => decimals(shown.probability(place), 4));
  const right = places.map((place) =>
    shown.label(place) ? said[place]!.value : 1 - said[place]!.value,
  );
  const cost = (values: readonly number[]) =>
    values.reduce((sum, value) => sum - Math.log(value), 0);
  const { loss } = shown.facts;
  const positive = places.filter((place) => shown.label(place) === 1);
  const answer = number(loss, DIGITS, [
    {
      value: cost(said.map(({ value }) => value)),
      mistake: mistake(
        `−ln ${symbol} for all`,
        say`Where the right answer is no, 1 − ${symbol} is its probability.`,
      ),
    },
    {
      value: cost(positive.map((place) => right[place]!)),
      mistake: mistake(
        'only where yes is right',
        say`Each question has its price, those that should be answered with no as well.`,
      ),
    },
    {
      value: -loss,
      mistake: mistake(
        'the sign is forgotten',
        say`ln of a number below 1 is below 0; the loss is minus that.`,
      ),
    },
    {
      value: cost(right) / places.length,
      mistake: mistake(
        'the mean',
        say`The prices of the ${places.length} questions are added, not averaged.`,
      ),
    },
    {
      value: right.reduce((sum, value) => sum + 1 - value, 0),
      mistake: mistake(
        'what is missing to 1',
        say`Each question costs −ln of the probability of its right answer, not what is missing to 1.`,
      ),
    },
    {
      value: cost(right) / Math.LN10,
      mistake: mistake('the logarithm to ten', say`The loss takes the natural logarithm, ln.`),
    },
  ]);
  if (loss < 0.05 || Math.min(...agreed) < 1e-3 || !reachable(answer, cost(right))) return null;
  // One of each answer.
  const examples = places.filter(
    (place) => place === places.find((other) => shown.label(other) === shown.label(place)),
  );
  const prices = agreed.map((value) => decimals(-Math.log(value), 3).text);
  return {
    asks: [
      stepIs(shown),
      say`Each question costs −ln of the probability of its right answer: ${symbol} where that is yes, 1 − ${symbol} where it is no. What is the loss of this step?`,
    ],
    exhibit: {
      type: 'table' as const,
      caption: 'The questions of this step',
      head: [shown.loss.rowNoun, symbol, 'right answer'],
      rows: places.map((place) => ({
        name: shown.rows[place]!,
        cells: [said[place]!.text, shown.label(place) ? 'yes' : 'no'],
      })),
    },
    answer,
    worked: [
      ...examples.map(
        (place) =>
          say`${shown.rows[place]!}, ${roleOf(shown, place)}: −ln ${shown.label(place) ? '' : `(1 − ${said[place]!.text}) = −ln `}${decimals(right[place]!, 4)} = ${prices[place]!}`,
      ),
      say`L = ${prices.join(' + ')} = ${decimals(loss, DIGITS)}`,
    ],
    link: stepLink(shown, 'loss'),
  };
}
