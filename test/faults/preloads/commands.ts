import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const LOOK_EVERY_MS = 20;

/**
 * Follows the commands to a preload that are given from now on, from the file that its URL names; the main thread's
 * answers go beside it.
 */
export function onCommand(moduleUrl: string, act: (text: string) => unknown): void {
  const file = new URL(moduleUrl).searchParams.get('commands')!;
  const read = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  let done = read();
  setInterval(() => {
    const command = read();
    if (command === done) return;
    done = command;
    const [number, text = ''] = command.split(' ');
    const answer = act(text);
    if (!isMainThread) return;
    writeFileSync(`${file}.answer.new`, `${number} ${String(answer)}`);
    renameSync(`${file}.answer.new`, `${file}.answer`);
  }, LOOK_EVERY_MS).unref();
}
