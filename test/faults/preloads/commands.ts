import { existsSync, readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 20;

/** Follows the commands to a preload, from the file that its URL names. */
export function onCommand(moduleUrl: string, act: (text: string) => void): void {
  const file = new URL(moduleUrl).searchParams.get('commands')!;
  let done = '';
  setInterval(() => {
    const command = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (command === done) return;
    done = command;
    act(command.slice(command.indexOf(' ') + 1));
  }, LOOK_EVERY_MS).unref();
}
