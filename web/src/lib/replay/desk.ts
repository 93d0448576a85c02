/**
 * Questions about any step of a recorded run, whoever does the steps: a worker, or the page itself
 * where a worker cannot be had. The newest question is worked on first, a stretch of steps at a time;
 * what nobody waits for any more is dropped between two stretches, wherever it stands.
 */
import { fromBase64 } from '$lib/api/safetensors';
import { faultOf, type Reply } from '$lib/worker/messages';
import { copyState, readBlock, type ReplayBlock } from './block';
import { gradientCheck } from './gradient-check';
import { Replayer } from './replayer';

/** About the weights after a step, one step's every number, or the check of its gradient. */
export type About = 'state' | 'step' | 'check';

export type DeskMessage =
  /** Comes first: the run, in base64 as the single file carries it. */
  | { do: 'open'; replay: string }
  | { do: 'ask'; about: About; step: number }
  | { do: 'drop'; asked: number };

export type DeskRequest = { id: number } & DeskMessage;

interface Open {
  id: number;
  about: About;
  step: number;
}

/** Products of numbers in a stretch: a few milliseconds. */
const STRETCH_PRODUCTS = 2e6;

export class Desk {
  #replayer: Replayer | null = null;
  #open: Open[] = [];
  #stretch = 1;
  #working = false;

  /**
   * @param post Is told the answers.
   * @param pause Ends when messages that came meanwhile have been heard.
   * @param products Of numbers, that a stretch may take.
   */
  constructor(
    private readonly post: (reply: Reply) => void,
    private readonly pause: () => Promise<void>,
    private readonly products = STRETCH_PRODUCTS,
  ) {}

  hear(request: DeskRequest): void {
    if (request.do === 'open') {
      const block = readBlock(fromBase64(request.replay));
      this.#replayer = new Replayer(block);
      this.#stretch = stretchOf(block, this.products);
      this.post({ id: request.id, answer: null });
    } else if (request.do === 'drop') {
      this.#open = this.#open.filter(({ id }) => id !== request.asked);
      this.post({ id: request.id, answer: null });
    } else {
      this.#open.push(request);
      if (!this.#working) void this.#work();
    }
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (;;) {
      // What came while the last stretch was done goes before it.
      await this.pause();
      const asked = this.#open.at(-1);
      if (!asked) break;
      const reply = this.#advance(asked);
      if (!reply) continue;
      this.#open = this.#open.filter((one) => one !== asked);
      this.post(reply);
    }
    this.#working = false;
  }

  /** A stretch of a question; null while its answer is still to come. */
  #advance({ id, about, step }: Open): Reply | null {
    try {
      const replayer = this.#replayer!;
      if (about !== 'state') replayer.check(step, 1);
      const before = about === 'state' ? step : step - 1;
      if (!replayer.approach(before, this.#stretch)) return null;
      if (about === 'step') return { id, answer: replayer.step(step) };
      if (about === 'check') return { id, answer: gradientCheck(replayer, step) };
      return { id, answer: copyState(replayer.at(step)) };
    } catch (error) {
      return { id, fault: faultOf(error) };
    }
  }
}

/** Steps that take so many products. */
function stretchOf({ facts }: ReplayBlock, most: number): number {
  const products = facts.words * facts.vector_size * (facts.optimizer === 'adam' ? 12 : 3);
  return Math.max(1, Math.floor(most / products));
}
