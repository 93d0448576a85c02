/** A worker as the page talks to it: questions by number, each of which can be called off. */
import { aborted, errorOf, type Errors, type Reply } from './messages';

export type Post = (message: object) => void;

/** Starts whoever answers. */
export type Start = (heard: (reply: Reply) => void, failed: (why: string) => void) => Post;

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
  progress?: (share: number) => void;
}

export interface Given {
  signal?: AbortSignal;
  progress?: (share: number) => void;
}

interface Kind<Message> {
  start: Start;
  /** What to tell the worker where nobody waits for a message's answer any more; null for nothing. */
  calledOff: (message: Message, id: number) => object | null;
  /** The worker's own errors. */
  errors?: Errors;
}

export class WorkerClient<Message extends object> {
  #post: Post | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(private readonly kind: Kind<Message>) {}

  send(
    message: Message,
    { signal, progress }: Given = {},
  ): { id: number; answer: Promise<unknown> } {
    const id = ++this.#last;
    const answer = new Promise<unknown>((resolve, reject) => {
      if (signal?.aborted) {
        reject(aborted());
        return;
      }
      const leave = () => {
        if (!this.#waiting.delete(id)) return;
        const word = this.kind.calledOff(message, id);
        if (word) this.#say({ ...word, id: ++this.#last });
        reject(aborted());
      };
      signal?.addEventListener('abort', leave, { once: true });
      const done = () => signal?.removeEventListener('abort', leave);
      this.#waiting.set(id, {
        resolve: (found) => (done(), resolve(found)),
        reject: (error) => (done(), reject(error as Error)),
        progress,
      });
      this.#say({ ...message, id });
    });
    return { id, answer };
  }

  #say(message: object): void {
    this.#post ??= this.kind.start(
      (reply) => this.#heard(reply),
      (why) => this.#failed(why),
    );
    this.#post(message);
  }

  #heard(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    if ('progress' in reply) {
      waiting.progress?.(reply.progress);
      return;
    }
    this.#waiting.delete(reply.id);
    if ('fault' in reply) waiting.reject(errorOf(reply.fault, this.kind.errors));
    else waiting.resolve(reply.answer);
  }

  #failed(why: string): void {
    const error = new Error(why);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#post = null;
  }
}

/** Starts a worker of the browser's. */
export function inWorker(make: () => Worker, what: string): Start {
  return (heard, failed) => {
    const worker = make();
    worker.onmessage = ({ data }: MessageEvent<Reply>) => heard(data);
    worker.onerror = (event) =>
      failed(`${what} stopped: ${event.message || 'its worker did not start'}`);
    return (message) => worker.postMessage(message);
  };
}
