/** The forward pass of a step, and what went wrong in it. */
import { lossOf } from '$lib/losses';
import type { Example, ReplayBlock, State } from './block';

/** R rows of W′ are touched: those that the loss asks. */
export interface Forward {
  /** (D), the mean of the input rows. */
  hidden: Float64Array;
  rows: Int32Array;
  /** u · h (+ bias). */
  scores: Float64Array;
  /** What the loss takes off the scores, or null. */
  shifts: Float64Array | null;
  probabilities: Float64Array;
  labels: Int8Array;
  /** Probability − label, the loss's slope by each score. */
  errors: Float64Array;
  loss: number;
}

export function forward(block: ReplayBlock, state: State, step: number, example: Example): Forward {
  const { facts } = block;
  const rule = lossOf(facts.loss);
  const hidden = mean(state.inputs.values, example.members, facts.vector_size);
  const rows = rule.rows(block, step, example.target);
  const scores = scoresOf(state, hidden, rows);
  const shifts = rule.shifts?.(block, rows) ?? null;
  const logits = shifts ? scores.map((score, i) => score - shifts[i]!) : scores;
  const labels = rule.labels(block, rows, example.target);
  const probabilities = rule.probabilitiesOf(logits);
  const loss = rule.value(logits, labels);
  const errors = probabilities.map((probability, i) => probability - labels[i]!);
  return { hidden, rows, scores, shifts, probabilities, labels, errors, loss };
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
export function scoresOf(state: State, hidden: Float64Array, rows?: Int32Array): Float64Array {
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

/** The target's place among all words (1 is best), and its probability. */
export function standing(
  block: ReplayBlock,
  state: State,
  pass: Forward,
  target: number,
): { rank: number; probability: number } {
  const loss = lossOf(block.facts.loss);
  const words = loss.wordScores(block, scoresOf(state, pass.hidden));
  const own = words[target]!;
  const rank = 1 + words.reduce((count, other) => count + Number(other > own), 0);
  return { rank, probability: loss.targetProbability(pass.scores, pass.labels, pass.loss) };
}
