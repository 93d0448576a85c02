/** What is nearest to a sum of vectors, which is not always what should be. */
import { choices, mistake, type Wrong } from '../asking';
import { kindOf, type Parts } from '../kind';
import { decimals } from '../numbers';
import { say, word } from '../question';
import type { Rng } from '../rng';
import type { Space } from '../space';

const MARGIN = 0.02;

interface Terms {
  a: number;
  b: number;
  c: number;
  /** What should come out, where there is such a word. */
  expected: number | null;
}

export const ANALOGY = kindOf({
  id: 'analogy',
  title: 'Arithmetic with words',
  needs: ['space', 'analogies'],
  generate: (rng, { space, analogies }) => {
    const { a, b, c, expected } = termsOf(rng, space, analogies);
    if (new Set([a, b, c]).size < 3) return null;
    const direction = space.sum([b, c], [a]);
    if (!direction) return null;
    const asked = [a, b, c];
    const order = space.nearestTo(direction, asked);
    const [best, second] = order;
    if (best === undefined || second === undefined) return null;
    const cosine = (at: number) => space.toward(direction, at);
    if (cosine(best) - cosine(second) < MARGIN) return null;

    const name = (at: number) => word(space.words[at]!);
    const wrong: Wrong[] = [];
    const add = (at: number, called: string, why: ReturnType<typeof say>) =>
      wrong.push({ says: [name(at)], mistake: mistake(called, why), measure: cosine(at) });
    if (expected !== null && expected !== best) {
      add(
        expected,
        'what should come out',
        say`${name(expected)} would be the answer by meaning, but in this model ${name(best)} is nearer: ${decimals(cosine(expected), 2)} against ${decimals(cosine(best), 2)}.`,
      );
    }
    const inside = [b, c].toSorted((one, other) => cosine(other) - cosine(one))[0]!;
    add(
      inside,
      'a word of the question',
      say`${name(inside)} went into the sum itself, so that it is near it by nature; words of the question are left out.`,
    );
    add(
      second,
      'the second nearest',
      say`${name(second)} comes next: ${decimals(cosine(second), 2)} against ${decimals(cosine(best), 2)}.`,
    );
    const alone = space.nearest(c).find((at) => !asked.includes(at) && at !== best);
    if (alone !== undefined) {
      add(
        alone,
        'as if nothing were added',
        say`${name(alone)} is near ${name(c)} by itself; the other two words change the direction.`,
      );
    }
    const shown = wrong.filter(
      (one) =>
        one.measure! < cosine(best) - MARGIN || one.mistake.name === 'a word of the question',
    );
    const answer = choices(rng, { says: [name(best)], measure: cosine(best) }, shown);
    if (!answer) return null;
    // In the order of the alphabet, so that the table does not give the answer away.
    const listed = answer.choices
      .map(({ says, measure }) => ({
        name: says.map((one) => (typeof one === 'string' ? one : one.word)).join(''),
        measure: measure!,
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const all = space.size;
    return {
      asks: [
        say`Each vector is brought to length 1; then ${name(b)} − ${name(a)} + ${name(c)} is computed. The answer is the word nearest to the sum, the three words of the question left out.`,
        say`Which of these is it in this model?`,
      ],
      exhibit: {
        type: 'table',
        caption: 'Cosines with the sum',
        head: ['word', 'cosine'],
        rows: listed.map((one) => ({ name: one.name, cells: [decimals(one.measure, 2).text] })),
      },
      answer,
      worked: [
        say`${name(best)} has the largest cosine with the sum, ${decimals(cosine(best), 2)}, of ${all - 3} words that are not in the question.`,
        ...(expected !== null && expected !== best
          ? [say`By meaning it should have been ${name(expected)}: here the model is wrong.`]
          : []),
      ],
      link: { ...link(space, [b, c], a), label: 'This sum in Explore' },
    };
  },
});

/** One of the analogies that go with the model, or three words of which two are alike. */
function termsOf(rng: Rng, space: Space, analogies: Parts['analogies']): Terms {
  const at = (text: string) => space.words.indexOf(text);
  if (analogies.length && rng.chance(0.8)) {
    const { a, b, c, expected } = rng.pick(analogies);
    const found = [a, b, c, expected].map(at);
    if (!found.includes(-1))
      return { a: found[0]!, b: found[1]!, c: found[2]!, expected: found[3]! };
  }
  const b = rng.below(space.size);
  return { b, a: rng.pick(space.nearest(b).slice(0, 3)), c: rng.below(space.size), expected: null };
}

function link(space: Space, plus: readonly number[], minus: number) {
  const words = plus.map((at) => space.words[at]!);
  const taken = space.words[minus]!;
  const readable = ![...words, taken].some((text) => text.includes(','));
  return {
    view: 'explore',
    parameters: {
      plus: readable ? words.join(',') : null,
      minus: readable ? taken : null,
      at: 'arithmetic',
    },
  };
}
