/** What the page and its workers say to each other, whatever they are asked. */
import { ProblemError } from '$lib/api/problem';

export interface Fault {
  /** Which error to make of it again; those that nobody knows are plain ones. */
  kind: string;
  message: string;
  suggestions: string[];
}

/** By the number of the message that it answers. */
export type Reply = { id: number } & (
  { progress: number } | { answer: unknown } | { fault: Fault }
);

/** Makes an error of a message again. */
export type Errors = Readonly<Record<string, (message: string) => Error>>;

const RANGE = 'range';
const PROBLEM = 'problem';

/** @param own The kind of an error of the worker's own; null for all others. */
export function faultOf(
  error: unknown,
  own: (error: unknown) => string | null = () => null,
): Fault {
  const message = error instanceof Error ? error.message : String(error);
  const suggestions = error instanceof ProblemError ? error.suggestions : [];
  return { kind: kindOf(error) ?? own(error) ?? 'other', message, suggestions };
}

function kindOf(error: unknown): string | null {
  if (error instanceof ProblemError) return PROBLEM;
  return error instanceof RangeError ? RANGE : null;
}

export function errorOf({ kind, message, suggestions }: Fault, errors: Errors = {}): Error {
  if (kind === PROBLEM) return new ProblemError(message, 404, '', suggestions);
  if (kind === RANGE) return new RangeError(message);
  return errors[kind]?.(message) ?? new Error(message);
}

export const aborted = () => new DOMException('called off', 'AbortError');
