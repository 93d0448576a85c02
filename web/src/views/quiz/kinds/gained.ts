/** Which word a step makes more probable. */
import { choices, mistake, type Wrong } from '../asking';
import { kindOf } from '../kind';
import { decimals, significant } from '../numbers';
import { plainText, type Rich, say, word } from '../question';
import { inputs, stepIs, stepLink } from '../told';

/** Changes of ln P, or of the score, that are clear: a part of the largest of all. */
const SHARE = 0.04;
const LEAST = 2e-3;

export const GAINED = kindOf({
  id: 'gained',
  title: 'Who gained',
  needs: ['run'],
  generate: (rng, { run }) => {
    const { shown, example, before, after } = run.anyStep(rng);
    const [was, is] = [run.fits(before, example), run.fits(after, example)];
    const change = is.map((value, row) => value - was[row]!);
    const largest = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const clear = Math.max(LEAST, SHARE * largest);
    const { target } = shown.facts;
    if (!(change[target]! >= clear)) return null;
    const losers = Array.from(change, (_, row) => row).filter((row) => change[row]! <= -clear);
    const inside = new Set(example.members);
    const negatives = new Set(shown.facts.negatives);
    const best = losers.toSorted((a, b) => was[b]! - was[a]!)[0];
    const counts = run.predicted;
    const frequent = losers.toSorted((a, b) => counts[b]! - counts[a]!)[0];
    const described = (row: number): [string, Rich] => {
      const name = word(run.words[row]!);
      if (inside.has(row)) {
        return [
          'the word that goes in',
          say`${name} went in; as a word to predict it is a wrong answer here.`,
        ];
      }
      if (negatives.has(row)) {
        return [
          'a word that was drawn',
          say`${name} was drawn as a word that does not stand here: its score is pushed down.`,
        ];
      }
      if (row === best) {
        return [
          'who leads gains',
          say`${name} fitted best of all that lost, but did not stand here: what is likely and wrong loses.`,
        ];
      }
      if (row === frequent) {
        return [
          'who is frequent gains',
          say`${name} is to be predicted at ${counts[row]!} places of the text, but not at this one.`,
        ];
      }
      return [
        'any word',
        say`${name} did not stand here; this step was about ${word(shown.target)}.`,
      ];
    };
    const order = [
      ...losers.filter((row) => inside.has(row)),
      ...rng.shuffled(losers.filter((row) => negatives.has(row))).slice(0, 1),
      ...rng.shuffled([best, frequent].filter((row) => row !== undefined)),
      ...rng.shuffled(losers),
    ];
    const wrong: Wrong[] = [...new Set(order)].map((row) => {
      const [name, why] = described(row);
      return { says: [word(run.words[row]!)], mistake: mistake(name, why), measure: change[row]! };
    });
    const answer = choices(
      rng,
      { says: [word(shown.target)], measure: change[target]! },
      wrong,
      2 * clear,
    );
    if (!answer) return null;
    const measured = run.loss.asksAll || !run.loss.wordsHaveRows;
    const worth = (value: number) =>
      measured ? significant(Math.exp(value), 3) : decimals(value, 3);
    const lines = answer.choices.map(({ says }) => {
      const row = [target, ...order].find((one) => run.words[one] === plainText(says))!;
      return say`${says}: ${measured ? 'P' : 'score'} ${worth(was[row]!)} → ${worth(is[row]!)}`;
    });
    return {
      asks: [
        stepIs(shown),
        say`After the step the model is asked once more what goes with ${inputs(shown)}. Which of these words ${measured ? 'is more probable' : 'has a higher score'} than before?`,
      ],
      exhibit: null,
      answer,
      worked: [
        measured
          ? say`Probabilities add up to 1: what ${word(shown.target)} gains others lose.`
          : say`${word(shown.target)} is the word that was to be predicted: its row and h are drawn together.`,
        ...lines,
      ],
      link: stepLink(shown, 'update'),
    };
  },
});
