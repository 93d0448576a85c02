/** Every route has a type, and so has every array of it. */
import { expectTypeOf, it } from 'vitest';
import type { BinaryPath, BinaryRoutes, Floats, JsonPath } from './routes';
import type { Tensor } from './safetensors';
import type { paths } from './schema';

it('has a type for every route', () => {
  expectTypeOf<keyof paths>().toEqualTypeOf<JsonPath | BinaryPath>();
});

it('has the types of the arrays, and of those that may be missing', () => {
  type Matrices = BinaryRoutes['/api/weights']['arrays'];
  expectTypeOf<Matrices['inputs']>().toEqualTypeOf<Tensor<Float32Array>>();
  expectTypeOf<Matrices['outputs']>().toEqualTypeOf<Tensor<Float32Array> | undefined>();
  type Step = BinaryRoutes['/api/steps/{number}']['arrays'];
  expectTypeOf<Step['hidden']>().toEqualTypeOf<Floats>();
  expectTypeOf<Step['bias_before']>().toEqualTypeOf<Floats | undefined>();
  expectTypeOf<Step['labels']>().toEqualTypeOf<Tensor<Int8Array>>();
});
