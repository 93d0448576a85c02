/** The types of routes with arrays are written by hand: they must name the routes that there are. */
import { expect, expectTypeOf, it } from 'vitest';
import openapi from '../../../openapi.json';
import type { BinaryPath, BinaryRoutes, JsonPath } from './routes';
import type { paths } from './schema';

const BINARY: Record<keyof BinaryRoutes, string> = {
  '/api/examples': 'Examples',
  '/api/steps/{number}': 'StepState',
  '/api/journey/loss': 'LossCurve',
  '/api/journey/convergence': 'Convergence',
  '/api/journey/matrices': 'MatricesOverTime',
  '/api/journey/trajectories': 'Trajectories',
  '/api/weights': 'WeightMatrices',
  '/api/weights/similarity': 'Similarity',
  '/api/context/tokens': 'ContextTokens',
  '/api/explore/norms': 'Norms',
};

it('knows every route that answers with arrays, and its payload', () => {
  const found = Object.entries(openapi.paths).flatMap(([path, { get }]) =>
    Object.values(get.responses['200'].content).flatMap((content) =>
      'x-payload' in content ? [[path, content['x-payload']]] : [],
    ),
  );
  expect(Object.fromEntries(found)).toEqual(BINARY);
});

it('has a type for every route', () => {
  expectTypeOf<keyof paths>().toEqualTypeOf<JsonPath | BinaryPath>();
});
