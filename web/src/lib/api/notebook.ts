/** A notebook's cell around the page: it asks the kernel, and says what is chosen. */
import { route } from '$lib/router.svelte';

interface Answer {
  lexiscope: 'answer';
  id: number;
  status: number;
  headers: Record<string, string>;
  body: ArrayBuffer;
}
type Heard = Answer | { lexiscope: 'go'; address: string };

/** What the page carries where a notebook has made it. */
export const isNotebook = (embedded: string) => embedded === '{"notebook":true}';

/** As `fetch`, by messages to the cell. */
export type Fetch = (url: string, options: { signal?: AbortSignal }) => Promise<Response>;

const waiting = new Map<number, (answer: Answer) => void>();
let last = 0;

/**
 * Begins to talk to the cell.
 *
 * @returns What asks the kernel.
 */
export function talk(): Fetch {
  window.addEventListener('message', ({ source, data }: MessageEvent<Heard>) => {
    if (source !== window.parent || typeof data?.lexiscope !== 'string') return;
    if (data.lexiscope === 'go') {
      if (data.address && data.address !== location.hash) location.hash = data.address;
    } else {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    }
  });
  route.onwrite((address) => say({ lexiscope: 'at', address }));
  say({ lexiscope: 'begun' });
  return (url, { signal }) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, ({ status, headers, body }) =>
        resolve(new Response(body, { status, headers })),
      );
      signal?.addEventListener('abort', () => {
        if (waiting.delete(id)) reject(new DOMException('called off', 'AbortError'));
      });
      say({ lexiscope: 'ask', id, address: url });
    });
}

const say = (message: object) => window.parent.postMessage(message, '*');
