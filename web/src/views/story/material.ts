/** What all scenes are made of: asked for once, when the story begins. */
import type { Source } from '$lib/api/source';
import { type Hero, chooseHero } from './hero';
import type { Film } from './film';
import { type Question, questionsFor, RELATIONS } from './relations';
import { Words } from './words';

export interface Material {
  words: Words;
  /** Null where no word has a clear nearest one. */
  hero: Hero | null;
  /** Null where the run was not recorded. */
  film: Film | null;
  /** Those whose words the model knows. */
  questions: readonly Question[];
  /** A word by its row; '' where it is not known. */
  nameOf: (row: number) => string;
}

// Of larger models the server does not send the vocabulary whole.
const LARGEST_VOCABULARY = 100_000;
const ASKED_AT_ONCE = 12; // words of relations that a large model is asked for

export async function gather(source: Source, signal: AbortSignal): Promise<Material> {
  const { features, words: count } = source.subject;
  const [weights, vocabulary, paths] = await Promise.all([
    source.binary('/api/weights', { signal }),
    count <= LARGEST_VOCABULARY ? source.json('/api/vocabulary', { signal }) : null,
    features.steps || features.snapshots
      ? source.binary('/api/journey/trajectories', { signal })
      : null,
  ]);
  const words = new Words(weights, vocabulary);
  const hero = await chooseHero(words, async (word) => {
    const query = { word, topn: 2 };
    return (await source.json('/api/explore/neighbors', { query, signal })).nearest;
  });
  const all = vocabulary?.words ?? null;
  const known = all ? new Set(all) : await knownOf(source, signal);
  const names = new Map(words.rows.map((row, place) => [row, words.words[place]]));
  return {
    words,
    hero,
    film: paths && {
      words: paths.payload.words,
      groups: paths.payload.groups,
      snapshots: paths.payload.snapshots,
      positions: paths.arrays.positions.data,
    },
    questions: questionsFor((word) => known.has(word)),
    nameOf: (row) => (all ? all[row] : names.get(row)) ?? '',
  };
}

/** The words of the first relations that a large model knows. */
async function knownOf(source: Source, signal: AbortSignal): Promise<Set<string>> {
  const asked = [...new Set(RELATIONS.flatMap((pairs) => pairs.slice(0, 2).flat()))];
  const word = asked.slice(0, 2 * ASKED_AT_ONCE);
  const half = [word.slice(0, ASKED_AT_ONCE), word.slice(ASKED_AT_ONCE)];
  const answers = await Promise.all(
    half
      .filter((some) => some.length)
      .map((some) => source.json('/api/explore/similarity', { query: { word: some }, signal })),
  );
  return new Set(answers.flatMap((answer) => answer.words));
}
