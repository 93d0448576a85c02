/** The answers of the weights view, at any step. */
import type { BinaryRoutes, Schemas } from '$lib/api/routes';
import { ProblemError } from '$lib/api/problem';
import { groupMeans, twoVectorsAt } from '$lib/single-file/weights';
import { units } from '$lib/single-file/vectors';
import type { RunHistory } from './history';

const OTHERS = 'others'; // the server's name for words in no group

const pick = (matrix: Float64Array, rows: readonly number[], dim: number): Float32Array => {
  const data = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => data.set(matrix.subarray(row * dim, (row + 1) * dim), i * dim));
  return data;
};

export function weightMatrices(history: RunHistory, step: number): BinaryRoutes['/api/weights'] {
  const { dim, run } = history;
  const rows = history.frequent();
  const state = history.at(step);
  const shape = [rows.length, dim];
  return {
    payload: { step, words: rows.map((row) => run.words[row]!), rows, of: run.words.length },
    arrays: {
      inputs: { data: pick(state.inputs.values, rows, dim), shape },
      ...(history.wordsHaveRows && {
        outputs: { data: pick(state.outputs.values, rows, dim), shape },
      }),
    },
  };
}

export function similarityMatrix(
  history: RunHistory,
  step: number,
): BinaryRoutes['/api/weights/similarity'] {
  const { dim, run } = history;
  const { order, groups } = byGroup(history);
  const { values } = units(history.inputsAt(step), dim);
  const count = order.length;
  const data = new Float32Array(count * count);
  order.forEach((row, a) => {
    order.forEach((other, b) => {
      let sum = 0;
      for (let d = 0; d < dim; d++) sum += values[row * dim + d]! * values[other * dim + d]!;
      data[a * count + b] = sum;
    });
  });
  const words = order.map((row) => run.words[row]!);
  return {
    payload: { step, words, groups, ...groupMeans(data, groups) },
    arrays: { cosines: { data, shape: [count, count] } },
  };
}

/** Rows group by group, those in none at the end. */
function byGroup(history: RunHistory): { order: number[]; groups: [string, number][] } {
  const left = new Set(history.frequent());
  const order: number[] = [];
  const groups: [string, number][] = [];
  for (const [name, words] of Object.entries(history.notes.groups)) {
    const members = words.flatMap((word) => {
      const row = history.rows.get(word);
      return row !== undefined && left.delete(row) ? [row] : [];
    });
    order.push(...members);
    if (members.length) groups.push([name, members.length]);
  }
  if (left.size) groups.push([OTHERS, left.size]);
  return { order: [...order, ...left], groups };
}

export function twoVectors(history: RunHistory, step: number): Schemas['TwoVectors'] {
  if (!history.wordsHaveRows) {
    throw new ProblemError(
      'this run was trained with hierarchical softmax: the rows of its W′ are nodes of a tree, ' +
        'not words; train with negative sampling or the softmax to see them',
      404,
      '',
    );
  }
  const words = history.frequent().map((row) => history.run.words[row]!);
  const all = { step, words, cosines: [], input_norms: [], output_norms: [] };
  return twoVectorsAt(all, history.at(step), history.dim, (word) => history.rows.get(word)!);
}

export function norms(history: RunHistory): BinaryRoutes['/api/explore/norms'] {
  const { byFrequency, run, vectors } = history;
  const vector = <A>(data: A) => ({ data, shape: [byFrequency.length] });
  return {
    payload: {
      words: byFrequency.map((row) => run.words[row]!),
      of: run.words.length,
      has_counts: true,
    },
    arrays: {
      norms: vector(Float32Array.from(byFrequency, (row) => vectors.input.norms[row]!)),
      counts: vector(Float64Array.from(byFrequency, (row) => run.counts[row]!)),
    },
  };
}
