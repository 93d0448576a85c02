/** The losses that the page knows; a new one is a file beside this and a line here. */
import type { Loss } from './base';
import { HIERARCHICAL } from './hierarchical';
import { NCE } from './nce';
import { NEGATIVE } from './negative';
import { SOFTMAX } from './softmax';

export type { Loss } from './base';

export const LOSSES: readonly Loss[] = [SOFTMAX, NEGATIVE, HIERARCHICAL, NCE];

/** What a model does whose training nothing is known of: the page's lines of PyTorch. */
export const EXACT: Loss = SOFTMAX;

/**
 * The loss of a run.
 *
 * @throws RangeError The page does not know it.
 */
export function lossOf(name: string): Loss {
  const loss = LOSSES.find((one) => one.name === name);
  if (loss) return loss;
  const names = LOSSES.map((one) => one.name).join(', ');
  throw new RangeError(
    `this page does not know the loss “${name}”; it knows ${names}: ` +
      'open the run with the Lexiscope that made it, or a newer one',
  );
}

/** The same of whatever is open: null where nothing is known of its training. */
export function trainedLoss(name: string | null): Loss | null {
  return name === null ? null : lossOf(name);
}
