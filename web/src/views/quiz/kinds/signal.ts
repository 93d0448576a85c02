/** The error that drives a row. */
import { choices, mistake } from '../asking';
import { kindOf } from '../kind';
import { decimals, significant } from '../numbers';
import { say } from '../question';
import { roleOf, rowNamed, stepIs, stepLink, symbolOf } from '../told';

const MARGIN = 0.02;

export const SIGNAL = kindOf({
  id: 'signal',
  title: 'The error',
  needs: ['run'],
  generate: (rng, { run }) => {
    const { shown } = run.anyStep(rng);
    const places = shown.rows.map((_, place) => place);
    const pulling = places.filter((place) => shown.label(place) === 1);
    const place = rng.pick(pulling.length && rng.chance(0.6) ? pulling : places);
    const p = shown.probability(place);
    const y = shown.label(place);
    const symbol = symbolOf(shown.loss);
    const error = p - y;
    const says = (value: number) => [decimals(value, 3).text];
    const wrong = [
      {
        value: -error,
        name: 'the sign is turned',
        why: say`The slope of the loss by the score is ${symbol} − y: below 0 where the score should grow.`,
      },
      {
        value: y ? p : 1 - p,
        name: y ? 'the label is forgotten' : 'as if it were the answer',
        why: say`y is ${y} here, and the error is ${symbol} − y.`,
      },
      {
        value: -Math.log(y ? p : 1 - p),
        name: 'the loss itself',
        why: say`−ln of the probability is what it costs; its slope by the score is ${symbol} − y.`,
      },
      {
        value: y,
        name: 'the label itself',
        why: say`What counts is how far ${symbol} is from the label.`,
      },
      {
        value: p * (1 - p),
        name: 'the slope of the sigmoid',
        why: say`With the logarithm in the loss this factor cancels: what is left is ${symbol} − y.`,
      },
    ];
    const answer = choices(
      rng,
      { says: says(error), measure: error },
      [wrong[0]!, ...rng.shuffled(wrong.slice(1))].map(({ value, name, why }) => ({
        says: says(value),
        mistake: mistake(name, why),
        measure: value,
      })),
      MARGIN,
    );
    return (
      answer && {
        asks: [
          stepIs(shown),
          say`For ${rowNamed(shown, place)}, ${roleOf(shown, place)}, the model said ${symbol} = ${significant(p, 3)}. What is the slope of the loss by its score: the error that its gradient is made of?`,
        ],
        exhibit: null,
        answer,
        worked: [
          say`y = ${y}: ${symbol} − y = ${significant(p, 3)} − ${y} = ${decimals(error, 3)}`,
          y
            ? say`It is below 0: a higher score would make the loss smaller, so that the step raises it.`
            : say`It is above 0: a higher score would make the loss larger, so that the step lowers it.`,
        ],
        link: stepLink(shown, 'gradient', shown.rows[place]),
      }
    );
  },
});
