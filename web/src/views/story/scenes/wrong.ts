/** Where it is wrong: neighbours that no person would name, and other seeds. */
import { fixed } from '$lib/charts/format';
import { href } from '$lib/router.svelte';
import { inOrder, type Telling } from '../telling';
import type { Near, Words } from '../words';

export interface Wrong extends Telling {
  word: string;
  /** The nearest words, and which of them are of another group. */
  near: readonly (Near & { odd: boolean })[];
}

/** By so much cosine the odd neighbour is nearer than the nearest of the word's own group. */
export const CLEAR = 0.05;
const NEAR = 6;

/**
 * The word whose nearest word is of another group by the largest margin.
 *
 * Where nobody has sorted the words into groups, the word whose nearest is farthest away: what is
 * wrong there is a list that always has a first.
 */
export function wrongOf(words: Words): Wrong | null {
  return words.whole && words.groupNames.length ? oddOne(words) : lonelyOne(words);
}

function oddOne(words: Words): Wrong | null {
  let best: { place: number; first: Near; own: Near; margin: number } | null = null;
  for (let place = 0; place < words.words.length; place++) {
    const group = words.groups[place];
    if (group < 0) continue;
    const near = words.nearest(place);
    const [first] = near;
    const own = near.find((one) => words.groups[one.place] === group);
    if (!own || words.groups[first.place] === group || words.groups[first.place] < 0) continue;
    const margin = first.cosine - own.cosine;
    if (margin >= CLEAR && (!best || margin > best.margin)) best = { place, first, own, margin };
  }
  if (!best) return lonelyOne(words);
  const { place, first, own } = best;
  const word = words.words[place];
  const group = words.groupNames[words.groups[place]];
  const mates = words
    .nearest(place)
    .filter((one) => words.groups[one.place] === words.groups[place])
    .slice(0, 3);
  const number = (value: number) => fixed(value, { digits: 2 });
  return {
    question: `Which word is nearest to ${word}?`,
    text: `We sorted the words by meaning and put ${word} under ${group}. The model never saw that list.`,
    options: inOrder([first.word, ...mates.map((one) => one.word)]),
    answer: first.word,
    reveal: `${first.word}, at ${number(first.cosine)}, before ${own.word}, at ${number(own.cosine)}. It learned who stands beside whom, not what things are.`,
    more: { label: 'Nearest words of any word', href: href('explore', { word, at: 'nearest' }) },
    word,
    near: words
      .nearest(place, NEAR)
      .map((one) => ({ ...one, odd: words.groups[one.place] !== words.groups[place] })),
  };
}

/** By so much cosine a list's first word is ahead of its second. */
const AHEAD = 0.01;

function lonelyOne(words: Words): Wrong | null {
  const lists = words
    .frequent()
    .map((place) => ({ place, near: words.nearest(place, NEAR) }))
    .filter(({ near }) => near.length >= 4 && near[0].cosine - near[1].cosine >= AHEAD)
    .sort((a, b) => a.near[0].cosine - b.near[0].cosine || a.place - b.place);
  const lonely = lists[0];
  const usual = lists[Math.floor(lists.length / 2)];
  if (!lonely || usual.near[0].cosine - lonely.near[0].cosine < CLEAR) return null;
  const word = words.words[lonely.place];
  const [first] = lonely.near;
  const number = (value: number) => fixed(value, { digits: 2 });
  return {
    question: `Which word is nearest to ${word}?`,
    text: `Ask for neighbours${words.among} and you get a list, always, even where nothing is near.`,
    options: inOrder(lonely.near.slice(0, 4).map((one) => one.word)),
    answer: first.word,
    reveal: `${first.word}, at cosine ${number(first.cosine)}. The nearest of ${words.words[usual.place]} has ${number(usual.near[0].cosine)}. Being first in a list does not mean being near.`,
    more: { label: 'Nearest words of any word', href: href('explore', { word, at: 'nearest' }) },
    word,
    near: lonely.near.map((one) => ({ ...one, odd: false })),
  };
}
