/** Principal axes: the eigenvectors of a covariance by Jacobi's rotations (Golub and Van Loan, 8.5). */

const MOST_SWEEPS = 60;

export interface Axes {
  mean: Float64Array;
  /** Two of length 1, the largest element of each positive; the second is 0 in one dimension. */
  axes: [Float64Array, Float64Array];
  /** Shares of the variance along each. */
  explained: [number, number];
}

export function principalAxes(mean: Float64Array, covariance: Float64Array): Axes {
  const dim = mean.length;
  const { values, vectors } = eigen(covariance, dim);
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b]! - values[a]!);
  const whole = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
  const axis = (place: number): Float64Array => {
    const column = order[place];
    if (column === undefined) return new Float64Array(dim);
    const found = Float64Array.from({ length: dim }, (_, i) => vectors[i * dim + column]!);
    const largest = found.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    return largest < 0 ? found.map((value) => -value) : found;
  };
  const share = (place: number) => {
    const column = order[place];
    return column === undefined || whole <= 0 ? 0 : Math.max(values[column]!, 0) / whole;
  };
  return { mean, axes: [axis(0), axis(1)], explained: [share(0), share(1)] };
}

/** Eigenvalues, and eigenvectors as columns, of a symmetric matrix. */
function eigen(matrix: Float64Array, dim: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) vectors[i * dim + i] = 1;
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < dim; p++) {
      for (let q = p + 1; q < dim; q++) off = Math.max(off, Math.abs(a[p * dim + q]!));
    }
    if (off <= 1e-15 * scale) break;
    for (let p = 0; p < dim; p++) {
      for (let q = p + 1; q < dim; q++) rotate(a, vectors, dim, p, q);
    }
  }
  return { values: Float64Array.from({ length: dim }, (_, i) => a[i * dim + i]!), vectors };
}

function rotate(a: Float64Array, vectors: Float64Array, dim: number, p: number, q: number): void {
  const between = a[p * dim + q]!;
  if (between === 0) return;
  const tau = (a[q * dim + q]! - a[p * dim + p]!) / (2 * between);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  const turn = (of: Float64Array, one: number, other: number) => {
    const [x, y] = [of[one]!, of[other]!];
    of[one] = c * x - s * y;
    of[other] = s * x + c * y;
  };
  for (let i = 0; i < dim; i++) turn(a, i * dim + p, i * dim + q);
  for (let i = 0; i < dim; i++) turn(a, p * dim + i, q * dim + i);
  for (let i = 0; i < dim; i++) turn(vectors, i * dim + p, i * dim + q);
}
