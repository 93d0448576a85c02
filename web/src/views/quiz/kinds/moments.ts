/** Three moments of the run in their order, told by what the model thought of one example. */
import { exampleOf } from '$lib/replay/block';
import { choices, mistake } from '../asking';
import { kindOf } from '../kind';
import { significant, whole } from '../numbers';
import { listed, say, word } from '../question';
import { symbolOf } from '../told';

/** From one moment to the next a probability grows by a quarter at least. */
const GROWTH = 1.25;
const NAMES = ['A', 'B', 'C'] as const;

export const MOMENTS = kindOf({
  id: 'moments',
  title: 'Three moments in order',
  needs: ['run'],
  generate: (rng, { run }) => {
    const steps = rng.sample(run.pool, 3).sort((a, b) => a - b);
    if (steps.length < 3) return null;
    const number = rng.pick(run.pool);
    const example = exampleOf(run.block, number);
    const values = steps.map((step) =>
      run.targetProbability(run.step(step).before, number, example),
    );
    if (values[0]! < 1e-5 || values.some((value, at) => at > 0 && value < GROWTH * values[at - 1]!))
      return null;
    // The letters are given in another order than time.
    const order = rng.shuffled([0, 1, 2]);
    const letter = (at: number) => NAMES[order.indexOf(at)]!;
    const says = (places: readonly number[]) => [places.map(letter).join(', ')];
    const wrong = [
      {
        places: [2, 1, 0],
        name: 'backwards',
        why: say`Training makes the word that stands there more probable, not less.`,
      },
      {
        places: [1, 0, 2],
        name: 'the first two are swapped',
        why: say`${letter(0)} has the lowest probability: it comes first.`,
      },
      {
        places: [0, 2, 1],
        name: 'the last two are swapped',
        why: say`${letter(2)} has the highest probability: it comes last.`,
      },
    ];
    const answer = choices(
      rng,
      { says: says([0, 1, 2]) },
      wrong.map(({ places, name, why }) => ({ says: says(places), mistake: mistake(name, why) })),
    );
    if (!answer) return null;
    const symbol = run.loss.wordsHaveRows ? symbolOf(run.loss) : 'P';
    const target = word(run.words[example.target]!);
    const given = listed(
      Array.from(example.members, (row) => run.words[row]!),
      ', ',
      ' and ',
    );
    const go = example.members.length > 1 ? 'go' : 'goes';
    const asked =
      run.loss.asksAll || !run.loss.wordsHaveRows
        ? say`how probable ${target} is where ${given} ${go} in`
        : say`whether ${target} is what is to be predicted where ${given} ${go} in, and said yes with σ`;
    return {
      asks: [
        say`At three moments of its training the model was asked ${asked}. It is in the text, and was learned better and better.`,
        say`In which order were the moments?`,
      ],
      exhibit: {
        type: 'table',
        caption: 'What the model said',
        head: ['moment', symbol],
        rows: NAMES.map((name, at) => ({
          name,
          cells: [significant(values[order[at]!]!, 3).text],
        })),
      },
      answer,
      worked: [
        say`${symbol} grew from ${significant(values[0]!, 3)} to ${significant(values[1]!, 3)} and ${significant(values[2]!, 3)}.`,
        say`${steps
          .map((step, at) => `${letter(at)}: before step ${whole(step).text}`)
          .join('; ')}.`,
      ],
      link: {
        view: 'walkthrough',
        parameters: { step: steps[0], compare: steps[2], stage: 'softmax' },
        label: 'The first and the last of them side by side',
      },
    };
  },
});
