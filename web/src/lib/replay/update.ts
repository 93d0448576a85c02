/** How a step moves the weights: plain gradient descent, or Adam over all of them. */
import { type Example, type ReplayBlock, type State, type Weights } from './block';
import type { Forward } from './forward';

/** Does the step behind `state.step`, in place, from its forward pass. */
export function update(block: ReplayBlock, state: State, pass: Forward, example: Example): void {
  const slope = hiddenSlope(state, pass);
  // word2vec's classic CBOW gives each input row the whole slope rather than its share.
  const classic = block.facts.cbow_update === 'classic';
  const share = classic ? 1 : 1 / example.members.length;
  state.step++;
  if (block.facts.optimizer === 'adam') adam(block, state, pass, example, slope, share);
  else descend(block.facts.learning_rate, state, pass, example, slope, share);
}

/** ∂L/∂h, (D). */
export function hiddenSlope(state: State, { rows, errors, hidden }: Forward): Float64Array {
  const dim = hidden.length;
  const slope = new Float64Array(dim);
  rows.forEach((row, i) => {
    for (let d = 0; d < dim; d++) slope[d]! += errors[i]! * state.outputs.values[row * dim + d]!;
  });
  return slope;
}

function descend(
  rate: number,
  state: State,
  { rows, errors, hidden }: Forward,
  { members }: Example,
  slope: Float64Array,
  share: number,
): void {
  const dim = hidden.length;
  rows.forEach((row, i) => {
    const step = rate * errors[i]!;
    for (let d = 0; d < dim; d++) state.outputs.values[row * dim + d]! -= step * hidden[d]!;
    if (state.bias) state.bias.values[row]! -= step;
  });
  for (const row of members) {
    for (let d = 0; d < dim; d++) state.inputs.values[row * dim + d]! -= rate * share * slope[d]!;
  }
}

function adam(
  block: ReplayBlock,
  state: State,
  { rows, errors, hidden }: Forward,
  { members }: Example,
  slope: Float64Array,
  share: number,
): void {
  const dim = hidden.length;
  const outputs = new Float64Array(state.outputs.values.length);
  rows.forEach((row, i) => {
    for (let d = 0; d < dim; d++) outputs[row * dim + d] = errors[i]! * hidden[d]!;
  });
  const inputs = new Float64Array(state.inputs.values.length);
  for (const row of members) {
    for (let d = 0; d < dim; d++) inputs[row * dim + d]! += share * slope[d]!;
  }
  adamStep(block, state.step, state.outputs, outputs);
  adamStep(block, state.step, state.inputs, inputs);
  if (state.bias) adamStep(block, state.step, state.bias, errors);
}

/** Adam (Kingma and Ba 2015) as PyTorch does it: every weight moves at every step. */
function adamStep(
  { facts }: ReplayBlock,
  number: number,
  { values, first, second }: Weights,
  gradient: Float64Array,
): void {
  if (!first || !second) throw new Error('a run with Adam without its moments');
  const { beta1, beta2, epsilon, learning_rate: rate } = facts;
  const size = rate / (1 - beta1 ** number);
  const root = Math.sqrt(1 - beta2 ** number);
  for (let i = 0; i < values.length; i++) {
    const slope = gradient[i]!;
    first[i] = beta1 * first[i]! + (1 - beta1) * slope;
    second[i] = beta2 * second[i]! + (1 - beta2) * slope * slope;
    values[i]! -= (size * first[i]!) / (Math.sqrt(second[i]!) / root + epsilon);
  }
}
