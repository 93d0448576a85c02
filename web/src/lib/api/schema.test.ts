// @vitest-environment node
import { readFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';
import { arraysText } from '../../../scripts/arrays.mjs';

it('is what openapi.json says', async () => {
  const openapi = JSON.parse(readFileSync('openapi.json', 'utf-8')) as never;
  const committed = readFileSync('src/lib/api/schema.d.ts', 'utf-8');
  const types = astToString(await openapiTS(openapi));
  expect(committed.includes(types.trim()), 'schema.d.ts is old: npm run types').toBe(true);
});

it('has the arrays that openapi.json declares', () => {
  const openapi = JSON.parse(readFileSync('openapi.json', 'utf-8')) as unknown;
  const committed = readFileSync('src/lib/api/arrays.d.ts', 'utf-8');
  expect(committed === arraysText(openapi), 'arrays.d.ts is old: npm run types').toBe(true);
});
