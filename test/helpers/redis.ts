import { createTemporaryFolder } from './folders.js';
import { requireProgram } from './packages.mjs';
import { findFreePort, startDaemon } from './processes.js';

/** A Redis server of the tests' own, on 127.0.0.1, that keeps nothing on disk. */
export interface RedisServer {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one on a free port, or where another one was before. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const folder = await createTemporaryFolder();
  port ??= await findFreePort();
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder.path, '--save', ''];
  const daemon = await startDaemon(requireProgram('redis-server'), options, /Ready to accept connections/i);
  return {
    pid: daemon.pid,
    port,
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await daemon.kill();
      await folder.remove();
    },
  };
}
