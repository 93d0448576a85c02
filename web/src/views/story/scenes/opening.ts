/** The first screen: which word ends up beside the hero. */
import { fixed, whole } from '$lib/charts/format';
import { href } from '$lib/router.svelte';
import { type Film, pointsAt } from '../film';
import type { Hero } from '../hero';
import { inOrder, type Noun, type Telling, whose } from '../telling';

export interface Opening extends Telling {
  /** What is watched on the map: the hero, and the words to bet on. */
  watched: readonly string[];
}

/** @param film Null where the run was not recorded: then nothing is said of how it came. */
export function openingOf(
  hero: Hero,
  words: number,
  film: Film | null,
  noun: Noun = 'model',
): Opening {
  const { word, answer, second, decoys } = hero;
  const bets = inOrder([answer.word, ...decoys.map((one) => one.word)]);
  const nearest = `${capital(answer.word)}: cosine ${fixed(answer.cosine, { digits: 2 })}, of at most 1.`;
  const next = second
    ? ` The next, ${second.word}, has ${fixed(second.cosine, { digits: 2 })}.`
    : '';
  return {
    question: film ? `Which word will end up beside ${word}?` : `Which word is beside ${word}?`,
    text: film
      ? `${whole(words)} words begin anywhere. Every sentence read moves a few of them. Nobody tells the model what a word means.`
      : `This ${noun} has ${whole(words)} words, each a row of numbers. One of these has numbers much like ${whose(word)}.`,
    options: bets,
    answer: answer.word,
    reveal: nearest + next + (film ? ' All it had was text.' : ''),
    more: {
      label: film ? 'The journey, number by number' : 'Ask for any word’s neighbours',
      href: film ? href('journey') : href('explore', { word }),
    },
    watched: [word, ...bets],
  };
}

/** Of some words, the one nearest on the map to the first of them. */
export function nearestOnMap(film: Film, share: number, watched: readonly string[]): string {
  const points = pointsAt(film, share);
  const [hero, ...others] = watched.map((word) => film.words.indexOf(word));
  const far = (place: number) =>
    Math.hypot(points[place][0] - points[hero][0], points[place][1] - points[hero][1]);
  return film.words[others.reduce((best, place) => (far(place) < far(best) ? place : best))];
}

export const capital = (text: string) => text.slice(0, 1).toLocaleUpperCase() + text.slice(1);
