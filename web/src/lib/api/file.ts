/**
 * The page's own data: what `lexiscope page` wrote into it. Most answers stand there as the server
 * gave them; explore's questions are answered from the vectors, steps by doing them again.
 */
import { analogy, compare, findWords, neighbors, similarity } from '$lib/embedded/explore';
import { similarityAt, twoVectorsAt, weightsAt } from '$lib/embedded/weights';
import { pageOf, withWindow } from '$lib/embedded/sentences';
import { Vectors } from '$lib/embedded/vectors';
import { readBlock } from '$lib/replay/block';
import { gradientCheck } from '$lib/replay/gradient-check';
import { Replayer } from '$lib/replay/replayer';
import { address, type Query } from './address';
import type {
  AskArguments,
  BinaryPath,
  BinaryRoutes,
  JsonAnswer,
  JsonPath,
  Schemas,
  StepData,
} from './routes';
import { decode, fromBase64 } from './safetensors';
import { ProblemError, type Source } from './source';

interface Embedded {
  title: string | null;
  responses: Record<string, unknown>;
  vectors: string;
  replay: string | null;
}

interface AnyAsk {
  path?: Query;
  query?: Query;
}

/** Answers a question that the file does not hold as it was asked. */
type Compute = (ask: Required<AnyAsk>) => unknown;

export class FileSource implements Source {
  readonly kind = 'file';
  readonly subject: Schemas['Subject'];
  readonly title: string | null;
  #vectors: Vectors | null = null;
  #replayer: Replayer | null = null;
  #decoded = new Map<string, unknown>();

  private constructor(private readonly data: Embedded) {
    this.subject = data.responses['/api/subject'] as Schemas['Subject'];
    this.title = data.title;
  }

  /** @param text The JSON inside the page. */
  static open(text: string): FileSource {
    return new FileSource(JSON.parse(text) as Embedded);
  }

  async json<P extends JsonPath>(path: P, ...[ask]: AskArguments<P>): Promise<JsonAnswer<P>> {
    return this.#answer(path, ask as AnyAsk | undefined) as JsonAnswer<P>;
  }

  async binary<P extends BinaryPath>(path: P, ...[ask]: AskArguments<P>): Promise<BinaryRoutes[P]> {
    return this.#answer(path, ask as AnyAsk | undefined) as BinaryRoutes[P];
  }

  async step(number: number): Promise<StepData> {
    return this.#answer('/api/steps/{number}', { path: { number } }) as StepData;
  }

  #answer(path: string, ask: AnyAsk = {}): unknown {
    const where = address(path, ask.path, ask.query);
    const kept = this.#decoded.get(where);
    if (kept !== undefined) return kept;
    try {
      const stored = this.data.responses[where];
      const answer =
        stored !== undefined
          ? opened(stored)
          : this.#compute(path, { path: {}, query: {}, ...ask });
      if (answer === undefined) throw new ProblemError('this page does not carry that', 404, where);
      if (stored !== undefined) this.#decoded.set(where, answer);
      return answer;
    } catch (error) {
      if (error instanceof RangeError) throw new ProblemError(error.message, 404, where);
      throw error;
    }
  }

  /** @returns undefined where there is nothing to compute it from. */
  #compute(path: string, ask: Required<AnyAsk>): unknown {
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
    '/api/steps/{number}': ({ path }) => this.replayer.step(Number(path.number)),
    '/api/steps/{number}/gradient-check': ({ path }) =>
      gradientCheck(this.replayer, Number(path.number)),
    '/api/weights': ({ query }) => {
      const last = this.#stored('/api/weights') as BinaryRoutes['/api/weights'] | undefined;
      return (
        last && weightsAt(last, this.replayer.at(Number(query.step)), this.subject.vector_size)
      );
    },
    '/api/weights/similarity': ({ query }) => {
      const last = this.#stored('/api/weights/similarity') as
        BinaryRoutes['/api/weights/similarity'] | undefined;
      const state = this.replayer.at(Number(query.step));
      return (
        last &&
        similarityAt(last, state, this.subject.vector_size, (word) => this.vectors.rowOf(word))
      );
    },
    '/api/weights/two-vectors': ({ query }) => {
      const last = this.#stored('/api/weights/two-vectors') as Schemas['TwoVectors'] | undefined;
      const state = this.replayer.at(Number(query.step));
      return (
        last &&
        twoVectorsAt(last, state, this.subject.vector_size, (word) => this.vectors.rowOf(word))
      );
    },
    '/api/journey/neighbors': ({ query }) => {
      const { word, topn } = query;
      const found = this.#stored(address('/api/journey/neighbors', {}, { word }));
      return found && shortened(found as Schemas['NeighborEvolution'], Number(topn ?? 10));
    },
  };

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

  private get replayer(): Replayer {
    if (this.#replayer) return this.#replayer;
    if (!this.data.replay) throw new ProblemError('this page carries no recorded steps', 404, '');
    this.#replayer = new Replayer(readBlock(fromBase64(this.data.replay)));
    return this.#replayer;
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
