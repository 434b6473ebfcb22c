import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const remaining = new Set<string>();

process.on('exit', () => {
  for (const path of remaining) rmSync(path, { recursive: true, force: true });
});

/** A new empty folder below the system's temporary folder; it goes at the end of the process at the latest. */
export async function createTemporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'hookwatch-'));
  remaining.add(path);
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      remaining.delete(path);
    },
  };
}
