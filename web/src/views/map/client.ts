/** The desk as the page talks to it, wherever it stands. */
import { type Asked, Desk, type Message, type Said, type Told } from './desk';
import type { Sight, Size } from './plane';
import DeskWorker from './worker?worker';

export class DeskClient {
  readonly #waiting = new Map<number, (found: number[]) => void>();
  #last = 0;
  readonly #post: (message: Message, carried: Transferable[]) => void;
  #end: () => void = () => undefined;

  /** @param drawn Told after each frame what it shows and how many milliseconds it took. */
  constructor(
    canvas: HTMLCanvasElement,
    private readonly drawn: (sight: Sight, size: Size, took: number) => void,
  ) {
    if (typeof canvas.transferControlToOffscreen === 'function') {
      const worker = new DeskWorker();
      worker.onmessage = ({ data }: MessageEvent<Said>) => this.#hear(data);
      this.#post = (message, carried) => worker.postMessage(message, carried);
      this.#end = () => worker.terminate();
      const apart = canvas.transferControlToOffscreen();
      this.tell({ do: 'canvas', canvas: apart }, [apart]);
      return;
    }
    const desk = new Desk(
      (said) => this.#hear(said),
      (draw) => requestAnimationFrame(draw),
    );
    this.#post = (message) => desk.hear(message);
    this.tell({ do: 'canvas', canvas });
  }

  tell(told: Told, carried: Transferable[] = []): void {
    this.#post(told, carried);
  }

  /** Numbers of points. */
  ask(asked: Asked): Promise<number[]> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#post({ ...asked, id }, []);
    });
  }

  end(): void {
    this.#end();
    this.#waiting.clear();
  }

  #hear(said: Said): void {
    if ('drawn' in said) {
      this.drawn(said.drawn, said.size, said.took);
      return;
    }
    this.#waiting.get(said.id)?.(said.found);
    this.#waiting.delete(said.id);
  }
}
