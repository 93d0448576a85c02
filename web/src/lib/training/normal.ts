/**
 * The ziggurat for the normal distribution (Marsaglia and Tsang 2000) in 256 layers, as NumPy has
 * it: each layer has the same area; a place in a layer is 52 bits.
 */

const LAYERS = 256;
const EDGE = 3.6541528853610088; // where the lowest layer's box ends and the tail begins
const BITS = 2 ** 52;

interface Layers {
  /** Of a place, its x. */
  widths: Float64Array;
  /** Places below it lie under the curve whatever the height. */
  inside: Float64Array;
  /** The curve's height at each layer's edge. */
  heights: Float64Array;
}

function makeLayers(): Layers {
  const widths = new Float64Array(LAYERS);
  const inside = new Float64Array(LAYERS);
  const heights = new Float64Array(LAYERS);
  const density = (x: number) => Math.exp(-0.5 * x * x);
  // The box of the lowest layer together with the tail behind it.
  const area = EDGE * density(EDGE) + Math.sqrt(Math.PI / 2) * erfc(EDGE / Math.SQRT2);
  let x = EDGE;
  const lowest = area / density(EDGE);
  widths[0] = lowest / BITS;
  inside[0] = Math.floor((EDGE / lowest) * BITS);
  heights[0] = 1;
  widths[LAYERS - 1] = x / BITS;
  heights[LAYERS - 1] = density(x);
  for (let layer = LAYERS - 2; layer >= 1; layer--) {
    const next = Math.sqrt(-2 * Math.log(area / x + density(x)));
    inside[layer + 1] = Math.floor((next / x) * BITS);
    widths[layer] = next / BITS;
    heights[layer] = density(next);
    x = next;
  }
  inside[1] = 0;
  return { widths, inside, heights };
}

/** The complement of the error function for x > 2, by its continued fraction. */
function erfc(x: number): number {
  let fraction = 0;
  for (let term = 60; term > 0; term--) fraction = term / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

let layers: Layers | null = null;

/**
 * A number drawn, or null where the draw is to be done again.
 *
 * @param layer 0 … 255.
 * @param negative Its sign, unless it lies in the tail.
 * @param place 0 … 2⁵² − 1.
 * @param random Draws evenly from 0 … 1.
 */
export function normalFrom(
  layer: number,
  negative: boolean,
  place: number,
  random: () => number,
): number | null {
  layers ??= makeLayers();
  const x = place * layers.widths[layer]!;
  const signed = negative ? -x : x;
  if (place < layers.inside[layer]!) return signed;
  if (layer > 0) {
    const [above, below] = [layers.heights[layer - 1]!, layers.heights[layer]!];
    return (above - below) * random() + below < Math.exp(-0.5 * x * x) ? signed : null;
  }
  for (;;) {
    const beyond = -Math.log1p(-random()) / EDGE;
    const height = -Math.log1p(-random());
    // In the tail a bit of the place is the sign.
    if (2 * height > beyond * beyond) return (place / 256) & 1 ? -(EDGE + beyond) : EDGE + beyond;
  }
}
