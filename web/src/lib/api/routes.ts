/** What can be asked for and what comes back, typed from the server's OpenAPI (`npm run types`). */
import type { components, paths } from './schema';
import type { Tensor } from './safetensors';

export type Schemas = components['schemas'];

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer T } } } };
}
  ? T
  : never;

/** Routes that answer in JSON. */
export type JsonPath = { [P in keyof paths]: [Answer<P>] extends [never] ? never : P }[keyof paths];

/** Routes that answer with arrays. */
export type BinaryPath = keyof BinaryRoutes & keyof paths;

export type JsonAnswer<P extends JsonPath> = Answer<P>;

type Parameters<P extends keyof paths> = paths[P] extends { get: { parameters: infer T } }
  ? T
  : never;
type PathOf<P extends keyof paths> =
  Parameters<P> extends { path: infer T extends object } ? { path: T } : { path?: never };
type QueryOf<P extends keyof paths> =
  Parameters<P> extends { query: infer T extends object }
    ? { query: Omit<T, 'v'> }
    : Parameters<P> extends { query?: infer T }
      ? { query?: Omit<NonNullable<T>, 'v'> }
      : { query?: never };

/** What a request takes: the parameters of its address, and a signal that calls it off. */
export type Ask<P extends keyof paths> = PathOf<P> & QueryOf<P> & { signal?: AbortSignal };

/** Arguments are needed only where the route needs some. */
export type AskArguments<P extends keyof paths> =
  Record<never, never> extends Ask<P> ? [ask?: Ask<P>] : [ask: Ask<P>];

/** A payload with its arrays. */
export interface Binary<Payload, Arrays> {
  payload: Payload;
  arrays: Arrays;
}

type F32 = Tensor<Float32Array>;
type F64 = Tensor<Float64Array>;
type I32 = Tensor<Int32Array>;

export interface ExampleArrays {
  center: I32;
  target: I32;
  loss: F32;
  epoch: I32;
}

/** Floats of a step: single from the server, double where the page replays it itself. */
export type Floats = Tensor<Float32Array | Float64Array>;

export interface StepArrays {
  hidden: Floats;
  logits: Floats;
  probabilities: Floats;
  labels: Tensor<Int8Array>;
  output_rows: I32;
  input_rows: I32;
  hidden_gradient: Floats;
  input_gradients: Floats;
  output_gradients: Floats;
  attractive: Floats;
  repulsive: Floats;
  input_before: Floats;
  input_after: Floats;
  output_before: Floats;
  output_after: Floats;
  bias_before?: Floats;
  bias_after?: Floats;
  bias_gradient?: Floats;
  input_first?: Floats;
  input_second?: Floats;
  output_first?: Floats;
  output_second?: Floats;
}

/** One step with every number of it. */
export type StepData = Binary<Schemas['StepState'], StepArrays>;

/** Routes that answer with a safetensors document: their payload and their arrays. */
export interface BinaryRoutes {
  '/api/examples': Binary<Schemas['Examples'], ExampleArrays>;
  '/api/steps/{number}': StepData;
  '/api/journey/loss': Binary<Schemas['LossCurve'], { at: F64; loss: F32; smoothed: F32 }>;
  '/api/journey/convergence': Binary<
    Schemas['Convergence'],
    { cosines: F32; counts: F64; settled: F64 }
  >;
  '/api/journey/matrices': Binary<Schemas['MatricesOverTime'], { inputs: F32; outputs?: F32 }>;
  '/api/journey/trajectories': Binary<Schemas['Trajectories'], { positions: F32 }>;
  '/api/weights': Binary<Schemas['WeightMatrices'], { inputs: F32; outputs?: F32 }>;
  '/api/weights/similarity': Binary<Schemas['Similarity'], { cosines: F32 }>;
  '/api/context/tokens': Binary<Schemas['ContextTokens'], { cosines: F32 }>;
  '/api/explore/norms': Binary<Schemas['Norms'], { norms: F32; counts: F64 }>;
}
