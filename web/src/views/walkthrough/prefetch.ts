/** Asks for the steps that will likely be shown next, so that they are there. */

type Ask = (step: number, signal: AbortSignal) => Promise<unknown>;

/** Steps that are likely next: on in the direction of the last move, then one to either side. */
export function likelyNext(step: number, last: number, steps: number): number[] {
  const stride = step - last;
  const onward = stride === 0 ? [] : [step + stride, step + 2 * stride];
  const all = [...onward, step + 1, step - 1, step + 10, step - 10];
  return [...new Set(all)].filter((one) => one >= 1 && one <= steps && one !== step);
}

export class Prefetcher {
  #last = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #controller: AbortController | null = null;

  constructor(
    private readonly ask: Ask,
    private readonly steps: number,
  ) {}

  /** Tells that a step is on screen. What fails here is told when the step itself is asked for. */
  shown(step: number): void {
    const wanted = likelyNext(step, this.#last || step, this.steps);
    this.#last = step;
    this.stop();
    const { signal } = (this.#controller = new AbortController());
    // After the picture: drawing comes first.
    this.#timer = setTimeout(() => void this.#all(wanted, signal));
  }

  /** Calls off what the reader has left behind. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#controller?.abort();
  }

  /** One after the other, the likeliest first: whoever answers is never busy with all of them. */
  async #all(wanted: readonly number[], signal: AbortSignal): Promise<void> {
    for (const one of wanted) {
      if (signal.aborted) return;
      await this.ask(one, signal).catch(() => undefined);
    }
  }
}
