/**
 * A run as a file: a zip archive of the folder that `lexiscope record` writes, which the command
 * line opens as it is (`lexiscope serve FILE`), or unpacked. Layouts: Python's `model_folder` and
 * `replay.storage`.
 */
import type { RunHistory } from './answers/history';
import { configOf } from './answers/text';
import { blake2b } from './blake2b';
import { bytesOf, crc32, fields, joined, utf8, zip } from './bytes';
import type { TrainedRun } from './run';

const SMOOTHED = 500;

export function savedRun(
  history: RunHistory,
  version: string,
  seconds: number,
): Uint8Array<ArrayBuffer> {
  const { run } = history;
  const { inputs, outputs } = run.weights();
  const dim = run.options.vector_size;
  return zip({
    'model.safetensors': safetensors({
      input: [Float32Array.from(inputs.values), dim],
      output: [Float32Array.from(outputs.values), dim],
    }),
    'vocabulary.tsv': utf8(
      run.words.map((word, row) => `${escaped(word)}\t${run.counts[row]}\n`).join(''),
    ),
    'config.json': utf8(`${JSON.stringify(metadata(history, version, seconds), null, 2)}\n`),
    'recording/steps.bin': steps(history, version, seconds),
  });
}

/** As in `files/tokens.py`. */
function escaped(word: string): string {
  return word.replace(/\\/g, '\\\\').replace(/[\ud800-\udfff]/gu, (half) => {
    return `\\u${half.charCodeAt(0).toString(16)}`;
  });
}

function metadata(history: RunHistory, version: string, seconds: number) {
  const { run } = history;
  const corpus: Record<string, unknown> = { ...run.training.text.facts };
  for (const large of ['sentences', 'stopwords', 'rare']) Reflect.deleteProperty(corpus, large);
  const last = history.losses.slice(-Math.min(SMOOTHED, run.steps));
  return {
    lexiscope: version,
    recorded: configOf(run.options),
    vocabulary: { words: run.words.length, order: 'alphabetical' },
    corpus: { ...corpus, fingerprint: fingerprint(run) },
    result: {
      steps: run.steps,
      examples: run.training.epochLength,
      final_loss: last.reduce((sum, loss) => sum + loss, 0) / last.length,
      seconds,
    },
  };
}

/** Of the encoded text and its vocabulary. */
export function fingerprint({ words, training }: TrainedRun): string {
  return blake2b(joined([utf8(words.join('\n')), bytesOf(training.text.ids)]), 16);
}

function safetensors(
  matrices: Record<string, [values: Float32Array, columns: number]>,
): Uint8Array {
  let at = 0;
  const entries = Object.entries(matrices).map(([name, [values, columns]]) => {
    const begin = at;
    at += values.byteLength;
    const shape = [values.length / columns, columns];
    return [name, { dtype: 'F32', shape, data_offsets: [begin, at] }] as const;
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = utf8(text + ' '.repeat((8 - (utf8(text).length % 8)) % 8));
  const contents = Object.values(matrices).map(([values]) => bytesOf(values));
  return joined([fields([header.length, 4], [0, 4]), header, ...contents]);
}

type Part = [name: string, array: ArrayBufferView & { length: number }, columns?: number];

const DTYPES = new Map<unknown, string>([
  [Int32Array, '<i4'],
  [BigInt64Array, '<i8'],
  [Float32Array, '<f4'],
  [Float64Array, '<f8'],
]);

function steps(history: RunHistory, version: string, seconds: number): Uint8Array {
  const { run } = history;
  const { training, words, counts } = run;
  const { examples, order, tables, layout, states, text } = training;
  const wide = BigInt64Array.from(counts, BigInt);
  const facts = {
    lexiscope: version,
    config: configOf(run.options),
    words: words.length,
    vocabulary_crc32: crc32(bytesOf(wide), crc32(utf8(words.join('\n')))),
    epoch_length: training.epochLength,
    spacing: training.spacing,
    seconds,
    corpus: { ...text.facts, fingerprint: fingerprint(run) },
  };
  const whole = new Float64Array(states.length * layout.size);
  states.forEach((state, place) => whole.set(state, place * layout.size));
  const arrays: Part[] = [
    ['order', order],
    ['members', examples.members],
    ['starts', BigInt64Array.from(examples.starts, BigInt)],
    ['targets', examples.targets],
    ['losses', history.losses],
  ];
  if (tables.negatives) arrays.push(['negatives', tables.negatives, run.options.negative]);
  arrays.push(['states', whole, layout.size]);
  let offset = 0;
  const parts = arrays.map(([name, array, columns]) => {
    const content = bytesOf(array);
    const part = {
      name,
      dtype: DTYPES.get(array.constructor),
      shape: columns ? [array.length / columns, columns] : [array.length],
      packed: false,
      offset,
      size: content.length,
      crc32: crc32(content),
    };
    offset += content.length;
    return part;
  });
  const header = utf8(JSON.stringify({ facts, parts }));
  const head = joined([utf8('LXSTEPS\n'), fields([1, 4], [header.length, 4], [crc32(header), 4])]);
  return joined([head, header, ...arrays.map(([, array]) => bytesOf(array))]);
}
