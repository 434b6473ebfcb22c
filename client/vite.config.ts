import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
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

export default defineConfig({
  root,
  plugins: [vue(), cleanAssets()],
  build: {
    outDir,
    emptyOutDir: false,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
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
