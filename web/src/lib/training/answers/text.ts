/** The answers about what a run is, and about its text. */
import type { BinaryRoutes, Schemas } from '$lib/api/routes';
import { pageOf } from '$lib/single-file/sentences';
import type { TrainingOptions } from '../options';
import { wordsOf } from '../text';
import MEANINGS from '../meanings.json';
import type { RunHistory } from './history';
import { wholeGroups } from './journey';

const SAMPLES = 12;
const LISTED = 2_000;

/** The options as a recording's config.json has them, in its order. */
export function configOf(options: TrainingOptions) {
  return {
    architecture: options.architecture,
    loss: options.loss,
    optimizer: options.optimizer,
    steps: options.steps,
    epochs: null,
    vector_size: options.vector_size,
    alpha: options.alpha,
    window: options.window,
    min_count: options.min_count,
    seed: options.seed,
    negative: options.negative,
    ns_exponent: options.ns_exponent,
    cbow_update: options.cbow_update,
    precision: 'float64',
    dense_steps: 200,
    record_interval: 10,
    pca: 'final_pca',
  } as const;
}

export function subjectOf(
  { run, wordsHaveRows }: RunHistory,
  fingerprint: string,
  version: string,
): Schemas['Subject'] {
  const { options, words, steps, training } = run;
  const meanings: Readonly<Record<string, string>> = MEANINGS;
  return {
    name: training.text.facts.name,
    kind: 'recording',
    format: 'trained in this page',
    fingerprint,
    words: words.length,
    vector_size: options.vector_size,
    steps,
    architecture: options.architecture,
    loss: options.loss,
    optimizer: options.optimizer,
    options: Object.entries(configOf(options)).map(([name, value]) => ({
      name,
      value,
      meaning: meanings[name] ?? '',
    })),
    features: {
      steps: true,
      snapshots: false,
      corpus: true,
      output: wordsHaveRows,
      counts: true,
      map: false,
      comparison: false,
      contextual: false,
      senses: false,
    },
    version,
  };
}

export function vocabulary(history: RunHistory): Schemas['Vocabulary'] {
  const { words, counts } = history.run;
  return { words: [...words], counts: [...counts], groups: wholeGroups(history) };
}

/** The matrices counted; models to compare with are the page's own. */
export function layers({ run, wordsHaveRows }: RunHistory): Schemas['Layer'][] {
  const { dim, words, outputRows, bias } = run.training.layout;
  const role = wordsHaveRows
    ? 'one row a word: the word as what is predicted'
    : 'one row an inner node of the Huffman tree';
  const layer = (name: string, what: string, ...shape: number[]) => ({
    name,
    role: what,
    shape,
    parameters: shape.reduce((a, b) => a * b, 1),
  });
  return [
    layer('W', 'one row a word: the word as input', words, dim),
    layer(
      'W′',
      outputRows === words ? role : 'one row an inner node of the Huffman tree',
      outputRows,
      dim,
    ),
    ...(bias ? [layer('bias', 'one number a word', words)] : []),
  ];
}

export function corpus({ run }: RunHistory): Schemas['Corpus'] {
  const { facts } = run.training.text;
  const { min_count, window } = run.options;
  const counted = (words: readonly (readonly [string, number])[]) =>
    words.slice(0, LISTED).map(([word, count]) => ({ word, count }));
  const known = run.words.map((word, row): [string, number] => [word, run.counts[row]!]);
  const stride = Math.max(1, Math.floor(facts.sentences.length / SAMPLES));
  return {
    name: facts.name,
    sentences: facts.sentence_count,
    used_sentences: facts.used_sentences,
    tokens: facts.tokens,
    vocabulary: counted(known.sort((a, b) => b[1] - a[1])),
    stopwords_removed: counted(facts.stopwords),
    rare_removed: counted(facts.rare),
    stopword_tokens: facts.stopword_tokens,
    rare_tokens: facts.rare_tokens,
    samples: facts.sentences.filter((_, place) => place % stride === 0).slice(0, SAMPLES),
    min_count,
    window,
    pairs: run.training.epochLength,
  };
}

export function sentences(
  { run }: RunHistory,
  offset = 0,
  limit = 50,
  search = '',
): Schemas['Sentences'] {
  const kept = run.training.text.facts.sentences;
  const all = kept.map((text, number) => ({ number, text }));
  return pageOf({ total: all.length, first: 0, sentences: all }, offset, limit, search);
}

/** @throws RangeError There is no such sentence. */
export function sentencePairs(
  { run, rows }: RunHistory,
  number: number,
  window: number = run.options.window,
): Schemas['SentencePairs'] {
  const { sentences: kept, stopwords } = run.training.text.facts;
  const sentence = kept[number];
  if (sentence === undefined) {
    throw new RangeError(
      `sentence ${number} is not there; the run has the sentences 0 … ${kept.length - 1}`,
    );
  }
  const stopped = new Set(stopwords.map(([word]) => word));
  const words = wordsOf(sentence).map((word) => {
    const row = rows.get(word) ?? null;
    const removed = row !== null ? null : stopped.has(word) ? 'stop word' : 'too rare';
    return { word, row, removed } as Schemas['SentenceWord'];
  });
  const places = words.flatMap(({ row }, place) => (row === null ? [] : [place]));
  const pairs: [number, number][] =
    run.options.architecture === 'next-word'
      ? places.slice(1).map((place, at) => [places[at]!, place])
      : places.flatMap((center, at) =>
          places
            .slice(Math.max(0, at - window), at + window + 1)
            .filter((context) => context !== center)
            .map((context): [number, number] => [center, context]),
        );
  return { number, window, words, pairs };
}

/** Which words some steps trained, and their losses. */
export function examples(
  history: RunHistory,
  first = 1,
  count = Infinity,
): BinaryRoutes['/api/examples'] {
  history.check(first, 1);
  const { training, options, steps } = history.run;
  const { members, starts, targets } = training.examples;
  const last = Math.min(first - 1 + count, steps);
  const order = training.order.subarray(first - 1, last);
  const predicted = Int32Array.from(order, (example) => targets[example]!);
  const inputs = Int32Array.from(order, (example) => members[starts[example]!]!);
  const vector = <A>(data: A) => ({ data, shape: [order.length] });
  return {
    payload: { steps, first, bookmarks: bookmarks(history) },
    arrays: {
      center: vector(options.architecture === 'cbow' ? predicted : inputs),
      target: vector(predicted),
      loss: vector(history.losses.slice(first - 1, last)),
      epoch: vector(
        Int32Array.from(order, (_, i) => 1 + Math.floor((first - 1 + i) / training.epochLength)),
      ),
    },
  };
}

/** Three steps of the example whose loss fell most. */
function bookmarks({ run, losses, steps }: RunHistory): Record<string, number> {
  const { order } = run.training;
  const firsts = new Map<number, number>();
  const lasts = new Map<number, number>();
  order.forEach((example, step) => {
    if (!firsts.has(example)) firsts.set(example, step);
    lasts.set(example, step);
  });
  let [best, most] = [-1, -Infinity];
  for (const example of [...firsts.keys()].sort((a, b) => a - b)) {
    const [first, last] = [firsts.get(example)!, lasts.get(example)!];
    const fallen = last > first ? Math.fround(losses[first]! - losses[last]!) : -Infinity;
    if (fallen > most) [best, most] = [example, fallen];
  }
  if (best < 0) return { early: 1, middle: Math.max(1, Math.floor(steps / 2)), late: steps };
  let middle = firsts.get(best)!;
  order.forEach((example, step) => {
    const nearer = Math.abs(step - steps / 2) < Math.abs(middle - steps / 2);
    if (example === best && nearer) middle = step;
  });
  return { early: firsts.get(best)! + 1, middle: middle + 1, late: lasts.get(best)! + 1 };
}
