import { isMainThread } from 'node:worker_threads';
import { onCommand } from './commands.js';

/* Breaks a sending thread down, in the way that the command says. */

const ways: Record<string, () => void> = {
  throw() {
    throw new Error('It broke down.');
  },
  exit: () => process.exit(1),
  memory() {
    for (const kept: unknown[] = []; ;) kept.push(new Array(100_000).fill(kept.length));
  },
};

onCommand(import.meta.url, (way) => {
  if (!isMainThread) ways[way]!();
});
