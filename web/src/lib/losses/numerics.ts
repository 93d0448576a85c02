/** Functions that losses are made of, without overflow. */

/** 1 / (1 + e^−x) */
export function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}

/** log(1 + eˣ), −log σ(−x) */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

export function softmax(logits: Float64Array): Float64Array {
  const largest = largestOf(logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** ln of the softmax at one place. */
export function logOfSoftmax(logits: Float64Array, place: number): number {
  const largest = largestOf(logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return logits[place]! - largest - Math.log(total);
}

function largestOf(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
