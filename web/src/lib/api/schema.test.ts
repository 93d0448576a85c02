// @vitest-environment node
import { readFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('is what openapi.json says', async () => {
  const openapi = JSON.parse(readFileSync('openapi.json', 'utf-8')) as never;
  const committed = readFileSync('src/lib/api/schema.d.ts', 'utf-8');
  const types = astToString(await openapiTS(openapi));
  expect(committed.includes(types.trim()), 'schema.d.ts is old: npm run types').toBe(true);
});
