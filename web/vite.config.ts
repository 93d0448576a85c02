import { readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { type Plugin, type UserConfig } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const STATIC = here('../src/lexiscope/server/static');
const DATA = here('../src/lexiscope/data');

/** Sets the remembered theme before the first paint: a file for the server, inline for page.html. */
function earlyTheme(single: boolean): Plugin {
  const source = readFileSync(here('src/lib/shell/early-theme.js'), 'utf-8');
  const name = 'assets/early-theme.js';
  return {
    name: 'early-theme',
    configureServer(server) {
      server.middlewares.use(`/${name}`, (_, response) => {
        response.setHeader('Content-Type', 'text/javascript');
        response.end(source);
      });
    },
    generateBundle() {
      if (!single) this.emitFile({ type: 'asset', fileName: name, source });
    },
    transformIndexHtml: (html) =>
      html.replace(
        '<!-- theme -->',
        single ? `<script>${source}</script>` : `<script src="/${name}"></script>`,
      ),
  };
}

/** KaTeX names each font in three formats; every browser that runs this page reads the first. */
function onlyWoff2(): Plugin {
  return {
    name: 'only-woff2',
    enforce: 'pre',
    transform: (code, id) =>
      /katex.*\.css/.test(id)
        ? code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, '')
        : null,
  };
}

/** Workers are files of the server; in the single file they are texts that it makes workers of. */
function workersWithin(single: boolean): Plugin {
  return {
    name: 'workers-within',
    enforce: 'pre',
    resolveId(id, importer) {
      const plain = single && id.endsWith('?worker');
      return plain ? this.resolve(`${id}&inline`, importer, { skipSelf: true }) : null;
    },
  };
}

/** The single file is built from index.html; `lexiscope page` looks for page.html. */
function namedPage(): Plugin {
  return {
    name: 'named-page',
    enforce: 'post',
    closeBundle() {
      renameSync(`${STATIC}/.page/index.html`, `${STATIC}/page.html`);
      rmSync(`${STATIC}/.page`, { recursive: true });
    },
  };
}

/**
 * What several views are made of comes in one piece: two dozen requests of a kilobyte each took
 * longer than their bytes. KaTeX and Shiki stay by themselves, behind the first formula and code.
 */
const SPLIT = {
  groups: [
    {
      name: 'shared',
      test: /[\\/]web[\\/]src[\\/](?:lib|views)[\\/]|[\\/]node_modules[\\/](?:d3-|internmap)/,
      minShareCount: 3,
    },
  ],
};

function build(single: boolean): UserConfig['build'] {
  return {
    outDir: single ? `${STATIC}/.page` : STATIC,
    emptyOutDir: true,
    target: 'es2022',
    // The server's policy allows no font but its own files.
    ...(single ? {} : { assetsInlineLimit: 0 }),
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // How long each plugin took is no news to who builds the page to use it.
      checks: { pluginTimings: false },
      ...(single ? {} : { output: { codeSplitting: SPLIT } }),
    },
    chunkSizeWarningLimit: single ? 4000 : 600,
    reportCompressedSize: false,
  };
}

export default defineConfig(({ command, mode }) => {
  const single = mode === 'page';
  return {
    root: here('.'),
    ...(command === 'build' ? { logLevel: 'warn' } : {}),
    plugins: [
      onlyWoff2(),
      workersWithin(single),
      svelte(),
      earlyTheme(single),
      ...(single ? [viteSingleFile({ removeViteModuleLoader: true }), namedPage()] : []),
    ],
    resolve: {
      alias: { $lib: here('src/lib'), $views: here('src/views'), $data: DATA },
      ...(mode === 'test' ? { conditions: ['browser'] } : {}),
    },
    build: build(single),
    server: {
      fs: { allow: [here('.'), DATA] },
      proxy: { '/api': process.env.LEXISCOPE_SERVER ?? 'http://127.0.0.1:8765' },
    },
    test: {
      environment: 'jsdom',
      setupFiles: ['vitest.setup.ts'],
      // What is held against runs that Python records is started by its test, with their file.
      include: [process.env.LEXISCOPE_CLAIMS ? 'src/**/*.claims.ts' : 'src/**/*.test.ts'],
      // No test fails because a machine is slow.
      testTimeout: 600_000,
      hookTimeout: 600_000,
    },
  };
});
