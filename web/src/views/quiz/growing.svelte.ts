/** A quiz on the screen while its questions are being made. */
import { isAbort, type Source } from '$lib/api/source';
import { gather } from './gather';
import { letPageGoOn, making } from './making';
import type { Question } from './question';

export class Growing {
  questions = $state.raw<readonly Question[]>([]);
  /** No question is still to come. */
  complete = $state(false);
  error = $state.raw<unknown>(undefined);

  constructor(
    readonly seed: string,
    readonly source: Source,
  ) {}

  /** Makes them all; what is made already stays where the rest cannot be had. */
  async make(signal: AbortSignal): Promise<void> {
    this.error = undefined;
    this.complete = false;
    try {
      const gathered = await gather(this.source, this.seed, signal);
      const made: Question[] = [];
      for await (const question of making(this.seed, gathered, () => letPageGoOn(signal))) {
        made.push(question);
        this.questions = [...made];
      }
      signal.throwIfAborted();
      this.complete = true;
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.error = error;
    }
  }
}
