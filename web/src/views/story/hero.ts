/** The word that the story follows, the word that ends up beside it, and words that do not. */
import { type Near, Words } from './words';

export interface Hero {
  place: number;
  word: string;
  /** Its nearest word. */
  answer: Near;
  /** The runner-up, where there is one: the answer is nearer by a margin. */
  second: Near | null;
  /** Others to bet on, all clearly farther away. */
  decoys: readonly Near[];
}

/** Followed where the model knows it and its nearest word is a clear one. */
const LIKED = ['king', 'queen', 'dog', 'cat', 'france', 'summer'];
/** By so much cosine the nearest word is nearer than the second. */
export const CLEAR = 0.05;
/** By so much a word to bet on is farther away than the nearest. */
export const FAR = 0.25;
const DECOYS = 3;
const LOOKED_AT = 40; // of the most frequent words

type Nearest = (word: string) => Promise<readonly { word: string; cosine: number }[]>;

/**
 * The hero: a liked word whose nearest is clear, else the frequent word whose nearest is clearest.
 *
 * @param ask For the nearest words in the whole of a large model, of which only some are at hand.
 * @returns Null where no word has a clear nearest one and others far away.
 */
export async function chooseHero(words: Words, ask: Nearest): Promise<Hero | null> {
  for (const place of candidates(words)) {
    const hero = heroAt(words, place);
    if (!hero) continue;
    if (words.whole) return hero;
    const [first, second] = await ask(hero.word);
    if (first?.word !== hero.answer.word) continue;
    if (!second || first.cosine - second.cosine >= CLEAR) return hero;
  }
  return null;
}

/** Liked words first, then frequent ones, those of a group before others, by how clear their nearest is. */
function candidates(words: Words): number[] {
  const liked = LIKED.flatMap((word) => words.place(word) ?? []);
  const clear = words
    .frequent()
    .slice(0, LOOKED_AT)
    .filter((place) => !liked.includes(place))
    .map((place) => ({ place, grouped: words.groups[place] >= 0, margin: margin(words, place) }))
    .sort(
      (a, b) => Number(b.grouped) - Number(a.grouped) || b.margin - a.margin || a.place - b.place,
    );
  return [...liked, ...clear.map(({ place }) => place)];
}

function margin(words: Words, place: number): number {
  const [first, second] = words.nearest(place, 2);
  return second ? first.cosine - second.cosine : 0;
}

/** What a word would be as the hero; null where its nearest is no clear one. */
export function heroAt(words: Words, place: number): Hero | null {
  const near = words.nearest(place);
  const [answer, second = null] = near;
  if (!answer || answer.cosine <= 0) return null;
  if (second && answer.cosine - second.cosine < CLEAR) return null;
  const decoys = farFrom(words, place, answer, near);
  return decoys.length === DECOYS
    ? { place, word: words.words[place], answer, second, decoys }
    : null;
}

/** Frequent words far away: of groups of their own, as long as there are groups. */
function farFrom(words: Words, place: number, answer: Near, near: readonly Near[]): Near[] {
  const far = new Map(
    near.filter(({ cosine }) => answer.cosine - cosine >= FAR).map((one) => [one.place, one]),
  );
  const seen = new Set([words.groups[place], words.groups[answer.place]]);
  const found: Near[] = [];
  const frequent = words.frequent().flatMap((other) => far.get(other) ?? []);
  for (const one of frequent) {
    const group = words.groups[one.place];
    if (group >= 0 && seen.has(group)) continue;
    seen.add(group);
    found.push(one);
    if (found.length === DECOYS) return found;
  }
  const rest = frequent.filter((one) => !found.includes(one));
  return [...found, ...rest].slice(0, DECOYS);
}
