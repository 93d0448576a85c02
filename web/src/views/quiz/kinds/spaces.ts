/** Which of two lists of neighbours was found in W, and which in W′. */
import { choices, mistake } from '../asking';
import { kindOf } from '../kind';
import { whole } from '../numbers';
import { say, word } from '../question';

const LISTED = 5;
/** The words of the one list are met beside the word so many times as often as those of the other. */
const MARGIN = 2;

export const SPACES = kindOf({
  id: 'spaces',
  title: 'W and W′',
  needs: ['run', 'space'],
  generate: (rng, { run, space }) => {
    if (!space.hasOutputs || space.size < 2 * LISTED) return null;
    const at = rng.below(space.size);
    const row = run.words.indexOf(space.words[at]!);
    if (row < 0) return null;
    const together = run.together(row);
    const alike = space.nearest(at).slice(0, LISTED);
    // The word itself would tell the lists apart.
    const across = space
      .nearest(at, true)
      .filter((one) => one !== at)
      .slice(0, LISTED);
    if (alike.filter((one) => across.includes(one)).length > 2) return null;
    const times = (one: number) => together[run.words.indexOf(space.words[one]!)] ?? 0;
    const total = (list: readonly number[]) => list.reduce((sum, one) => sum + times(one), 0);
    const [of, beside] = [total(alike), total(across)];
    if (beside < LISTED || beside < MARGIN * of) return null;
    const firstIsAlike = rng.chance(0.5);
    const lists = firstIsAlike ? [alike, across] : [across, alike];
    const [one, other] = firstIsAlike ? ['A', 'B'] : ['B', 'A'];
    const name = word(space.words[at]!);
    const answer = choices(rng, { says: [`W with W: ${one}; W with W′: ${other}`] }, [
      {
        says: [`W with W: ${other}; W with W′: ${one}`],
        mistake: mistake(
          'the matrices are mixed up',
          say`Rows of W′ are trained to score high where their word is to be predicted: near a row of W stand the words that it predicts.`,
        ),
      },
      {
        says: ['W with W: both'],
        mistake: mistake(
          'one matrix',
          say`List ${other} has words that are met beside ${name}, ${beside} times in all: it was found in W′.`,
        ),
      },
      {
        says: ['W with W′: both'],
        mistake: mistake(
          'neighbours are partners',
          say`The words of list ${one} are met beside ${name} ${of} times only: they are used alike, which W tells.`,
        ),
      },
    ]);
    return (
      answer && {
        asks: [
          say`Two lists of the words nearest to ${name}: its row of W was compared with the rows of W, and with the rows of W′. Beside each word stands how often it is to be predicted where ${name} goes in.`,
          say`Which list is which?`,
        ],
        exhibit: {
          type: 'table',
          caption: 'Nearest words, and how often they are met together in the text',
          head: ['', 'A', 'B'],
          rows: Array.from({ length: LISTED }, (_, place) => ({
            name: String(place + 1),
            cells: lists.map(
              (list) => `${space.words[list[place]!]!} (${whole(times(list[place]!)).text}×)`,
            ),
          })),
        },
        answer,
        worked: [
          say`A row of W′ is pulled towards the rows of W it is to be predicted from. So W with W′ finds what stands beside ${name}: list ${other}, met ${beside} times.`,
          say`W with W finds words that are used alike, whether they meet or not: list ${one}, met ${of} times.`,
        ],
        link: {
          view: 'explore',
          parameters: {
            word: space.words[at]!,
            space: 'input-output',
            at: 'nearest',
          },
          label: 'These neighbours in Explore',
        },
      }
    );
  },
});
