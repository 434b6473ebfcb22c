import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const LOOK_EVERY_MS = 20;

/** Follows the commands to a preload, from the file that its URL names; the main thread's answers go beside it. */
export function onCommand(moduleUrl: string, act: (text: string) => unknown): void {
  const file = new URL(moduleUrl).searchParams.get('commands')!;
  let done = '';
  setInterval(() => {
    const command = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (command === done) return;
    done = command;
    const [number, text = ''] = command.split(' ');
    const answer = act(text);
    if (!isMainThread) return;
    writeFileSync(`${file}.answer.new`, `${number} ${String(answer)}`);
    renameSync(`${file}.answer.new`, `${file}.answer`);
  }, LOOK_EVERY_MS).unref();
}
