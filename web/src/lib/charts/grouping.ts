/** Which words belong together. */
import type { Schemas } from '$lib/api/routes';
import type { Source } from '$lib/api/source';

export interface Grouping {
  names: readonly string[];
  /** The words of each group, in its own order. */
  members: readonly (readonly string[])[];
  /** Word → number of its group; words in none are missing. */
  of: ReadonlyMap<string, number>;
}

export const NO_GROUPS: Grouping = { names: [], members: [], of: new Map() };

export function grouping({ words, groups }: Schemas['Vocabulary']): Grouping {
  const members = groups.map(({ rows }) => rows.map((row) => words[row]));
  const of = new Map(
    members.flatMap((group, number) => group.map((word): [string, number] => [word, number])),
  );
  return { names: groups.map(({ name }) => name), members, of };
}

/** Places of words in the order of their groups, and how many each group has. */
export function byGroup(words: readonly string[], { names, members, of }: Grouping) {
  const placeOf = new Map(words.map((word, place) => [word, place]));
  const order: number[] = [];
  const sizes: { name: string; count: number }[] = [];
  const add = (name: string, places: number[]) => {
    if (!places.length) return;
    order.push(...places);
    sizes.push({ name, count: places.length });
  };
  members.forEach((group, number) => {
    const places = group.map((word) => placeOf.get(word));
    add(
      names[number],
      places.filter((place) => place !== undefined),
    );
  });
  add(
    'others',
    words.flatMap((word, place) => (of.has(word) ? [] : [place])),
  );
  return { order, sizes };
}

// Of larger models the server does not send the vocabulary whole.
const LARGEST_VOCABULARY = 100_000;

/** The groups of what is open; none for a model too large to be asked for its vocabulary. */
export async function fetchGrouping(source: Source, signal: AbortSignal): Promise<Grouping> {
  if (source.subject.words > LARGEST_VOCABULARY) return NO_GROUPS;
  return grouping(await source.json('/api/vocabulary', { signal }));
}
