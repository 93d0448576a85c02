/**
 * The page's own data: what `lexiscope page` wrote into it. Most answers stand there as the server
 * gave them; explore's questions are answered from the vectors, steps by doing them again.
 */
import { analogy, compare, findWords, neighbors, similarity } from '$lib/single-file/explore';
import { similarityAt, twoVectorsAt, weightsAt } from '$lib/single-file/weights';
import { pageOf, withWindow } from '$lib/single-file/sentences';
import { Vectors } from '$lib/single-file/vectors';
import { readBlock, type ReplayBlock, type State } from '$lib/replay/block';
import { RemoteReplay } from '$lib/replay/remote';
import type { Start } from '$lib/worker/client';
import { address } from './address';
import type { AnyAsk, BinaryRoutes, Schemas } from './routes';
import { decode, fromBase64 } from './safetensors';
import { Answers, ProblemError } from './source';

interface Embedded {
  title: string | null;
  responses: Record<string, unknown>;
  vectors: string;
  replay: string | null;
}

type Asked = Required<Pick<AnyAsk, 'path' | 'query'>> & Pick<AnyAsk, 'signal'>;

/** Answers a question that the file does not hold as it was asked. */
type Compute = (ask: Asked) => unknown; // or a promise of it

export class FileSource extends Answers {
  readonly kind = 'file';
  readonly subject: Schemas['Subject'];
  readonly title: string | null;
  #vectors: Vectors | null = null;
  #block: ReplayBlock | null = null;
  #replay: RemoteReplay | null = null;
  #decoded = new Map<string, unknown>();

  private constructor(
    private readonly data: Embedded,
    private readonly start?: Start,
  ) {
    super();
    const subject = data.responses['/api/subject'] as Schemas['Subject'];
    // Maps are made by servers.
    this.subject = { ...subject, features: { ...subject.features, map: false } };
    this.title = data.title;
  }

  /**
   * @param text The JSON inside the page.
   * @param start Who does steps again: a worker, unless it is said.
   */
  static open(text: string, start?: Start): FileSource {
    return new FileSource(JSON.parse(text) as Embedded, start);
  }

  protected async answer(path: string, ask: AnyAsk): Promise<unknown> {
    const where = address(path, ask.path, ask.query);
    const kept = this.#decoded.get(where);
    if (kept !== undefined) return kept;
    try {
      const stored = this.data.responses[where];
      const answer =
        stored !== undefined
          ? opened(stored)
          : await this.#compute(path, { path: {}, query: {}, ...ask });
      if (answer === undefined) throw new ProblemError('this page does not carry that', 404, where);
      if (stored !== undefined) this.#decoded.set(where, answer);
      return answer;
    } catch (error) {
      if (error instanceof RangeError) throw new ProblemError(error.message, 404, where);
      throw error;
    }
  }

  /** @returns undefined where there is nothing to compute it from. */
  #compute(path: string, ask: Asked): unknown {
    const compute = this.#computed[path];
    if (compute) return compute(ask);
    // A parameter that the page carries only one value of.
    return this.#stored(address(path, ask.path));
  }

  readonly #computed: Readonly<Record<string, Compute>> = {
    '/api/words': ({ query }) =>
      findWords(this.vectors, String(query.search ?? ''), Number(query.limit ?? 20)),
    '/api/explore/neighbors': ({ query }) =>
      neighbors(
        this.vectors,
        String(query.word),
        (query.space ?? 'input') as Schemas['Neighbors']['space'],
        Number(query.topn ?? 10),
      ),
    '/api/explore/analogy': ({ query }) =>
      analogy(
        this.vectors,
        (query.positive ?? []) as string[],
        (query.negative ?? []) as string[],
        Number(query.topn ?? 10),
      ),
    '/api/explore/similarity': ({ query }) =>
      similarity(this.vectors, (query.word ?? []) as string[]),
    '/api/explore/compare': ({ query }) => compare(this.vectors, String(query.a), String(query.b)),
    '/api/sentences': ({ query }) => {
      const all = this.#stored('/api/sentences') as Schemas['Sentences'] | undefined;
      const { offset = 0, limit = 50, search = '' } = query;
      return all && pageOf(all, Number(offset), Number(limit), String(search));
    },
    '/api/sentences/{number}': (ask) => {
      const found = this.#stored(address('/api/sentences/{number}', ask.path));
      const { architecture } = this.subject;
      return (
        found &&
        withWindow(found as Schemas['SentencePairs'], Number(ask.query.window), architecture)
      );
    },
    '/api/steps/{number}': ({ path, signal }) => this.replay.step(Number(path.number), signal),
    '/api/steps/{number}/gradient-check': ({ path, signal }) =>
      this.replay.check(Number(path.number), signal),
    '/api/replay': () => ({ payload: this.block.facts, arrays: this.block.arrays }),
    '/api/weights': (ask) =>
      this.#atStep<BinaryRoutes['/api/weights']>('/api/weights', ask, (last, state) =>
        weightsAt(last, state, this.subject.vector_size),
      ),
    '/api/weights/similarity': (ask) =>
      this.#atStep<BinaryRoutes['/api/weights/similarity']>(
        '/api/weights/similarity',
        ask,
        (last, state) => similarityAt(last, state, this.subject.vector_size, this.#rowOf),
      ),
    '/api/weights/two-vectors': (ask) =>
      this.#atStep<Schemas['TwoVectors']>('/api/weights/two-vectors', ask, (last, state) =>
        twoVectorsAt(last, state, this.subject.vector_size, this.#rowOf),
      ),
    '/api/journey/neighbors': ({ query }) => {
      const { word, topn } = query;
      const found = this.#stored(address('/api/journey/neighbors', {}, { word }));
      return found && shortened(found as Schemas['NeighborEvolution'], Number(topn ?? 10));
    },
  };

  readonly #rowOf = (word: string) => this.vectors.rowOf(word);

  /** What the file holds of the run's end, at another step. */
  async #atStep<T>(
    where: string,
    { query, signal }: Asked,
    made: (last: T, state: State) => T,
  ): Promise<T | undefined> {
    const last = this.#stored(where) as T | undefined;
    return last && made(last, await this.replay.state(Number(query.step), signal));
  }

  /** An answer that the file holds, decoded once. */
  #stored(where: string): unknown {
    const stored = this.data.responses[where];
    if (stored === undefined) return undefined;
    const answer = this.#decoded.get(where) ?? opened(stored);
    this.#decoded.set(where, answer);
    return answer;
  }

  private get vectors(): Vectors {
    if (this.#vectors) return this.#vectors;
    const { arrays } = decode(fromBase64(this.data.vectors));
    const known = this.#stored('/api/vocabulary') as Schemas['Vocabulary'] | undefined;
    if (!known || !arrays.inputs) throw new ProblemError('this page carries no words', 404, '');
    const { inputs, outputs } = arrays;
    this.#vectors = new Vectors(
      known.words,
      known.counts,
      this.subject.vector_size,
      inputs.data as Float32Array,
      (outputs?.data as Float32Array | undefined) ?? null,
    );
    return this.#vectors;
  }

  /** The run, as whoever has to do it again at once is given it; decoded once. */
  private get block(): ReplayBlock {
    return (this.#block ??= readBlock(fromBase64(this.#replayed())));
  }

  private get replay(): RemoteReplay {
    return (this.#replay ??= new RemoteReplay(this.#replayed(), this.start));
  }

  #replayed(): string {
    if (!this.data.replay) throw new ProblemError('this page carries no recorded steps', 404, '');
    return this.data.replay;
  }
}

/** A stored answer: JSON as it is, arrays out of their document. */
function opened(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || !('base64' in stored)) return stored;
  const { metadata, arrays } = decode(fromBase64(stored.base64 as string));
  return { payload: JSON.parse(metadata.payload ?? 'null') as unknown, arrays };
}

function shortened(evolution: Schemas['NeighborEvolution'], topn: number) {
  const snapshots = evolution.snapshots.map((one) => ({
    ...one,
    nearest: one.nearest.slice(0, topn),
  }));
  return { ...evolution, snapshots };
}
