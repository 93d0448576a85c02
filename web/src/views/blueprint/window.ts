/** A window sliding over a sentence: which words stand in it, and which pairs it gives. */
import type { Schemas } from '$lib/api/routes';

export type Word = Schemas['SentenceWord'];

/** (center, context): places in the sentence. */
export type Pair = readonly [number, number];

export type Role = 'center' | 'context' | 'outside' | 'removed';

export interface Placed {
  word: string;
  row: number | null;
  role: Role;
  /** Kept words between here and the center, counted with its sign; 0 for what was removed. */
  offset: number;
  /** Between the first and the last word of the window, these included. */
  spanned: boolean;
  /** Why it was taken out. */
  removed: string | null;
}

/** Places of the words that were kept. */
export function keptPlaces(words: readonly Word[]): number[] {
  return words.flatMap((word, place) => (word.row === null ? [] : [place]));
}

/**
 * The pairs of a sentence, in reading order. The window counts kept words only.
 *
 * @param window Words to either side; null where each word is paired with the one behind it.
 */
export function slide(words: readonly Word[], window: number | null): Pair[] {
  const kept = keptPlaces(words);
  if (window === null) return kept.slice(1).map((place, at) => [kept[at]!, place]);
  return kept.flatMap((center, at) =>
    kept
      .slice(Math.max(0, at - window), at + window + 1)
      .filter((context) => context !== center)
      .map((context): Pair => [center, context]),
  );
}

/** The word in the middle of those kept, or null where none was. */
export function middle(words: readonly Word[]): number | null {
  const kept = keptPlaces(words);
  return kept[Math.floor((kept.length - 1) / 2)] ?? null;
}

/** The next kept word to the right (1) or the left (−1), or the same at an end. */
export function neighbor(words: readonly Word[], place: number, step: 1 | -1): number {
  const kept = keptPlaces(words);
  return kept[kept.indexOf(place) + step] ?? place;
}

/** What each word of the sentence is to the center. */
export function roles(words: readonly Word[], pairs: readonly Pair[], center: number): Placed[] {
  const kept = keptPlaces(words);
  const contexts = new Set(pairs.filter((pair) => pair[0] === center).map((pair) => pair[1]));
  const inside = [center, ...contexts];
  const [first, last] = [Math.min(...inside), Math.max(...inside)];
  return words.map((word, place) => ({
    word: word.word,
    row: word.row,
    role:
      word.row === null
        ? 'removed'
        : place === center
          ? 'center'
          : contexts.has(place)
            ? 'context'
            : 'outside',
    offset: word.row === null ? 0 : kept.indexOf(place) - kept.indexOf(center),
    spanned: place >= first && place <= last,
    removed: word.removed,
  }));
}

/**
 * The stretch of a long sentence that is shown: as many words, with the center in its middle where
 * the sentence allows.
 *
 * @returns Its first place, and the place behind its last.
 */
export function excerpt(length: number, center: number, most: number): [number, number] {
  const from = Math.max(0, Math.min(center - Math.floor(most / 2), length - most));
  return [from, Math.min(length, from + most)];
}

export interface Trained {
  times: number;
  /** The first step that trained it. */
  first: number;
}

/**
 * In which steps pairs of words were trained.
 *
 * @param center Rows of the steps' center words, from step 1 on.
 * @param target Rows of the words to predict.
 * @param wanted (center row, context row).
 * @returns Of each wanted pair, in their order.
 */
export function trainedSteps(
  center: ArrayLike<number>,
  target: ArrayLike<number>,
  wanted: readonly (readonly [number, number])[],
): Trained[] {
  const found = wanted.map((): Trained => ({ times: 0, first: 0 }));
  const asked = new Map<string, Trained[]>();
  wanted.forEach(([from, to], index) => {
    const key = `${from} ${to}`;
    asked.set(key, [...(asked.get(key) ?? []), found[index]!]);
  });
  const centers = new Set(wanted.map(([from]) => from));
  for (let step = 0; step < center.length; step++) {
    if (!centers.has(center[step]!)) continue;
    for (const one of asked.get(`${center[step]} ${target[step]}`) ?? []) {
      one.times++;
      if (one.first === 0) one.first = step + 1;
    }
  }
  return found;
}
