/** Where the page's data comes from: a server, or the page's own file. */
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

export interface Source {
  readonly kind: 'server' | 'file';
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

/** Why a question was not answered, to be shown to the one who asked. */
export class ProblemError extends Error {
  override name = 'ProblemError';

  /**
   * @param message One line: what was got, what was expected, what to do.
   * @param status HTTP's, or 0 where no server answered.
   * @param address What was asked.
   * @param suggestions Words spelled alike, where a word was not found.
   */
  constructor(
    message: string,
    readonly status: number,
    readonly address: string,
    readonly suggestions: string[] = [],
  ) {
    super(message);
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

const KEY = Symbol('source');

/** For the page's root: hands the source to all components below. */
export function provideSource(source: Source): void {
  setContext(KEY, source);
}

/** For any component, while it is made. */
export function getSource(): Source {
  return getContext<Source>(KEY);
}
