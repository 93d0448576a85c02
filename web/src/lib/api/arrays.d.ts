/** Written by `npm run types` from openapi.json; not to be edited. */
import type { Tensor } from './safetensors';

/** The arrays of each payload that has some. */
export interface PayloadArrays {
  ComparedWords: {
    /** (n): Their rows in the first model */
    rows: Tensor<Int32Array>;
    /** (n): 1 − cosine after alignment */
    shifts: Tensor<Float32Array>;
    /** (n): What words about as frequent shift */
    expected: Tensor<Float32Array>;
    /** (n): Usual spreads above that */
    excess: Tensor<Float32Array>;
    /** (n, 2): Of the vectors in either model */
    lengths: Tensor<Float32Array>;
    /** (n): Of the permutation test; where runs were tested */
    p?: Tensor<Float64Array>;
  };
  ContextualReport: {
    /** (layers, layers): CKA of each layer with each, on the same words */
    cka: Tensor<Float32Array>;
  };
  ContextualTokens: {
    /** (tokens, others): The first sentence's tokens with the second's, or with its own */
    cosines: Tensor<Float32Array>;
  };
  Convergence: {
    /** (snapshots, words) */
    cosines: Tensor<Float32Array>;
    /** (words) */
    counts: Tensor<Float64Array>;
    /** (words): Snapshot from which on the cosine stays above 0.9 */
    settled: Tensor<Float64Array>;
  };
  Examples: {
    /** (n): Row of the center word */
    center: Tensor<Int32Array>;
    /** (n): Row of the word to predict (skip-gram: the context word) */
    target: Tensor<Int32Array>;
    /** (n) */
    loss: Tensor<Float32Array>;
    /** (n) */
    epoch: Tensor<Int32Array>;
  };
  LossCurve: {
    /** (points): Step, or share of the run for a run recorded at snapshots */
    at: Tensor<Float64Array>;
    /** (points) */
    loss: Tensor<Float32Array>;
    /** (points) */
    smoothed: Tensor<Float32Array>;
  };
  MapClusters: {
    /** (n): The largest of them is 0 */
    clusters: Tensor<Int8Array>;
  };
  MapPlaces: {
    /** (n): The words' rows */
    rows: Tensor<Int32Array>;
    /** (n, 2): Across and up */
    places: Tensor<Float32Array>;
  };
  MapValues: {
    /** (n) */
    values: Tensor<Float32Array>;
  };
  MatricesOverTime: {
    /** (snapshots, words, dim) */
    inputs: Tensor<Float32Array>;
    /** (snapshots, words, dim): only where W′ has a row a word */
    outputs?: Tensor<Float32Array>;
  };
  Norms: {
    /** (n) */
    norms: Tensor<Float32Array>;
    /** (n): Or each word's row where there are no counts */
    counts: Tensor<Float64Array>;
  };
  OccurrencePlaces: {
    /** (occurrences, 2): Across and up */
    places: Tensor<Float32Array>;
  };
  Replay: {
    /** (steps): The example, from 0, that step 1, 2, … learns */
    order: Tensor<Int32Array>;
    /** (members): Example e's input rows: members[starts[e]] … members[starts[e + 1] − 1] */
    members: Tensor<Int32Array>;
    /** (examples+1) */
    starts: Tensor<Int32Array>;
    /** (examples): Row of the word that each example predicts */
    targets: Tensor<Int32Array>;
    /** (steps, slots): Rows of the step's negatives, −1 for an empty slot; only with sampled negatives */
    negatives?: Tensor<Int32Array>;
    /** (words): Logarithm of the negatives' expected number for each word; only with `nce` */
    shifts?: Tensor<Float32Array>;
    /** (words+1): Word w's path: tree_nodes[tree_starts[w]] … [tree_starts[w + 1] − 1]; only with `hierarchical` */
    tree_starts?: Tensor<Int32Array>;
    /** (path): Rows of W′ from the root down; only with `hierarchical` */
    tree_nodes?: Tensor<Int32Array>;
    /** (path): +1 asks for σ(score) = 1 (label 1), −1 for 0; only with `hierarchical` */
    tree_signs?: Tensor<Float32Array>;
    /** (keyframes, words, dim): W after keyframes[c] steps */
    inputs: Tensor<Float32Array>;
    /** (keyframes, rows, dim): W′ likewise */
    outputs: Tensor<Float32Array>;
    /** (keyframes, words): Of the output layer; only for next-word with softmax */
    bias?: Tensor<Float32Array>;
    /** (keyframes, words, dim): Adam's running mean of the gradient; only with Adam */
    first_in?: Tensor<Float32Array>;
    /** (keyframes, rows, dim): Adam's running mean of the gradient; only with Adam */
    first_out?: Tensor<Float32Array>;
    /** (keyframes, words, dim): Adam's running mean of the gradient's square; only with Adam */
    second_in?: Tensor<Float32Array>;
    /** (keyframes, rows, dim): Adam's running mean of the gradient's square; only with Adam */
    second_out?: Tensor<Float32Array>;
    /** (keyframes, words): only with Adam and a bias */
    first_bias?: Tensor<Float32Array>;
    /** (keyframes, words): only with Adam and a bias */
    second_bias?: Tensor<Float32Array>;
  };
  ShiftArrows: {
    /** (n, 2): Where the words stand; NaN for one without a place */
    starts: Tensor<Float32Array>;
    /** (n, 2): Among which words they stand in the second model */
    ends: Tensor<Float32Array>;
  };
  Similarity: {
    /** (words, words) */
    cosines: Tensor<Float32Array>;
  };
  StepState: {
    /** (dim) */
    hidden: Tensor<Float32Array>;
    /** (rows) */
    logits: Tensor<Float32Array>;
    /** (rows) */
    probabilities: Tensor<Float32Array>;
    /** (rows) */
    labels: Tensor<Int8Array>;
    /** (rows): Touched rows of W′ */
    output_rows: Tensor<Int32Array>;
    /** (n): Rows of W */
    input_rows: Tensor<Int32Array>;
    /** (dim) */
    hidden_gradient: Tensor<Float32Array>;
    /** (n, dim) */
    input_gradients: Tensor<Float32Array>;
    /** (rows, dim) */
    output_gradients: Tensor<Float32Array>;
    /** (dim) */
    attractive: Tensor<Float32Array>;
    /** (dim) */
    repulsive: Tensor<Float32Array>;
    /** (n, dim) */
    input_before: Tensor<Float32Array>;
    /** (n, dim) */
    input_after: Tensor<Float32Array>;
    /** (rows, dim) */
    output_before: Tensor<Float32Array>;
    /** (rows, dim) */
    output_after: Tensor<Float32Array>;
    /** (rows): only where the model has a bias */
    bias_before?: Tensor<Float32Array>;
    /** (rows): only where the model has a bias */
    bias_after?: Tensor<Float32Array>;
    /** (rows): only where the model has a bias */
    bias_gradient?: Tensor<Float32Array>;
    /** (rows): What is taken from each score before the sigmoid; only with `nce` */
    shifts?: Tensor<Float32Array>;
    /** (n, dim): Adam's running mean of the gradient after the step; only with Adam */
    input_first?: Tensor<Float32Array>;
    /** (n, dim): Adam's running mean of the gradient's square after the step; only with Adam */
    input_second?: Tensor<Float32Array>;
    /** (rows, dim): Adam's running mean of the gradient after the step; only with Adam */
    output_first?: Tensor<Float32Array>;
    /** (rows, dim): Adam's running mean of the gradient's square after the step; only with Adam */
    output_second?: Tensor<Float32Array>;
  };
  Trajectories: {
    /** (snapshots, words, 2) */
    positions: Tensor<Float32Array>;
  };
  WeightMatrices: {
    /** (words, dim) */
    inputs: Tensor<Float32Array>;
    /** (words, dim): only where W′ has a row a word */
    outputs?: Tensor<Float32Array>;
  };
  WholeVectors: {
    /** (words, dim) */
    inputs: Tensor<Float32Array>;
    /** (words, dim): only where W′ has a row a word */
    outputs?: Tensor<Float32Array>;
  };
  WordSenses: {
    /** (occurrences): The cluster of each occurrence, from 0 */
    labels: Tensor<Int32Array>;
    /** (occurrences): Numbers of the occurrences, cluster by cluster, nearest to its centre first */
    order: Tensor<Int32Array>;
  };
}

/** Routes that answer with arrays, and their payloads. */
export interface ArrayRoutes {
  '/api/examples': 'Examples';
  '/api/steps/{number}': 'StepState';
  '/api/journey/loss': 'LossCurve';
  '/api/journey/convergence': 'Convergence';
  '/api/journey/matrices': 'MatricesOverTime';
  '/api/journey/trajectories': 'Trajectories';
  '/api/weights': 'WeightMatrices';
  '/api/weights/similarity': 'Similarity';
  '/api/explore/norms': 'Norms';
  '/api/map/places': 'MapPlaces';
  '/api/map/values': 'MapValues';
  '/api/map/sides': 'MapValues';
  '/api/map/clusters': 'MapClusters';
  '/api/compare/words': 'ComparedWords';
  '/api/compare/arrows': 'ShiftArrows';
  '/api/replay': 'Replay';
  '/api/contextual/report': 'ContextualReport';
  '/api/contextual/tokens': 'ContextualTokens';
  '/api/senses/word': 'WordSenses';
  '/api/senses/places': 'OccurrencePlaces';
}
