/** Whether an answer is right, and which mistake it shows. */
import { parseNumber } from './numbers';
import type { Given } from './progress';
import { isRight, type Mistake, mistakeOf, type Question } from './question';

export interface Grade {
  right: boolean;
  /** null where it is right, or where none is known. */
  mistake: Mistake | null;
}

/** @returns null where it is no answer to this question. */
export function grade({ answer }: Question, given: Given | undefined): Grade | null {
  if (given === undefined) return null;
  if (answer.type === 'choice') {
    const choice = typeof given === 'number' ? answer.choices[given] : undefined;
    return choice ? { right: given === answer.right, mistake: choice.mistake } : null;
  }
  const value = typeof given === 'string' ? parseNumber(given, answer.digits === 0) : null;
  if (value === null) return null;
  const right = isRight(answer, value);
  return { right, mistake: right ? null : mistakeOf(answer, value) };
}
