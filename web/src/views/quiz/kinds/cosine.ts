/** Nearness is direction: the largest dot product need not be the nearest word. */
import { choices, mistake, type Wrong } from '../asking';
import { kindOf } from '../kind';
import { decimals, significant } from '../numbers';
import { say, word } from '../question';

const MARGIN = 0.04;

export const COSINE = kindOf({
  id: 'cosine',
  title: 'Cosine, not product',
  needs: ['space'],
  generate: (rng, { space }) => {
    if (space.size < 5) return null;
    const at = rng.below(space.size);
    const near = space.nearest(at);
    const four = rng.sample(near.slice(0, Math.max(8, Math.floor(near.length / 3))), 4);
    const cosine = (one: number) => space.cosine(at, one);
    const product = (one: number) => space.dot(at, one);
    const [best] = four.toSorted((a, b) => cosine(b) - cosine(a));
    const [largest] = four.toSorted((a, b) => product(b) - product(a));
    if (best === undefined || largest === undefined || best === largest) return null;
    const name = (one: number) => word(space.words[one]!);
    // Numbers that a reader divides: what comes out must be told apart as clearly as the cosines.
    const read = (one: number) =>
      significant(product(one), 3).value /
      (significant(space.lengths[at]!, 3).value * significant(space.lengths[one]!, 3).value);
    if (
      four.some(
        (one) =>
          one !== best &&
          (cosine(best) - cosine(one) < MARGIN || read(best) - read(one) < MARGIN / 2),
      )
    )
      return null;
    const wrong: Wrong[] = [
      {
        says: [name(largest)],
        mistake: mistake(
          'the largest product',
          say`${name(largest)} has the largest product because its vector is long: divided by both lengths it is ${decimals(cosine(largest), 2)}.`,
        ),
        measure: cosine(largest),
      },
    ];
    const rest = four.filter((one) => one !== best && one !== largest);
    const shortest = rest.toSorted((a, b) => space.lengths[a]! - space.lengths[b]!)[0]!;
    for (const one of [shortest, ...rest]) {
      wrong.push(
        {
          says: [name(one)],
          mistake: mistake(
            'the shortest vector',
            say`A short vector is not a near one: its cosine is ${decimals(cosine(one), 2)}.`,
          ),
          measure: cosine(one),
        },
        {
          says: [name(one)],
          mistake: mistake(
            'a product alone',
            say`Its product has to be divided by both lengths: ${decimals(cosine(one), 2)}.`,
          ),
          measure: cosine(one),
        },
      );
    }
    const answer = choices(rng, { says: [name(best)], measure: cosine(best) }, wrong, MARGIN);
    return (
      answer && {
        asks: [
          say`The vector of ${name(at)} has the length ${significant(space.lengths[at]!, 3)}. Four other words, the lengths of their vectors, and the dot products with it.`,
          say`Which of them is nearest to ${name(at)} by cosine?`,
        ],
        exhibit: {
          type: 'table',
          caption: `Beside ${space.words[at]!}`,
          head: ['word', 'length', 'product'],
          rows: four.map((one) => ({
            name: space.words[one]!,
            cells: [significant(space.lengths[one]!, 3).text, significant(product(one), 3).text],
          })),
        },
        answer,
        worked: [
          say`The cosine is the product divided by both lengths:`,
          ...four.map(
            (one) =>
              say`${name(one)}: ${significant(product(one), 3)} / (${significant(space.lengths[at]!, 3)} · ${significant(space.lengths[one]!, 3)}) = ${decimals(cosine(one), 2)}`,
          ),
        ],
        link: {
          view: 'explore',
          parameters: { word: space.words[at]!, at: 'nearest' },
          label: 'Its neighbours in Explore',
        },
      }
    );
  },
});
