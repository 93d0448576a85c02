/** A whole quiz: a question of each kind that can be asked, the same for the same seed. */
import type { Kind, QuizData } from './kind';
import { KINDS } from './kinds';
import type { Question } from './question';
import { Rng } from './rng';

/** Draws before a kind is given up. */
const DRAWS = 60;

/** Seeds are compared as they are written, but for spaces around them. */
export const seedOf = (text: string): string => text.trim().slice(0, 40);

/** A question of a kind; null where none of its draws gives one that can be told with certainty. */
export function questionOf(kind: Kind, seed: string, data: QuizData): Question | null {
  // Each kind has numbers of its own: one that is added changes no other question.
  const rng = new Rng(`${seed}\n${kind.id}`);
  for (let draw = 0; draw < DRAWS; draw++) {
    const question = kind.generate(rng, data);
    if (question) return question;
  }
  return null;
}

export function compose(seed: string, data: QuizData): Question[] {
  return KINDS.flatMap((kind) => questionOf(kind, seed, data) ?? []);
}
