/** Answers that were given, kept in this browser only: by model and seed. */

const KEY = 'lexiscope-quiz';
/** Quizzes that are kept; the one that was touched longest ago goes first. */
const MOST = 30;

/** The place of a choice, or a number as it was typed. */
export type Given = number | string;

/** By kind of question. */
export type Answers = Readonly<Record<string, Given>>;

interface Kept {
  model: string;
  seed: string;
  answers: Answers;
}

function readAll(): Kept[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? found.filter(isKept) : [];
  } catch {
    // Storage is closed, or holds something else.
    return [];
  }
}

function isKept(found: unknown): found is Kept {
  if (typeof found !== 'object' || found === null) return false;
  const { model, seed, answers } = found as Partial<Kept>;
  if (typeof model !== 'string' || typeof seed !== 'string') return false;
  if (typeof answers !== 'object' || answers === null) return false;
  return Object.values(answers).every((one) => ['number', 'string'].includes(typeof one));
}

export function answersTo(model: string, seed: string): Answers {
  return readAll().find((one) => one.model === model && one.seed === seed)?.answers ?? {};
}

/** Keeps the answers to a quiz; none at all forgets it. */
export function keep(model: string, seed: string, answers: Answers): void {
  const others = readAll().filter((one) => one.model !== model || one.seed !== seed);
  const all = Object.keys(answers).length ? [{ model, seed, answers }, ...others] : others;
  try {
    localStorage.setItem(KEY, JSON.stringify(all.slice(0, MOST)));
  } catch {
    // Storage is closed: the answers last as long as the page does.
  }
}

/** Seeds that were begun with a model, the latest first. */
export const begun = (model: string): { seed: string; answered: number }[] =>
  readAll()
    .filter((one) => one.model === model)
    .map(({ seed, answers }) => ({ seed, answered: Object.keys(answers).length }));
