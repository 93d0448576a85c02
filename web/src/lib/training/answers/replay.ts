/** The run as the page does it again elsewhere: what a recording's replay has. */
import type { BinaryRoutes } from '$lib/api/routes';
import type { Tensor } from '$lib/api/safetensors';
import type { State, Weights } from '$lib/replay/block';
import type { RunHistory } from './history';

const STATES_BYTES = 4_000_000; // what states may take: the fewer there are, the longer is the replay

export function replayOf(history: RunHistory): BinaryRoutes['/api/replay'] {
  const { facts, arrays } = history.block;
  const steps = stepsKept(history);
  const states = steps.map((step) => history.at(step));
  const part = (
    of: keyof State & ('inputs' | 'outputs' | 'bias'),
    which: keyof Weights,
    width: number,
  ): Tensor<Float32Array> | undefined => {
    const parts = states.flatMap((state) => state[of]?.[which] ?? []);
    if (parts.length === 0) return undefined;
    const size = parts[0]!.length;
    const data = new Float32Array(size * parts.length);
    parts.forEach((values, at) => data.set(values, at * size));
    const shape = of === 'bias' ? [parts.length, size] : [parts.length, size / width, width];
    return { data, shape };
  };
  const { dim } = history;
  const some = {
    bias: part('bias', 'values', 1),
    first_in: part('inputs', 'first', dim),
    first_out: part('outputs', 'first', dim),
    second_in: part('inputs', 'second', dim),
    second_out: part('outputs', 'second', dim),
    first_bias: part('bias', 'first', 1),
    second_bias: part('bias', 'second', 1),
  };
  return {
    payload: { ...facts, keyframes: steps },
    arrays: {
      ...arrays,
      inputs: part('inputs', 'values', dim)!,
      outputs: part('outputs', 'values', dim)!,
      ...Object.fromEntries(Object.entries(some).filter(([, tensor]) => tensor)),
    },
  };
}

/** Steps whose states the run has itself, evenly spaced, the first and the last among them. */
function stepsKept({ run, steps }: RunHistory): number[] {
  const { spacing, states, layout } = run.training;
  const fitting = Math.max(2, Math.floor(STATES_BYTES / (4 * layout.size)));
  const stride = Math.max(1, Math.ceil((states.length - 1) / (fitting - 1)));
  const kept = states.flatMap((_, place) => (place % stride === 0 ? [place * spacing] : []));
  return [...new Set([...kept.map((step) => Math.min(step, steps)), steps])];
}
