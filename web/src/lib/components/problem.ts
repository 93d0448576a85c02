/** Errors in sentences, and what can be done about them. */
import { ProblemError } from '$lib/api/source';

/** An error as a sentence: with a capital, and a point at its end. */
export function sentence(error: unknown): string {
  const said = (error instanceof Error ? error.message : String(error)).trim();
  if (isMissingCode(said)) {
    return 'This part of the page could not be fetched. Perhaps the server has ended, or Lexiscope was updated since the page was opened.';
  }
  const text = said || 'Something went wrong';
  const first = text.startsWith('`') ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

/**
 * What may help: asking again; opening the page anew, as something else is served; or nothing, where
 * the same question has the same answer.
 */
export function again(error: unknown): 'retry' | 'afresh' | 'none' {
  if (!(error instanceof ProblemError)) return 'retry';
  if (error.status === 409) return 'afresh';
  // Nobody answered, too many waited, or the program has a fault: the next answer may be another.
  return error.status === 0 || error.status === 429 || error.status >= 500 ? 'retry' : 'none';
}

/** How browsers say that a module did not come. */
const isMissingCode = (said: string) =>
  /dynamically imported module|importing a module script failed/i.test(said);
