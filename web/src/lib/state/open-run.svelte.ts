/** What every view shows: what the page was opened with, or a run that was trained in it. */
import { getContext, setContext } from 'svelte';
import { isAbort, type Source } from '$lib/api/source';
import type { OwnSource } from '$lib/training/own-source';
import type { Settings } from '$lib/training/settings';

/** Trainer, settings and bundled texts come when a text is trained on. */
const training = () => import('$lib/training/trained-source');

export class OpenRun {
  /** The run on show. */
  source = $state.raw<Source>() as Source;
  /** What the address says of it; '' for what the page was opened with. */
  code = $state('');
  /** What was asked for last, while it is not there yet. */
  wanted = $state<string | null>(null);
  progress = $state(0);
  error = $state.raw<unknown>(null);
  #controller: AbortController | null = null;
  #settings: Settings | null = $state.raw(null);
  /** What the address says, even where it could not be trained. */
  asked: Settings | null = $state.raw(null);

  constructor(readonly original: Source) {
    this.source = original;
  }

  /** Of the run on show, where it was trained here. */
  get settings(): Settings | null {
    return this.#settings;
  }

  get own(): OwnSource | null {
    return this.source.kind === 'page' ? (this.source as OwnSource) : null;
  }

  /** Shows what an address says; the latest wins. */
  async follow(code: string): Promise<void> {
    if (code === (this.wanted ?? this.code) && !this.error) return;
    this.#controller?.abort();
    this.error = null;
    if (!code) {
      this.wanted = null;
      this.asked = null;
      this.#show(this.original, '', null);
      return;
    }
    const controller = new AbortController();
    this.#controller = controller;
    this.wanted = code;
    this.progress = 0;
    try {
      const { decode, trainedSource } = await training();
      const settings = await decode(code);
      if (controller.signal.aborted) return;
      this.asked = settings;
      const source = await trainedSource(settings, this.original, {
        signal: controller.signal,
        progress: (share) => {
          if (this.#controller === controller) this.progress = share;
        },
      });
      if (controller.signal.aborted) source.run.forget();
      else this.#show(source, code, settings);
    } catch (error) {
      if (controller.signal.aborted || isAbort(error)) return;
      this.error = error;
      // A run that could not be trained is not shown as another one.
      this.code = code;
    }
    this.wanted = null;
  }

  #show(source: Source, code: string, settings: Settings | null): void {
    const before = this.own;
    this.source = source;
    this.code = code;
    this.#settings = settings;
    if (before && before !== source) before.run.forget();
  }
}

const KEY = Symbol('open run');

/** For the page's root. */
export function provideOpenRun(open: OpenRun): OpenRun {
  return setContext(KEY, open);
}

/** For any component, while it is made. */
export function getOpenRun(): OpenRun {
  return getContext<OpenRun>(KEY);
}
