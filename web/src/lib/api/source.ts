/** Where the page's data comes from: a server, the page's own file, or a run trained in the page. */
import { getContext, setContext } from 'svelte';
import type {
  AnyAsk,
  AskArguments,
  BinaryPath,
  BinaryRoutes,
  JsonAnswer,
  JsonPath,
  Schemas,
  StepData,
} from './routes';

export { ProblemError } from './problem';

export interface Source {
  readonly kind: 'server' | 'file' | 'page';
  /** What is open. */
  readonly subject: Schemas['Subject'];
  /** What whoever made the page called it, or null. */
  readonly title: string | null;

  /**
   * @throws ProblemError The question has no answer; its message says why and what to do.
   * @throws DOMException Of name AbortError, where the signal called it off.
   */
  json<P extends JsonPath>(path: P, ...ask: AskArguments<P>): Promise<JsonAnswer<P>>;

  /** The same for routes that answer with arrays. */
  binary<P extends BinaryPath>(path: P, ...ask: AskArguments<P>): Promise<BinaryRoutes[P]>;

  /** Step 1 … steps, with every number of it. */
  step(number: number, signal?: AbortSignal): Promise<StepData>;
}

/** What both kinds share: each question, whatever its route, goes one way. */
export abstract class Answers implements Source {
  abstract readonly kind: Source['kind'];
  abstract readonly subject: Source['subject'];
  abstract readonly title: Source['title'];

  protected abstract answer(path: string, ask: AnyAsk, as: 'json' | 'arrays'): Promise<unknown>;

  json<P extends JsonPath>(path: P, ...[ask]: AskArguments<P>): Promise<JsonAnswer<P>> {
    return this.answer(path, (ask ?? {}) as AnyAsk, 'json') as Promise<JsonAnswer<P>>;
  }

  binary<P extends BinaryPath>(path: P, ...[ask]: AskArguments<P>): Promise<BinaryRoutes[P]> {
    return this.answer(path, (ask ?? {}) as AnyAsk, 'arrays') as Promise<BinaryRoutes[P]>;
  }

  step(number: number, signal?: AbortSignal): Promise<StepData> {
    const ask = { path: { number }, signal };
    return this.answer('/api/steps/{number}', ask, 'arrays') as Promise<StepData>;
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

const KEY = Symbol('source');

/**
 * For the page's root: hands the source to all components below.
 *
 * @param source Or what tells it: a component that is made later may get another one.
 */
export function provideSource(source: Source | (() => Source)): void {
  setContext(KEY, typeof source === 'function' ? source : () => source);
}

/** For any component, while it is made. */
export function getSource(): Source {
  return getContext<() => Source>(KEY)();
}
