import { createTemporaryFolder } from './folders.js';
import { requireProgram } from './packages.mjs';
import { findFreePort, startDaemon } from './processes.js';

/** A Redis server of the tests' own, on 127.0.0.1, that keeps nothing on disk. */
export interface RedisServer {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const folder = await createTemporaryFolder();
  const port = await findFreePort();
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder.path, '--save', ''];
  const daemon = await startDaemon(requireProgram('redis-server'), options, /Ready to accept connections/i);
  return {
    pid: daemon.pid,
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await daemon.kill();
      await folder.remove();
    },
  };
}
