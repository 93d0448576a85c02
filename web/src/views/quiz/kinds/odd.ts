/** Which of four words stands apart from the other three. */
import { choices, mistake, type Wrong } from '../asking';
import { kindOf } from '../kind';
import { decimals } from '../numbers';
import { type Rich, say, word } from '../question';

const MARGIN = 0.15;
const NEAR = 5;

export const ODD = kindOf({
  id: 'odd',
  title: 'Odd one out',
  needs: ['space'],
  generate: (rng, { space }) => {
    if (space.size < 5) return null;
    const first = rng.below(space.size);
    const near = space.nearest(first);
    const trio = [first, ...rng.sample(near.slice(0, NEAR), 2)];
    const odd = rng.pick(near.slice(Math.floor(near.length / 2)));
    const four = rng.shuffled([...trio, odd]);
    if (new Set(four).size < 4) return null;
    const mean = (one: number) =>
      four.reduce((sum, other) => sum + (other === one ? 0 : space.cosine(one, other)), 0) / 3;
    const means = new Map(four.map((one) => [one, mean(one)]));
    const lowest = means.get(odd)!;
    if (trio.some((one) => means.get(one)! < lowest + MARGIN)) return null;

    const name = (at: number) => word(space.words[at]!);
    const named: { at: number; name: string; why: Rich }[] = [];
    const claim = (at: number, called: string, why: Rich) => {
      if (!named.some((one) => one.at === at || one.name === called))
        named.push({ at, name: called, why });
    };
    const by = (value: (at: number) => number) => trio.toSorted((a, b) => value(b) - value(a))[0]!;
    const told = (at: number) =>
      say`The mean of its cosines with the others is ${decimals(means.get(at)!, 2)}.`;
    const { counts, lengths } = space;
    const longest = by((at) => lengths[at]!);
    const close = by((at) =>
      Math.max(...trio.map((other) => (other === at ? -1 : space.cosine(at, other)))),
    );
    claim(
      close,
      'the largest cosine',
      say`${name(close)} has the largest cosine of all with one of the others: that is near, not apart.`,
    );
    if (counts) {
      const rare = by((at) => -counts[at]!);
      claim(
        rare,
        'the rarest word',
        say`${name(rare)} is the rarest of the three that belong together, but rare is not apart. ${told(rare)}`,
      );
    }
    claim(
      longest,
      'the longest vector',
      say`${name(longest)} has the longest vector of those three; a cosine does not see lengths. ${told(longest)}`,
    );
    for (const at of trio) {
      claim(at, 'one low cosine', say`One low cosine does not put ${name(at)} apart. ${told(at)}`);
      claim(
        at,
        'by meaning alone',
        say`Here it is the vectors that say who belongs together. ${told(at)}`,
      );
    }
    const wrong: Wrong[] = named.map((one) => ({
      says: [name(one.at)],
      mistake: mistake(one.name, one.why),
      measure: means.get(one.at)!,
    }));
    const answer = choices(rng, { says: [name(odd)], measure: lowest }, wrong, MARGIN);
    return (
      answer && {
        asks: [
          say`Four words of this model, and the cosines of their vectors.`,
          say`Which of them stands apart from the other three?`,
        ],
        exhibit: {
          type: 'table',
          caption: 'Cosines',
          head: ['', ...four.map((at) => space.words[at]!)],
          rows: four.map((at) => ({
            name: space.words[at]!,
            cells: four.map((other) =>
              other === at ? '–' : decimals(space.cosine(at, other), 2).text,
            ),
          })),
        },
        answer,
        worked: [
          say`The mean of each word’s cosines with the other three:`,
          ...four.map((at) => say`${name(at)}: ${decimals(means.get(at)!, 2)}`),
        ],
        link: {
          ...wordsLink(four.map((at) => space.words[at]!)),
          label: 'These words in Explore',
        },
      }
    );
  },
});

/** Words with a comma in them cannot stand in a list. */
function wordsLink(words: readonly string[]) {
  const list = words.some((text) => text.includes(',')) ? null : words.join(',');
  return { view: 'explore', parameters: { words: list, at: 'likeness' } };
}
