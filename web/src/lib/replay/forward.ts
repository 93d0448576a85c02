/** The forward pass of a step, and what went wrong in it. */
import { type Example, negativesOf, type ReplayBlock, type State } from './block';

/** R rows of W′ are touched: all words with the exact softmax, else the target's questions. */
export interface Forward {
  /** (D), the mean of the input rows. */
  hidden: Float64Array;
  rows: Int32Array;
  logits: Float64Array;
  probabilities: Float64Array;
  labels: Int8Array;
  /** Probability − label, the loss's slope by each logit. */
  errors: Float64Array;
  loss: number;
}

export function forward(block: ReplayBlock, state: State, step: number, example: Example): Forward {
  const { facts } = block;
  const hidden = mean(state.inputs.values, example.members, facts.vector_size);
  const rows = touchedRows(block, step, example.target);
  const logits = scores(state, hidden, rows);
  const labels = labelsOf(block, rows, example.target);
  const softmaxed = facts.loss === 'softmax';
  const probabilities = softmaxed ? softmax(logits) : logits.map(sigmoid);
  const loss = softmaxed
    ? -logOfSoftmax(logits, rows.indexOf(example.target))
    : logits.reduce((sum, logit, i) => sum + softplus(labels[i] ? -logit : logit), 0);
  const errors = probabilities.map((probability, i) => probability - labels[i]!);
  return { hidden, rows, logits, probabilities, labels, errors, loss };
}

function touchedRows(block: ReplayBlock, step: number, target: number): Int32Array {
  const { facts, arrays } = block;
  if (facts.loss === 'softmax') return Int32Array.from({ length: facts.words }, (_, row) => row);
  if (facts.loss === 'negative') return Int32Array.of(target, ...negativesOf(block, step));
  const [from, to] = pathOf(block, target);
  return arrays.tree_nodes!.data.slice(from, to);
}

function labelsOf(block: ReplayBlock, rows: Int32Array, target: number): Int8Array {
  const { facts, arrays } = block;
  if (facts.loss !== 'hierarchical') return Int8Array.from(rows, (row) => Number(row === target));
  const [from] = pathOf(block, target);
  const signs = arrays.tree_signs!.data;
  return Int8Array.from(rows, (_, i) => Number(Number(signs[from + i]!) > 0));
}

function pathOf({ arrays }: ReplayBlock, word: number): [number, number] {
  const starts = arrays.tree_starts!.data;
  return [starts[word]!, starts[word + 1]!];
}

export function mean(matrix: Float64Array, rows: Int32Array, dim: number): Float64Array {
  const result = new Float64Array(dim);
  for (const row of rows) {
    for (let d = 0; d < dim; d++) result[d]! += matrix[row * dim + d]!;
  }
  for (let d = 0; d < dim; d++) result[d]! /= rows.length;
  return result;
}

/** u · h (+ bias) of some rows of W′, or of all. */
export function scores(state: State, hidden: Float64Array, rows?: Int32Array): Float64Array {
  const dim = hidden.length;
  const { values } = state.outputs;
  const result = new Float64Array(rows?.length ?? values.length / dim);
  for (let i = 0; i < result.length; i++) {
    const row = rows ? rows[i]! : i;
    let sum = state.bias ? state.bias.values[row]! : 0;
    for (let d = 0; d < dim; d++) sum += values[row * dim + d]! * hidden[d]!;
    result[i] = sum;
  }
  return result;
}

export function softmax(logits: Float64Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

function logOfSoftmax(logits: Float64Array, place: number): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return logits[place]! - largest - Math.log(total);
}

export function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}

/** log(1 + eˣ), −log σ(−x) */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The target's place among all words by probability (1 is best), and its probability. */
export function standing(
  block: ReplayBlock,
  state: State,
  pass: Forward,
  target: number,
): { rank: number; probability: number } {
  const all = block.facts.loss === 'softmax' ? pass.logits : scores(state, pass.hidden);
  const words = block.facts.loss === 'hierarchical' ? treeLogs(block, all) : all;
  const own = words[target]!;
  const rank = 1 + words.reduce((count, other) => count + Number(other > own), 0);
  if (block.facts.loss === 'softmax') return { rank, probability: pass.probabilities[target]! };
  if (block.facts.loss === 'negative') return { rank, probability: sigmoid(own) };
  return { rank, probability: Math.exp(own) };
}

/** log P(word) of every word from the scores of all inner nodes of the tree. */
function treeLogs(block: ReplayBlock, nodeScores: Float64Array): Float64Array {
  const { tree_nodes: nodes, tree_signs: signs } = block.arrays;
  return Float64Array.from({ length: block.facts.words }, (_, word) => {
    const [from, to] = pathOf(block, word);
    let sum = 0;
    for (let at = from; at < to; at++) {
      sum -= softplus(-Number(signs!.data[at]!) * nodeScores[nodes!.data[at]!]!);
    }
    return sum;
  });
}
