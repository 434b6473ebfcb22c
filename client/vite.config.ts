import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const outDir = fileURLToPath(new URL('../dist/client', import.meta.url));
const server = 'http://localhost:4000';

/** Removes the assets of earlier builds only: compiled modules for the tests lie in the same folder. */
const cleanAssets = (): Plugin => ({
  name: 'clean-assets',
  apply: 'build',
  buildStart: () => rm(`${outDir}/assets`, { recursive: true, force: true }),
});

const compressible = /\.(?:js|css|svg)$/u;

/** Puts a compressed sibling beside every file that the server sends. */
const compressFiles = (): Plugin => ({
  name: 'compress-files',
  apply: 'build',
  async writeBundle(_options, bundle) {
    const names = Object.keys(bundle).filter((name) => compressible.test(name));
    for (const name of names) {
      const content = await readFile(`${outDir}/${name}`);
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
      await writeFile(`${outDir}/${name}.br`, brotliCompressSync(content, quality));
      // Browsers take Brotli by HTTPS alone.
      await writeFile(`${outDir}/${name}.gz`, gzipSync(content, { level: 9 }));
    }
  },
});

/** Few files instead of dozens of crumbs: what the pages share of Element Plus, and of our own controls. */
const groups = [
  {
    name: 'element',
    test: /node_modules\/(?:@?element-plus|@floating-ui|@popperjs|@sxzz|@vueuse|dayjs|lodash|memoize-one)/u,
  },
  { name: 'shared', test: /client\/(?:components\/ui|composables|lib)\//u },
];

export default defineConfig({
  root,
  plugins: [vue(), cleanAssets(), compressFiles()],
  build: {
    outDir,
    emptyOutDir: false,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups } } },
  },
  server: {
    strictPort: true,
    proxy: {
      '/graphql': { target: server, ws: true },
      '/schema.graphql': server,
      '/healthz': server,
    },
  },
});
