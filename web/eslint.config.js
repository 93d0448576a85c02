import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['node_modules/', 'src/lib/api/schema.d.ts', 'src/lib/api/arrays.d.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      'no-undef': 'off', // TypeScript knows better
      '@typescript-eslint/no-non-null-assertion': 'off', // noUncheckedIndexedAccess is not on
      '@typescript-eslint/no-explicit-any': 'error',
      // { seed: _, ...rest } leaves a field out
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'svelte/prefer-svelte-reactivity': 'off', // caches and addresses are not state
      'svelte/no-useless-mustaches': 'off', // {' '} is a space that formatting keeps
      'svelte/no-navigation-without-resolve': 'off', // a SvelteKit rule; addresses here are hashes
    },
  },
  { files: ['*.js', 'scripts/**'], languageOptions: { globals: { ...globals.node } } },
);
