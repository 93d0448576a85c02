/** Something fetched: it follows what it was asked for, and the latest question wins. */

export type Status = 'idle' | 'loading' | 'ready' | 'error';

export class Resource<T> {
  /** The last answer; while the next one is under way it stays, and `stale` is true. */
  value = $state.raw<T | undefined>(undefined);
  error = $state.raw<unknown>(undefined);
  status = $state<Status>('idle');
  #controller: AbortController | null = null;
  #ask: (signal: AbortSignal) => Promise<T> | null;

  constructor(ask: (signal: AbortSignal) => Promise<T> | null) {
    this.#ask = ask;
  }

  /** Shown, but no longer the answer to the question that is asked now. */
  get stale(): boolean {
    return this.status === 'loading' && this.value !== undefined;
  }

  /** Asks (again). What the question reads before its first `await` is what it depends on. */
  load(): void {
    this.cancel();
    const controller = new AbortController();
    this.#controller = controller;
    const latest = () => this.#controller === controller;
    let promise: Promise<T> | null;
    try {
      promise = this.#ask(controller.signal);
    } catch (error) {
      promise = Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (promise === null) {
      this.#controller = null;
      this.value = undefined;
      this.error = undefined;
      this.status = 'idle';
      return;
    }
    this.status = 'loading';
    promise.then(
      (value) => {
        if (!latest()) return;
        this.value = value;
        this.error = undefined;
        this.status = 'ready';
      },
      (error: unknown) => {
        if (!latest()) return;
        this.error = error;
        this.value = undefined;
        this.status = 'error';
      },
    );
  }

  cancel(): void {
    this.#controller?.abort();
    this.#controller = null;
  }
}

/**
 * Fetches now, and again whenever something that `ask` reads changes. For use while a component
 * is made; what is under way ends with the component.
 *
 * @param ask Is given a signal to hand on; null where there is nothing to ask for.
 */
export function resource<T>(ask: (signal: AbortSignal) => Promise<T> | null): Resource<T> {
  const made = new Resource(ask);
  $effect(() => {
    made.load();
    return () => made.cancel();
  });
  return made;
}
