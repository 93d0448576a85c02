/** Runs of every kind as quizzes see them: the recorded fixtures, and larger ones made here. */
import type { Schemas } from '$lib/api/routes';
import { fromBase64 } from '$lib/api/safetensors';
import { lossOf } from '$lib/losses';
import { readBlock, type ReplayBlock, type ReplayFacts } from '$lib/replay/block';
import { fixture, FIXTURES } from '$lib/replay/fixtures';
import { Replayer } from '$lib/replay/replayer';
import { withWindow } from '$lib/single-file/sentences';
import type { QuizData } from './kind';
import { trainAtRates } from './rates';
import { Rng } from './rng';
import { poolOf, Run } from './run';
import { Space } from './space';

const WINDOW = 3;
const NOISE_POWER = 0.75;
export const VOCABULARY = fixture('skipgram-softmax-sgd').answers[
  '/api/vocabulary'
] as Schemas['Vocabulary'];
const TEXTS = (
  fixture('skipgram-softmax-sgd').answers['/api/sentences'] as Schemas['Sentences']
).sentences.map(({ text }) => text);

/** The end of a generator, without pauses. */
function finished<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

function sentencesOf(texts: readonly string[], words: readonly string[], architecture: string) {
  return texts.map((text, number) => {
    const found = text.split(' ').map((one) => {
      const row = words.indexOf(one);
      return { word: one, row: row < 0 ? null : row, removed: row < 0 ? 'too rare' : null };
    });
    const bare = { number, window: WINDOW, words: found, pairs: [] };
    return withWindow(bare, WINDOW, architecture);
  });
}

/** What `gather` makes of a run on a server. */
export function dataOf(
  block: ReplayBlock,
  words: readonly string[],
  counts: readonly number[],
  texts: readonly string[],
): QuizData {
  const { facts } = block;
  const loss = lossOf(facts.loss);
  const last = new Replayer(block).at(facts.steps);
  const rows = last.outputs.values.length / facts.vector_size;
  const layers = [
    { name: 'W', role: '', shape: [facts.words, facts.vector_size], parameters: 0 },
    { name: 'W′', role: '', shape: [rows, facts.vector_size], parameters: 0 },
    ...(last.bias ? [{ name: 'bias', role: '', shape: [facts.words], parameters: 0 }] : []),
  ];
  const parameters = layers.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const outputs = loss.wordsHaveRows ? last.outputs.values : null;
  return {
    facts: {
      name: 'test',
      words: facts.words,
      dim: facts.vector_size,
      architecture: facts.architecture,
      loss,
      option: (name) =>
        name === 'ns_exponent' && loss.options.includes(name) ? NOISE_POWER : null,
    },
    run: new Run(block, words, []),
    space: new Space(words, facts.vector_size, last.inputs.values, outputs, counts),
    sentences: sentencesOf(texts, words, facts.architecture),
    census: { layers, parameters, comparisons: [] },
    counts: { words, counts },
    analogies: [{ a: words[0]!, b: words[1]!, c: words[2]!, expected: words[3]! }],
    rates: finished(trainAtRates(block)),
  };
}

/** The same data as a seed sees it. */
export function seeded(data: QuizData, seed: string): QuizData {
  const { run } = data;
  return run ? { ...data, run: run.withPool(poolOf(run.facts, new Rng(`${seed}\npool`))) } : data;
}

export const RECORDED: readonly (readonly [string, () => QuizData])[] = FIXTURES.map((one) => [
  one.name,
  () => dataOf(readBlock(fromBase64(one.replay)), VOCABULARY.words, VOCABULARY.counts, TEXTS),
]);

const THEMES = [
  'king queen crown throne palace castle knight court',
  'dog cat puppy kitten bone milk barks purrs',
  'rain snow wind storm cloud sun frost thunder',
  'bread butter cheese soup salt pepper oven spoon',
  'goal ball team match coach player score field',
].map((line) => line.split(' '));
const WORDS = THEMES.flat();
const DIM = 8;
const STEPS = 1200;

/** Sentences of words of one theme each, frequent ones more often, with words that are left out. */
function themedTexts(rng: Rng): string[] {
  return Array.from({ length: 60 }, () => {
    const theme = rng.pick(THEMES);
    const place = () => Math.floor(theme.length * rng.next() ** 1.6);
    const words = Array.from({ length: 4 + rng.below(6) }, () => theme[place()]!);
    return (rng.chance(0.6) ? ['the', ...words.slice(0, 2), 'and', ...words.slice(2)] : words).join(
      ' ',
    );
  });
}

type Options = Pick<ReplayFacts, 'architecture' | 'loss' | 'optimizer'>;

/** A run of forty words in eight dimensions, from random weights; all its steps are the page's own. */
export function largerRun(options: Options): QuizData {
  const rng = new Rng('a larger run');
  const texts = themedTexts(rng);
  const kept = texts.map((text) =>
    text
      .split(' ')
      .map((one) => WORDS.indexOf(one))
      .filter((row) => row >= 0),
  );
  const counts = WORDS.map((_, row) => kept.flat().filter((one) => one === row).length);
  const examples = kept.flatMap((rows) => examplesOf(rows, options.architecture));
  const i32 = (values: readonly number[]) => ({
    data: Int32Array.from(values),
    shape: [values.length],
  });
  const f32 = (shape: number[], make: () => number) => ({
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, make),
    shape,
  });
  const order = Array.from({ length: STEPS }, () => rng.below(examples.length));
  const starts = examples.reduce(
    (ends, { members }) => [...ends, ends.at(-1)! + members.length],
    [0],
  );
  const tree = options.loss === 'hierarchical';
  const drawn = options.loss === 'negative' || options.loss === 'nce';
  const rows = tree ? WORDS.length - 1 : WORDS.length;
  const noise = counts.map((count) => (count + 0.1) ** NOISE_POWER);
  const total = noise.reduce((a, b) => a + b, 0);
  const bias = options.architecture === 'next-word' && options.loss === 'softmax';
  const nothing = (shape: number[]) => f32(shape, () => 0);
  const adam = options.optimizer === 'adam';
  const arrays = {
    order: i32(order),
    members: i32(examples.flatMap(({ members }) => members)),
    starts: i32(starts),
    targets: i32(examples.map(({ target }) => target)),
    inputs: f32([1, WORDS.length, DIM], () => rng.next() - 0.5),
    outputs: f32([1, rows, DIM], () => rng.next() - 0.5),
    ...(bias ? { bias: nothing([1, WORDS.length]) } : {}),
    ...(adam
      ? {
          first_in: nothing([1, WORDS.length, DIM]),
          second_in: nothing([1, WORDS.length, DIM]),
          first_out: nothing([1, rows, DIM]),
          second_out: nothing([1, rows, DIM]),
          ...(bias
            ? { first_bias: nothing([1, WORDS.length]), second_bias: nothing([1, WORDS.length]) }
            : {}),
        }
      : {}),
    ...(drawn
      ? {
          negatives: {
            data: Int32Array.from({ length: STEPS * 5 }, () => rng.below(WORDS.length)),
            shape: [STEPS, 5],
          },
        }
      : {}),
    ...(options.loss === 'nce'
      ? {
          shifts: {
            data: Float32Array.from(noise, (one) => Math.log((5 * one) / total)),
            shape: [WORDS.length],
          },
        }
      : {}),
    ...(tree ? binaryTree(WORDS.length) : {}),
  };
  const facts: ReplayFacts = {
    ...options,
    steps: STEPS,
    epoch_length: examples.length,
    words: WORDS.length,
    vector_size: DIM,
    keyframes: [0],
    learning_rate: adam ? 0.01 : 0.1,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    cbow_update: 'exact',
  };
  return dataOf({ facts, arrays } as ReplayBlock, WORDS, counts, texts);
}

function examplesOf(rows: readonly number[], architecture: Options['architecture']) {
  if (architecture === 'next-word') {
    return rows.slice(1).map((target, at) => ({ members: [rows[at]!], target }));
  }
  return rows.flatMap((center, at) => {
    const around = [
      ...rows.slice(Math.max(0, at - WINDOW), at),
      ...rows.slice(at + 1, at + 1 + WINDOW),
    ];
    if (architecture === 'cbow') return around.length ? [{ members: around, target: center }] : [];
    return around.map((target) => ({ members: [center], target }));
  });
}

/** A tree in which word w is the w-th leaf; inner nodes numbered as they are met. */
function binaryTree(words: number) {
  const paths: { node: number; sign: number }[][] = Array.from({ length: words }, () => []);
  let nodes = 0;
  const part = (from: number, to: number, path: { node: number; sign: number }[]): void => {
    if (to - from === 1) {
      paths[from] = path;
      return;
    }
    const node = nodes++;
    const middle = (from + to) >> 1;
    part(from, middle, [...path, { node, sign: 1 }]);
    part(middle, to, [...path, { node, sign: -1 }]);
  };
  part(0, words, []);
  const starts = paths.reduce((ends, path) => [...ends, ends.at(-1)! + path.length], [0]);
  const all = paths.flat();
  return {
    tree_starts: { data: Int32Array.from(starts), shape: [words + 1] },
    tree_nodes: { data: Int32Array.from(all, ({ node }) => node), shape: [all.length] },
    tree_signs: { data: Float32Array.from(all, ({ sign }) => sign), shape: [all.length] },
  };
}
