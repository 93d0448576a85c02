/** Matrices on their side. */

/**
 * The rows of a matrix in another order, as columns where `turned`.
 *
 * @param values rows × dim
 * @param order Of its rows.
 * @returns dim × order where turned, else order × dim.
 */
export function lying(
  values: ArrayLike<number>,
  order: readonly number[],
  dim: number,
  turned: boolean,
): Float32Array {
  const found = new Float32Array(order.length * dim);
  order.forEach((row, place) => {
    for (let d = 0; d < dim; d++) {
      found[turned ? d * order.length + place : place * dim + d] = values[row * dim + d];
    }
  });
  return found;
}
