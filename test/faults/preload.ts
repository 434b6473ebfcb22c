import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTemporaryFolder } from '../helpers/folders.js';
import { until } from '../helpers/until.js';
import type { Stage } from './stage.js';

/** A module that Node loads before the server, in each of its threads, and that is told from outside what to do. */
export interface Preload {
  /** What makes Node load it. */
  nodeOptions: string[];
  /** Tells it something; it is done within some 20 ms, where nothing else keeps the thread. */
  command(text: string): void;
  /** Tells it something and waits for what the main thread answers. */
  ask(text: string): Promise<string>;
}

/** What makes Node load a module of the folder `preloads`, told so by the parameters of its URL. */
export function preloading(name: string, parameters: Record<string, string> = {}): string[] {
  const module = new URL(`./preloads/${name}.js`, import.meta.url);
  module.search = new URLSearchParams(parameters).toString();
  return ['--import', module.href];
}

/** @param name a module of the folder `preloads` */
export async function createPreload(
  stage: Stage,
  name: 'clock' | 'memory' | 'standstill' | 'breakdown',
): Promise<Preload> {
  const folder = await stage.open(createTemporaryFolder(), (it) => it.remove());
  const file = join(folder.path, 'command');
  let given = 0;

  function command(text: string): void {
    // In one step, so that nobody reads half of it; numbered, so that the same one can be given twice.
    writeFileSync(`${file}.new`, `${++given} ${text}`);
    renameSync(`${file}.new`, file);
  }
  return {
    nodeOptions: preloading(name, { commands: file }),
    command,
    ask(text) {
      command(text);
      return until('the preload answers', async () => {
        if (!existsSync(`${file}.answer`)) return false;
        const [number, answer = ''] = readFileSync(`${file}.answer`, 'utf8').split(' ');
        return Number(number) === given && answer;
      });
    },
  };
}
