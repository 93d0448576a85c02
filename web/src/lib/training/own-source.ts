/** A run that was trained in the page, as a source of data like a server or a single file. */
import { address } from '$lib/api/address';
import type { AnyAsk, Schemas } from '$lib/api/routes';
import { Answers, type Source } from '$lib/api/source';
import type { WorkerRun } from './client';

const KEPT = 200; // answers; those of steps are made anew

export class OwnSource extends Answers {
  readonly kind = 'page';
  readonly title = null;
  readonly subject: Schemas['Subject'];
  readonly #kept = new Map<string, Promise<unknown>>();

  /** @param original What the page was opened with: it knows the program, and the models beside. */
  constructor(
    readonly run: WorkerRun,
    readonly original: Source,
  ) {
    super();
    const { contextual } = original.subject.features;
    const { subject } = run.facts;
    this.subject = { ...subject, features: { ...subject.features, contextual } };
  }

  protected async answer(path: string, ask: AnyAsk): Promise<unknown> {
    if (path === '/api/subject') return this.subject;
    if (path === '/api/census') return this.#census(ask.signal);
    if (path === '/api/program') return this.#program(ask.signal);
    if (isOfPage(path)) return this.#elsewhere(path, ask);
    const { signal, path: filled = {}, query = {} } = ask;
    if (path.startsWith('/api/steps/')) {
      return this.run.ask(path, plain({ path: filled, query }), signal);
    }
    const where = address(path, filled, query);
    const kept = this.#kept.get(where);
    if (kept) return kept;
    // Kept answers are shared, so nobody calls them off.
    const answer = this.run.ask(path, plain({ path: filled, query }));
    this.#kept.set(where, answer);
    answer.catch(() => this.#kept.delete(where));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return answer;
  }

  async #census(signal?: AbortSignal): Promise<Schemas['Census']> {
    const { comparisons } = await this.original.json('/api/census', { signal });
    const { layers } = this.run.facts;
    const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
    return { layers, parameters, comparisons };
  }

  /** What can be tried is the page's; no code of the page's original trained this. */
  async #program(signal?: AbortSignal): Promise<Schemas['Program']> {
    const { options, experiments } = await this.original.json('/api/program', { signal });
    return {
      origin: 'elsewhere',
      script: null,
      command: commandOf(this.subject.options),
      captured: [],
      plan: null,
      sections: [],
      options,
      // Figures are the original's.
      experiments: experiments.map((one) => ({ ...one, beside: '' })),
    };
  }

  /** What is no matter of the run. */
  #elsewhere(path: string, ask: AnyAsk): Promise<unknown> {
    const { original } = this;
    const asked = WITH_ARRAYS.has(path)
      ? original.binary(path as never, ask as never)
      : original.json(path as never, ask as never);
    return asked as Promise<unknown>;
  }
}

const WITH_ARRAYS = new Set(['/api/contextual/tokens', '/api/contextual/report']);
const isOfPage = (path: string) => path.startsWith('/api/contextual/');

/** Options that `lexiscope record` has under their own names. */
const SAID = [
  'architecture',
  'loss',
  'optimizer',
  'steps',
  'vector_size',
  'alpha',
  'window',
  'min_count',
  'seed',
  'negative',
  'cbow_update',
  'precision',
];

/** The command that trains the same from the text in a file. */
function commandOf(options: Schemas['Subject']['options']): string {
  const said = options
    .filter(({ name }) => SAID.includes(name))
    .map(({ name, value }) => `--${name.replaceAll('_', '-')} ${value}`);
  return `lexiscope record TEXT -o run ${said.join(' ')}`;
}

/** Without what Svelte wraps around states, which no worker could be sent. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
