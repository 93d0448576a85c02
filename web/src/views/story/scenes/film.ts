/** The whole run as a film of the map. */
import { fixed, whole } from '$lib/charts/format';
import { href } from '$lib/router.svelte';
import { behind, type Film, type Formed, formed } from '../film';
import type { Telling } from '../telling';

export interface Filmed extends Telling {
  groups: readonly Formed[];
}

const ASKED = 0.2; // of the run
const APART = 0.12; // so far a wrong answer is from the right one

/**
 * @param steps Of the run; 0 where it is told in shares.
 * @param names Of the groups.
 */
export function filmOf(film: Film, steps: number, names: readonly string[]): Filmed {
  const groups = formed(film);
  const done = behind(film, ASKED);
  const wrong = [0.1, 0.35, 0.6, 0.85]
    .filter((share) => Math.abs(share - done) >= APART)
    .sort((a, b) => Math.abs(b - done) - Math.abs(a - done) || a - b);
  // One that is far off and one that is near.
  const options = [done, wrong[0], wrong[wrong.length - 1]].sort((a, b) => a - b).map(named);
  const ending = groups.filter(({ since }) => since !== null);
  // Who stood together from the start did not come together.
  const early = ending
    .filter(({ since }) => since! > 0)
    .sort((a, b) => a.since! - b.since! || a.group - b.group);
  const when = (share: number) => (steps ? `step ${whole(share * steps)}` : named(share));
  const first = early[0];
  const grouped = first
    ? ` ${whole(ending.length)} of ${whole(groups.length)} groups, named here, end a third closer together than words at large; the first is ${names[first.group]}, from ${when(first.since!)}.`
    : '';
  const times = steps ? `${whole(steps)} steps` : 'one run';
  return {
    question: `${times[0].toUpperCase()}${times.slice(1)} in ten seconds`,
    text: `How much of the words’ way is done after a fifth of it? Bet, then watch. Choose a word to follow it.`,
    options,
    answer: named(done),
    reveal: `${named(done)} of the way, averaged over ${whole(film.words.length)} words.${grouped}`,
    more: { label: 'The journey in six pictures', href: href('journey', { at: 'picture' }) },
    groups,
  };
}

const named = (share: number) => `${fixed(100 * share, { digits: 0 })} %`;
