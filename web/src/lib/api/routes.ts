/** What can be asked for and what comes back, typed from the server's OpenAPI (`npm run types`). */
import type { Query } from './address';
import type { ArrayRoutes, PayloadArrays } from './arrays';
import type { components, paths } from './schema';
import type { Tensor } from './safetensors';

export type { PayloadArrays };

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

/** The same of any route. */
export interface AnyAsk {
  path?: Query;
  query?: Query;
  signal?: AbortSignal;
}

/** Arguments are needed only where the route needs some. */
export type AskArguments<P extends keyof paths> =
  Record<never, never> extends Ask<P> ? [ask?: Ask<P>] : [ask: Ask<P>];

/** A payload with its arrays. */
export interface Binary<Payload, Arrays> {
  payload: Payload;
  arrays: Arrays;
}

export type ExampleArrays = PayloadArrays['Examples'];

/** Floats of a step: single from the server, double where the page replays it itself. */
export type Floats = Tensor<Float32Array | Float64Array>;

type Widened<Arrays> = {
  [Name in keyof Arrays]: NonNullable<Arrays[Name]> extends Tensor<Float32Array>
    ? Floats
    : Arrays[Name];
};

export type StepArrays = Widened<PayloadArrays['StepState']>;

type ArraysOf<Name extends keyof PayloadArrays> = Name extends 'StepState'
  ? StepArrays
  : PayloadArrays[Name];

/** Routes that answer with a safetensors document: their payload and their arrays. */
export type BinaryRoutes = {
  [P in keyof ArrayRoutes]: Binary<Schemas[ArrayRoutes[P]], ArraysOf<ArrayRoutes[P]>>;
};

/** One step with every number of it. */
export type StepData = BinaryRoutes['/api/steps/{number}'];
