// `npm run dev`: compiles and restarts the server on every change, with the client's development server before it.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const compiler = ['node_modules/typescript/bin/tsc', '-b', 'server'];
spawnSync(process.execPath, compiler, { stdio: 'inherit' });
const client = await createServer({ configFile: 'client/vite.config.ts' });
await client.listen();
client.printUrls();

const children = [
  [...compiler, '--watch', '--preserveWatchOutput'],
  ['--watch', '--watch-preserve-output', '--enable-source-maps', 'dist/server/main.js'],
].map((parameters) => spawn(process.execPath, parameters, { stdio: 'inherit' }));

let stopping = false;

/** Ends all of them when one ends or a signal comes. */
async function stop() {
  if (stopping) return;
  stopping = true;
  for (const child of children) child.kill('SIGTERM');
  await client.close();
}

for (const child of children) child.once('exit', stop);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
