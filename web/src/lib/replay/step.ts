/** A step as the server describes it, from the weights before and after. */
import type { Floats, StepArrays, StepData } from '$lib/api/routes';
import { exampleOf, negativesOf, type ReplayBlock, type State, type Weights } from './block';
import { type Forward, forward, standing } from './forward';

export function describeStep(
  block: ReplayBlock,
  number: number,
  before: State,
  after: State,
): StepData {
  const { facts } = block;
  const example = exampleOf(block, number);
  const pass = forward(block, before, number, example);
  const { members, target } = example;
  const cbow = facts.architecture === 'cbow';
  const adam = facts.optimizer === 'adam';
  const center = cbow ? target : members[0]!;
  const context = cbow ? Array.from(members) : [target];
  const rowOf = (row: number) =>
    before.inputs.values.subarray(row * facts.vector_size, (row + 1) * facts.vector_size);
  return {
    payload: {
      number,
      steps: facts.steps,
      epoch: 1 + Math.floor((number - 1) / facts.epoch_length),
      center,
      context,
      target,
      loss: pass.loss,
      ...standing(block, before, pass, target),
      cosine: cosine(cbow ? pass.hidden : rowOf(center), rowOf(cbow ? center : target)),
      learning_rate: facts.learning_rate,
      negatives: negativesOf(block, number),
      tree: facts.loss === 'hierarchical',
      architecture: facts.architecture,
      loss_name: facts.loss,
      optimizer: facts.optimizer,
      beta1: adam ? facts.beta1 : null,
      beta2: adam ? facts.beta2 : null,
      epsilon: adam ? facts.epsilon : null,
    },
    arrays: arraysOf(block, before, after, pass, members),
  };
}

function arraysOf(
  { facts: { vector_size: dim, loss } }: ReplayBlock,
  before: State,
  after: State,
  pass: Forward,
  members: Int32Array,
): StepArrays {
  const { rows, hidden, errors } = pass;
  const forces = pulls(before, pass, loss === 'softmax');
  const slope = forces.repulsive.map((push, d) => push - forces.attractive[d]!);
  const shares = members.length;
  const vector = (data: Float64Array): Floats => ({ data, shape: [data.length] });
  const matrix = (data: Float64Array): Floats => ({ data, shape: [data.length / dim, dim] });
  return {
    hidden: vector(hidden),
    logits: vector(pass.logits),
    probabilities: vector(pass.probabilities),
    labels: { data: pass.labels, shape: [rows.length] },
    output_rows: { data: rows, shape: [rows.length] },
    input_rows: { data: members.slice(), shape: [shares] },
    hidden_gradient: vector(slope),
    input_gradients: matrix(
      Float64Array.from({ length: shares * dim }, (_, i) => slope[i % dim]! / shares),
    ),
    output_gradients: matrix(
      Float64Array.from(
        { length: rows.length * dim },
        (_, i) => errors[Math.floor(i / dim)]! * hidden[i % dim]!,
      ),
    ),
    attractive: vector(forces.attractive),
    repulsive: vector(forces.repulsive),
    input_before: matrix(pick(before.inputs.values, members, dim)),
    input_after: matrix(pick(after.inputs.values, members, dim)),
    output_before: matrix(pick(before.outputs.values, rows, dim)),
    output_after: matrix(pick(after.outputs.values, rows, dim)),
    ...(before.bias && after.bias
      ? {
          bias_before: vector(pick(before.bias.values, rows, 1)),
          bias_after: vector(pick(after.bias.values, rows, 1)),
          bias_gradient: vector(errors),
        }
      : {}),
    ...moments('input', after.inputs, members),
    ...moments('output', after.outputs, rows),
  };

  /** Adam's running means of the rows of a matrix, where it has them. */
  function moments(side: 'input' | 'output', { first, second }: Weights, which: Int32Array) {
    return {
      ...(first && { [`${side}_first`]: matrix(pick(first, which, dim)) }),
      ...(second && { [`${side}_second`]: matrix(pick(second, which, dim)) }),
    };
  }
}

/** What pulls the hidden vector, and what pushes it: ∂L/∂h = repulsive − attractive. */
function pulls(before: State, pass: Forward, softmaxed: boolean) {
  const dim = pass.hidden.length;
  const attractive = new Float64Array(dim);
  const repulsive = new Float64Array(dim);
  pass.rows.forEach((row, i) => {
    const [p, label] = [pass.probabilities[i]!, pass.labels[i]!];
    const pull = softmaxed ? label : label * (1 - p);
    const push = softmaxed ? p : (1 - label) * p;
    for (let d = 0; d < dim; d++) {
      const weight = before.outputs.values[row * dim + d]!;
      attractive[d]! += pull * weight;
      repulsive[d]! += push * weight;
    }
  });
  return { attractive, repulsive };
}

function pick(matrix: Float64Array, rows: Int32Array, dim: number): Float64Array {
  const found = new Float64Array(rows.length * dim);
  rows.forEach((row, i) => found.set(matrix.subarray(row * dim, (row + 1) * dim), i * dim));
  return found;
}

/** The cosine of two vectors; 0 where either has no direction. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
}
