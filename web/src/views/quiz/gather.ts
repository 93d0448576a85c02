/** What a quiz is made of, fetched from whatever is open. */
import { ProblemError, type Source } from '$lib/api/source';
import type { BinaryRoutes, Schemas } from '$lib/api/routes';
import { trainedLoss } from '$lib/losses';
import type { ReplayBlock } from '$lib/replay/block';
import type { Architecture, Facts, QuizData } from './kind';
import { type Rates, trainAtRates } from './rates';
import { Rng } from './rng';
import { poolOf, Run } from './run';
import type { Sentence } from './sentence';
import { Space } from './space';

type Subject = Schemas['Subject'];

/** Above this the server does not list the words. */
const LISTED_WORDS = 100_000;
const SENTENCES = 8;
/** The single file has the pairs of so many sentences. */
const NUMBERED_SENTENCES = 2_000;
const WORKED_MS = 12;

/** What is at hand, and what takes long and is made when a question first wants it. */
export interface Gathered {
  /** Without a run and without rates. */
  data: QuizData;
  later: Later;
}

export interface Later {
  run: () => Promise<Run | null>;
  rates: () => Promise<Rates | null>;
}

/** @throws ProblemError A part that should be there did not come. */
export async function gather(source: Source, seed: string, signal: AbortSignal): Promise<Gathered> {
  const { subject } = source;
  const { steps, snapshots, corpus, counts: counted } = subject.features;
  const rng = new Rng(`${seed}\ndata`);
  const listed = subject.words <= LISTED_WORDS;
  const [census, weights, vocabulary, sentences, scorecard] = await Promise.all([
    source.json('/api/census', { signal }),
    source.binary('/api/weights', { signal }),
    listed ? source.json('/api/vocabulary', { signal }) : null,
    corpus ? sentencesOf(source, rng, signal) : null,
    steps || snapshots ? source.json('/api/journey/analogies', { signal }) : null,
  ]);
  const counts = counted && vocabulary ? vocabulary.counts : null;
  const data = {
    facts: factsOf(subject),
    run: null,
    space: spaceOf(subject, weights, counts),
    sentences,
    census,
    counts: counts && vocabulary ? { words: vocabulary.words, counts } : null,
    analogies: scorecard?.questions ?? [],
    rates: null,
  };
  let asked: Promise<ReplayBlock | null> | null = null;
  const block = () => (asked ??= steps ? replayOf(source, signal) : Promise.resolve(null));
  return {
    data,
    later: {
      run: async () => {
        const found = await block();
        return found && vocabulary && runOf(found, vocabulary.words, seed, signal);
      },
      rates: async () => {
        const found = await block();
        return found && ratesOf(found, signal);
      },
    },
  };
}

function factsOf(subject: Subject): Facts {
  const options = new Map(subject.options.map(({ name, value }) => [name, value]));
  return {
    name: subject.name,
    words: subject.words,
    dim: subject.vector_size,
    architecture: subject.architecture as Architecture | null,
    loss: trainedLoss(subject.loss),
    option: (name) => {
      const value = options.get(name);
      return typeof value === 'number' ? value : null;
    },
  };
}

/** The run to be done again; null where it is too long for that. */
async function replayOf(source: Source, signal: AbortSignal): Promise<ReplayBlock | null> {
  try {
    const { payload, arrays } = await source.binary('/api/replay', { signal });
    return { facts: payload, arrays };
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

async function sentencesOf(
  source: Source,
  rng: Rng,
  signal: AbortSignal,
): Promise<Sentence[] | null> {
  const { total } = await source.json('/api/sentences', { query: { limit: 1 }, signal });
  const numbers = new Set<number>();
  const there = Math.min(total, NUMBERED_SENTENCES);
  for (let draw = 0; draw < SENTENCES && there > 0; draw++) numbers.add(rng.below(there));
  if (numbers.size === 0) return null;
  return Promise.all(
    [...numbers].map((number) =>
      source.json('/api/sentences/{number}', { path: { number }, signal }),
    ),
  );
}

/** Words that read alike, or could not be read, are not asked about. */
function spaceOf(
  { vector_size: dim }: Subject,
  { payload, arrays }: BinaryRoutes['/api/weights'],
  counts: readonly number[] | null,
): Space | null {
  const seen = new Set<string>();
  const kept = payload.words.flatMap((text, at) => {
    if (text.trim() === '' || seen.has(text)) return [];
    seen.add(text);
    return [at];
  });
  if (kept.length === 0) return null;
  const rowsOf = (matrix: ArrayLike<number>) => {
    const rows = new Float64Array(kept.length * dim);
    kept.forEach((at, place) => {
      for (let d = 0; d < dim; d++) rows[place * dim + d] = matrix[at * dim + d]!;
    });
    return rows;
  };
  return new Space(
    kept.map((at) => payload.words[at]!),
    dim,
    rowsOf(arrays.inputs.data),
    arrays.outputs ? rowsOf(arrays.outputs.data) : null,
    counts && kept.map((at) => counts[payload.rows[at]!]!),
  );
}

/** The steps that are asked about, done before they are needed, a few at a time. */
async function runOf(
  block: ReplayBlock,
  words: readonly string[],
  seed: string,
  signal: AbortSignal,
): Promise<Run> {
  const run = new Run(block, words, poolOf(block.facts, new Rng(`${seed}\npool`)));
  await inSlices(stepsOf(run), signal);
  return run;
}

function* stepsOf(run: Run): Generator<undefined, undefined> {
  for (const number of run.pool) {
    run.step(number);
    yield;
  }
}

/** The same for every seed: trained once for a run. */
const trained = new WeakMap<object, Promise<Rates | null>>();

function ratesOf(block: ReplayBlock, signal: AbortSignal): Promise<Rates | null> {
  const known = trained.get(block.arrays.order);
  if (known) return known;
  const made = inSlices(trainAtRates(block), signal);
  trained.set(block.arrays.order, made);
  made.catch(() => trained.delete(block.arrays.order));
  return made;
}

/** Works until the end of a generator, and lets the page go on now and then. */
async function inSlices<T>(work: Generator<undefined, T>, signal: AbortSignal): Promise<T> {
  let since = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - since < WORKED_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    since = performance.now();
  }
}
