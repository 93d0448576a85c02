/** What the page's file carries of a recorded run, to do any of its steps again. */
import type { Schemas } from '$lib/api/routes';
import { decode, part, type Tensor } from '$lib/api/safetensors';

export type ReplayFacts = Schemas['Replay'];

type F32 = Tensor<Float32Array>;
type I32 = Tensor<Int32Array>;

/** The arrays as `lexiscope.server.single_file` writes them; V words, D dimensions, R rows of W′. */
export interface ReplayArrays {
  /** (S): the example that each step learns. */
  order: I32;
  /** Example e: input rows members[starts[e] … starts[e + 1] − 1], to predict targets[e]. */
  members: I32;
  starts: I32;
  targets: I32;
  /** (S, K), −1 for an empty slot; only with negative sampling. */
  negatives?: I32;
  /** Word w's way down the tree: nodes[starts[w] … starts[w + 1] − 1], sign +1 for label 1. */
  tree_starts?: I32;
  tree_nodes?: I32;
  tree_signs?: Tensor;
  /** (checkpoints, V, D) and (checkpoints, R, D). */
  inputs: F32;
  outputs: F32;
  /** (checkpoints, V). */
  bias?: F32;
  first_in?: F32;
  second_in?: F32;
  first_out?: F32;
  second_out?: F32;
  first_bias?: F32;
  second_bias?: F32;
}

export interface ReplayBlock {
  facts: ReplayFacts;
  arrays: ReplayArrays;
}

/** A matrix under training: flat, row by row, with Adam's moments where there are some. */
export interface Weights {
  values: Float64Array;
  first: Float64Array | null;
  second: Float64Array | null;
}

/** All weights at one step, in float64. */
export interface State {
  /** Steps done. */
  step: number;
  /** W, (V, D). */
  inputs: Weights;
  /** W′, (R, D). */
  outputs: Weights;
  /** (V), or null. */
  bias: Weights | null;
}

export function readBlock(bytes: Uint8Array): ReplayBlock {
  const { metadata, arrays } = decode(bytes);
  const facts = JSON.parse(metadata.payload ?? 'null') as ReplayFacts;
  return { facts, arrays: arrays as unknown as ReplayArrays };
}

/** The state at checkpoint number c. */
export function stateAt({ facts, arrays }: ReplayBlock, c: number): State {
  const wide = (tensor: F32) => Float64Array.from(part(tensor, c).data);
  const weights = (values: F32, first?: F32, second?: F32): Weights => ({
    values: wide(values),
    first: first ? wide(first) : null,
    second: second ? wide(second) : null,
  });
  return {
    step: facts.checkpoints[c]!,
    inputs: weights(arrays.inputs, arrays.first_in, arrays.second_in),
    outputs: weights(arrays.outputs, arrays.first_out, arrays.second_out),
    bias: arrays.bias ? weights(arrays.bias, arrays.first_bias, arrays.second_bias) : null,
  };
}

export function copyState({ step, inputs, outputs, bias }: State): State {
  const copy = ({ values, first, second }: Weights): Weights => ({
    values: values.slice(),
    first: first?.slice() ?? null,
    second: second?.slice() ?? null,
  });
  return { step, inputs: copy(inputs), outputs: copy(outputs), bias: bias && copy(bias) };
}

export interface Example {
  /** Rows of W. */
  members: Int32Array;
  /** The word to predict. */
  target: number;
}

/** What step 1 … S learns. */
export function exampleOf({ arrays }: ReplayBlock, step: number): Example {
  const example = arrays.order.data[step - 1]!;
  const [from, to] = [arrays.starts.data[example]!, arrays.starts.data[example + 1]!];
  return {
    members: arrays.members.data.subarray(from, to),
    target: arrays.targets.data[example]!,
  };
}

/** The negatives of step 1 … S. */
export function negativesOf({ arrays }: ReplayBlock, step: number): number[] {
  if (!arrays.negatives) return [];
  const slots = arrays.negatives.shape[1]!;
  const drawn = arrays.negatives.data.subarray((step - 1) * slots, step * slots);
  return Array.from(drawn).filter((word) => word >= 0);
}
