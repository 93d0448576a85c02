/** What kinds of question put their answers together with; null where nothing can be asked. */
import type { Rng } from './rng';
import {
  type Choice,
  type Choices,
  isRight,
  type Mistake,
  type NumberAnswer,
  plainText,
  type Rich,
  tolerance,
} from './question';

const MOST = 4;
const FEWEST = 3;

export interface Wrong {
  says: Rich;
  mistake: Mistake;
  measure?: number;
}

/** A mistake by its name, and why it is one. */
export const mistake = (name: string, why: Rich): Mistake => ({ name, why });

/**
 * The right choice among wrong ones, in random order. Of wrong ones that read the same, or too near
 * the right one, the first is taken; the earlier ones go before.
 *
 * @param margin By how much measures have to differ from the right one's.
 */
export function choices(
  rng: Rng,
  right: { says: Rich; measure?: number },
  wrong: readonly Wrong[],
  margin: number | null = null,
): Choices | null {
  const taken = new Set([plainText(right.says)]);
  const names = new Set<string>();
  const kept: Choice[] = [];
  for (const { says, mistake: made, measure } of wrong) {
    const text = plainText(says);
    if (taken.has(text) || names.has(made.name)) continue;
    if (margin !== null && !(Math.abs((measure ?? NaN) - (right.measure ?? NaN)) >= margin))
      continue;
    taken.add(text);
    names.add(made.name);
    kept.push({ says, mistake: made, measure: measure ?? null });
    if (kept.length === MOST - 1) break;
  }
  if (kept.length + 1 < FEWEST) return null;
  const first: Choice = { says: right.says, mistake: null, measure: right.measure ?? null };
  const all = rng.shuffled([first, ...kept]);
  return { type: 'choice', choices: all, right: all.indexOf(first), margin };
}

/** A number to be typed, with what mistakes lead to; those that cannot be told apart are left out. */
export function number(
  value: number,
  digits: number,
  traps: readonly { value: number; mistake: Mistake }[],
): NumberAnswer {
  const answer: NumberAnswer = { type: 'number', value, digits, traps: [] };
  const kept: { value: number; mistake: Mistake }[] = [];
  for (const trap of traps) {
    if (!Number.isFinite(trap.value)) continue;
    // Numbers that round alike would be told apart by nobody.
    const near = (other: number) => Math.abs(other - trap.value) <= 2.2 * tolerance(answer);
    if (near(value) || kept.some((one) => near(one.value))) continue;
    kept.push(trap);
  }
  return { ...answer, traps: kept };
}

/**
 * Whether who works with the numbers as they are shown comes to the answer: both round alike.
 *
 * @param found What the shown numbers give.
 */
export function reachable(answer: NumberAnswer, found: number): boolean {
  const rounded = Number(found.toFixed(answer.digits));
  const exact = Number(answer.value.toFixed(answer.digits));
  return rounded === exact && isRight(answer, found);
}
