/** A Lexiscope server, or what answers as one. */
import { address } from './address';
import { replaced } from '$lib/state/replaced.svelte';
import type { Fetch } from './notebook';
import type { AnyAsk, Schemas } from './routes';
import { decode } from './safetensors';
import { Answers, ProblemError } from './source';

interface Shared {
  promise: Promise<unknown>;
  controller: AbortController;
  /** Those who wait for it; when none is left, it is called off. */
  waiting: number;
}

interface Kept {
  value: unknown;
  bytes: number;
}

/** An answer, and whether the same question has the same answer again. */
interface Fetched extends Kept {
  lasting: boolean;
}

const KEPT_BYTES = 48 * 2 ** 20;
/** The answer to an address that was made for what is no longer served. */
const ANOTHER_SUBJECT = 409;

export class HttpSource extends Answers {
  readonly kind = 'server';
  readonly title = null;
  #underWay = new Map<string, Shared>();
  /** The last used are last. */
  #kept = new Map<string, Kept>();
  #keptBytes = 0;

  private constructor(
    readonly subject: Schemas['Subject'],
    private readonly root: string,
    private readonly fetch: Fetch,
  ) {
    super();
  }

  /**
   * @param root Where the server is, without a slash at the end; '' is the page's own.
   * @param ask How it is asked.
   */
  static async open(
    root = '',
    ask: Fetch = (url, options) => fetch(url, options),
  ): Promise<HttpSource> {
    const { value } = await fetchJson(`${root}/api/subject`, undefined, ask);
    return new HttpSource(value as Schemas['Subject'], root, ask);
  }

  protected answer(path: string, ask: AnyAsk, as: 'json' | 'arrays'): Promise<unknown> {
    const fetcher = as === 'json' ? fetchJson : fetchArrays;
    const query = { ...ask.query, v: this.subject.fingerprint };
    const url = this.root + address(path, ask.path, query);
    if (ask.signal?.aborted) return Promise.reject(aborted());
    const kept = this.#kept.get(url);
    if (kept) {
      this.#kept.delete(url);
      this.#kept.set(url, kept);
      return Promise.resolve(kept.value);
    }
    return this.#join(url, fetcher, ask.signal);
  }

  /** Waits for a request that is under way, or starts it. */
  #join(url: string, fetcher: typeof fetchJson, signal?: AbortSignal): Promise<unknown> {
    const shared = this.#underWay.get(url) ?? this.#start(url, fetcher);
    shared.waiting++;
    if (!signal) return shared.promise;
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (--shared.waiting === 0) {
          this.#underWay.delete(url);
          shared.controller.abort();
        }
        reject(aborted());
      };
      signal.addEventListener('abort', leave, { once: true });
      shared.promise
        .finally(() => signal.removeEventListener('abort', leave))
        .then(resolve, reject);
    });
  }

  #start(url: string, fetcher: typeof fetchJson): Shared {
    const controller = new AbortController();
    const promise = fetcher(url, controller.signal, this.fetch).then(
      ({ value, bytes, lasting }) => {
        if (lasting) this.#keep(url, { value, bytes });
        return value;
      },
    );
    const shared = { promise, controller, waiting: 0 };
    this.#underWay.set(url, shared);
    const done = () => {
      if (this.#underWay.get(url) === shared) this.#underWay.delete(url);
    };
    promise.then(done, (error: unknown) => {
      done();
      if (error instanceof ProblemError && error.status === ANOTHER_SUBJECT) void this.#look();
    });
    return shared;
  }

  /** Finds out what is served now. */
  async #look(): Promise<void> {
    if (replaced.by !== null) return;
    try {
      const { value } = await fetchJson(`${this.root}/api/subject`, undefined, this.fetch);
      replaced.by = (value as Schemas['Subject']).name;
    } catch {
      // It may be gone again: the question that was refused says what there is to say.
    }
  }

  #keep(url: string, kept: Kept): void {
    this.#keptBytes += kept.bytes - (this.#kept.get(url)?.bytes ?? 0);
    this.#kept.set(url, kept);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytes;
    }
  }
}

const aborted = () => new DOMException('called off', 'AbortError');

async function fetchJson(
  url: string,
  signal: AbortSignal | undefined,
  ask: Fetch,
): Promise<Fetched> {
  const response = await answered(url, signal, ask);
  const text = await response.text();
  return { value: JSON.parse(text), bytes: 2 * text.length, lasting: lasting(response) };
}

async function fetchArrays(
  url: string,
  signal: AbortSignal | undefined,
  ask: Fetch,
): Promise<Fetched> {
  const response = await answered(url, signal, ask);
  const buffer = await response.arrayBuffer();
  const { metadata, arrays } = decode(buffer);
  const payload: unknown = JSON.parse(metadata.payload ?? 'null');
  return { value: { payload, arrays }, bytes: buffer.byteLength, lasting: lasting(response) };
}

const lasting = ({ headers }: Response) => headers.get('Cache-Control') !== 'no-store';

async function answered(
  url: string,
  signal: AbortSignal | undefined,
  ask: Fetch,
): Promise<Response> {
  let response: Response;
  try {
    response = await ask(url, signal ? { signal } : {});
  } catch {
    if (signal?.aborted) throw aborted();
    throw new ProblemError(
      'the server does not answer: is `lexiscope serve` still running?',
      0,
      url,
    );
  }
  if (response.ok) return response;
  throw await problem(response, url);
}

/** What the server says is wrong; a proxy in between may answer with anything. */
async function problem(response: Response, url: string): Promise<ProblemError> {
  const body = await response.text();
  try {
    const { error, suggestions } = JSON.parse(body) as Schemas['Problem'];
    if (typeof error === 'string') {
      return new ProblemError(error, response.status, url, suggestions ?? []);
    }
  } catch {
    // No JSON: its beginning is told as it is.
  }
  const told = body.trim().slice(0, 200) || response.statusText || 'an empty answer';
  return new ProblemError(`the server answers ${response.status}: ${told}`, response.status, url);
}
