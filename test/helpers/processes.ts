import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

/** A program that a test started; it dies with the test process at the latest. */
export interface Daemon {
  readonly pid: number;
  /** Its exit code, or the signal that ended it, as soon as it has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** All that it has printed so far. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Kills it at once, as nothing it holds is to be kept, and waits for its end. */
  kill(): Promise<void>;
}

/**
 * Starts a program and waits until it prints a line that matches `ready`.
 * @param environment its whole environment; default: that of the tests
 * @throws {Error} with what it printed, where it ends before
 */
export async function startDaemon(
  file: string,
  parameters: string[],
  ready: RegExp,
  environment?: Record<string, string>,
): Promise<Daemon> {
  const child = spawn(file, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const onExit = () => child.kill('SIGKILL');
  // Before the temporary folders are removed.
  process.prependOnceListener('exit', onExit);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', onExit);
      resolve(code ?? signal!);
    });
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const lines: string[] = [];
  try {
    await printed(child, ready, lines);
  } catch (error) {
    await kill();
    throw new Error(`${file} did not start`, { cause: error });
  }
  const output = () => lines.join('\n');
  return { pid: child.pid!, ended, output, signal: (name) => void child.kill(name), kill };
}

function printed(child: ChildProcess, ready: RegExp, lines: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${lines.slice(-50).join('\n')}`)));
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        if (ready.test(line)) resolve();
      });
    }
  });
}

/** Makes this process exit of a signal, not just die: what it started and made for a while ends and goes with it. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}

/** Runs a program to its end. @throws {Error} with what it printed, where it fails */
export async function run(file: string, parameters: string[]): Promise<void> {
  const child = spawn(file, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${output}`);
}

/** A port of 127.0.0.1 that nothing listens on now, for programs that cannot choose one themselves. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
