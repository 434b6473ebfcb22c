// The development loop: the compiler, the server and vite, each following changes. One Ctrl-C ends all three.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (name) => fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url));
const compiler = tool('typescript/bin/tsc');
// The page's origin is vite's: the server accepts it, and its setup link leads there.
const env = { PUBLIC_URL: 'http://localhost:5173', ...process.env };
const options = { cwd: root, env, stdio: 'inherit' };

// The server needs something to run; its errors, if any, are shown again by the watching compiler.
spawnSync(process.execPath, [compiler, '-b', 'tsconfig.json'], { ...options, stdio: 'ignore' });

const children = [
  [compiler, '-b', 'tsconfig.json', '--watch', '--preserveWatchOutput'],
  ['--watch', '--watch-preserve-output', '--enable-source-maps', 'dist/server/main.js'],
  [tool('vite/bin/vite.js'), '--config', 'client/vite.config.ts', '--clearScreen', 'false'],
].map((args) => spawn(process.execPath, args, options));

const stop = (signal) => children.forEach((child) => child.kill(signal));
process.on('SIGINT', () => stop('SIGTERM'));
process.on('SIGTERM', () => stop('SIGTERM'));

const exits = children.map((child) => once(child, 'exit'));
await Promise.race(exits);
stop('SIGTERM');
await Promise.all(exits);
