import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('has every component in the README’s tables, and no other', () => {
  const readme = readFileSync('README.md', 'utf-8');
  const [, part] = readme.split('## Components');
  const told = [...part!.split('\n## ')[0]!.matchAll(/^\| `([A-Z]\w+)`/gm)].map(([, name]) => name);
  const there = readdirSync('src/lib/components')
    .filter((file) => file.endsWith('.svelte') && !file.endsWith('.test.svelte'))
    .map((file) => file.replace('.svelte', ''));
  expect(told.sort()).toEqual(there.sort());
});
