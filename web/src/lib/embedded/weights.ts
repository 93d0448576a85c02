/** The weights at any step, from the replay: what `?step=` asks the server for. */
import type { BinaryRoutes, Schemas } from '$lib/api/routes';
import type { Tensor } from '$lib/api/safetensors';
import type { State } from '$lib/replay/block';
import { units } from './vectors';

type Weights = BinaryRoutes['/api/weights'];
type Similarity = BinaryRoutes['/api/weights/similarity'];

function rowsOf(matrix: Float64Array, rows: readonly number[], dim: number): Tensor<Float32Array> {
  const data = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => data.set(matrix.subarray(row * dim, (row + 1) * dim), i * dim));
  return { data, shape: [rows.length, dim] };
}

/** @param last The same at the run's end, which says what is shown. */
export function weightsAt(last: Weights, state: State, dim: number): Weights {
  const { rows } = last.payload;
  return {
    payload: { ...last.payload, step: state.step },
    arrays: {
      inputs: rowsOf(state.inputs.values, rows, dim),
      ...(last.arrays.outputs ? { outputs: rowsOf(state.outputs.values, rows, dim) } : {}),
    },
  };
}

export function similarityAt(
  last: Similarity,
  state: State,
  dim: number,
  rowOf: (word: string) => number,
): Similarity {
  const rows = last.payload.words.map(rowOf);
  const { values } = units(rowsOf(state.inputs.values, rows, dim).data, dim);
  const count = rows.length;
  const data = new Float32Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      let dot = 0;
      for (let d = 0; d < dim; d++) dot += values[a * dim + d]! * values[b * dim + d]!;
      data[a * count + b] = dot;
    }
  }
  const means = groupMeans(data, last.payload.groups);
  return {
    payload: { ...last.payload, ...means, step: state.step },
    arrays: { cosines: { data, shape: [count, count] } },
  };
}

const OTHERS = 'others'; // the server's name for words in no group

/** Mean cosines of different words within a group and across groups; null where there are none. */
export function groupMeans(
  cosines: ArrayLike<number>,
  groups: Schemas['Similarity']['groups'],
): { within: number | null; across: number | null } {
  const labels = groups.flatMap(([name, count], group) =>
    Array.from({ length: count }, () => (name === OTHERS ? -1 : group)),
  );
  const sums = { within: 0, across: 0 };
  const counts = { within: 0, across: 0 };
  labels.forEach((a, i) => {
    labels.forEach((b, j) => {
      if (a < 0 || b < 0 || i === j) return;
      const kind = a === b ? 'within' : 'across';
      sums[kind] += cosines[i * labels.length + j]!;
      counts[kind]++;
    });
  });
  const mean = (kind: 'within' | 'across') => (counts[kind] ? sums[kind] / counts[kind] : null);
  return { within: mean('within'), across: mean('across') };
}

/** @param last The same at the run's end: which words. */
export function twoVectorsAt(
  last: Schemas['TwoVectors'],
  state: State,
  dim: number,
  rowOf: (word: string) => number,
): Schemas['TwoVectors'] {
  const inputs = units(state.inputs.values, dim);
  const outputs = units(state.outputs.values, dim);
  const found = last.words.map((word) => {
    const row = rowOf(word);
    let cosine = 0;
    for (let d = 0; d < dim; d++) {
      cosine += inputs.values[row * dim + d]! * outputs.values[row * dim + d]!;
    }
    return { word, cosine, input: inputs.norms[row]!, output: outputs.norms[row]! };
  });
  found.sort((a, b) => b.cosine - a.cosine);
  return {
    step: state.step,
    words: found.map(({ word }) => word),
    cosines: found.map(({ cosine }) => cosine),
    input_norms: found.map(({ input }) => input),
    output_norms: found.map(({ output }) => output),
  };
}
