import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../../server/config.js';
import { TEST_KEY } from './storage.js';

/** How a command ended, and what it printed. */
export interface Outcome {
  code: number | null;
  out: string;
  error: string;
}

/** The keys of servers whose database has no key file. */
export const OLD_KEY = TEST_KEY.toString('base64');
export const NEW_KEY = Buffer.alloc(32, 8).toString('base64');

/** What names the key: nothing for SQLite, which has a key file beside it. */
export const keyFor = (databaseUrl: string, key = OLD_KEY): Record<string, string> => ({
  SECRET_KEY: databaseUrl.startsWith('sqlite:') ? '' : key,
});

/** Runs `npm run admin` as an operator would, to its end. */
export async function runAdmin(
  databaseUrl: string,
  parameters: string[],
  environment: Record<string, string> = {},
  input = '',
): Promise<Outcome> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist/server/admin.js'), ...parameters], {
    env: { DATABASE_URL: databaseUrl, ...keyFor(databaseUrl), ...environment },
  });
  child.stdin.end(input);
  const ended = once(child, 'close');
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { code, out, error };
}
