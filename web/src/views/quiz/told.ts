/** How steps and losses are spoken of in questions. */
import type { Loss } from '$lib/losses';
import type { ShownStep } from '$views/walkthrough/shown-step';
import { whole } from './numbers';
import { listed, type Rich, say, word } from './question';

/** What goes in, one word after another. */
export const inputs = (step: ShownStep): Rich => listed(step.members, ', ', ' and ');

/** `Step 4,210 of 15,000: king goes in, queen is to be predicted.` */
export function stepIs(step: ShownStep): Rich {
  const many = step.members.length > 1;
  const goes = many ? 'go in together' : 'goes in';
  return say`Step ${step.number} of ${step.facts.steps}: ${inputs(step)} ${goes}, ${word(step.target)} is to be predicted.`;
}

/** `P`, or `σ`: what the loss calls the probability of a row. */
export const symbolOf = (loss: Loss) => loss.probable.symbol;

/** A row of W′: `queen`, or `node 3`. */
export const rowNamed = (step: ShownStep, place: number): Rich =>
  step.loss.wordsHaveRows ? [word(step.rows[place]!)] : [step.rows[place]!];

/** What was asked of a row: whether it is the target, or which way the tree goes. */
export function roleOf(step: ShownStep, place: number): string {
  if (step.loss.asksAll) return step.label(place) ? 'the target' : 'not the target';
  return step.loss.rowNote(step, place);
}

export function stepLink(step: ShownStep, stage: string, row?: string) {
  const looked = row === undefined || row === step.target ? null : row;
  return {
    view: 'walkthrough',
    parameters: { step: step.number, stage, word: looked },
    label: `Step ${whole(step.number).text} in the walkthrough`,
  };
}

/** Places of rows that the step asks once: of a row drawn twice two gradients add up. */
export function singlePlaces(step: ShownStep): number[] {
  const rows = Array.from(step.arrays.output_rows.data);
  return rows.flatMap((row, place) => (rows.indexOf(row) === rows.lastIndexOf(row) ? [place] : []));
}
