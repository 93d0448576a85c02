/** The run's events as they come, and what the page asks of it. */
import { changed, type Live, NOTHING } from './events';

const ADDRESS = '/api/watch';

export type Ask = 'pause' | 'go-on' | 'stop';

export class Stream {
  live = $state.raw<Live>(NOTHING);
  /** `none`: no run is watched here; `lost`: it was, and nobody answers. */
  connection = $state<'opening' | 'open' | 'lost' | 'none'>('opening');
  /** What the server said to the last thing asked; '' where it did it. */
  refused = $state('');

  /** Begins to listen; gives what ends it. */
  listen(): () => void {
    const events = new EventSource(ADDRESS);
    events.addEventListener('whole', (event) => this.#take(event, NOTHING, events));
    events.addEventListener('change', (event) => this.#take(event, this.live, events));
    events.onerror = () => {
      // Closed for good where the answer was no stream: nothing is trained here.
      const never = events.readyState === EventSource.CLOSED && this.connection === 'opening';
      this.connection = never ? 'none' : 'lost';
    };
    return () => events.close();
  }

  #take(event: MessageEvent<string>, before: Live, events: EventSource): void {
    this.live = changed(before, JSON.parse(event.data) as Partial<Live>);
    this.connection = 'open';
    // The server is about to go, and would be asked for again and again.
    if (this.live.end) events.close();
  }

  async ask(what: Ask): Promise<void> {
    try {
      const answer = await fetch(`${ADDRESS}/${what}`, {
        method: 'POST',
        // Which a page elsewhere cannot send.
        headers: { 'X-Lexiscope': 'watch' },
      });
      this.refused = answer.ok ? '' : await reason(answer);
    } catch {
      this.refused = 'the training does not answer';
    }
  }
}

async function reason(answer: Response): Promise<string> {
  const { error } = (await answer.json()) as { error?: string };
  return error ?? `the training answers ${answer.status}`;
}
