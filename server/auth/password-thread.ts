import { Worker } from 'node:worker_threads';
import type { PasswordAnswer, PasswordTask } from './password-worker.js';

/** Answers tasks one after another on a thread of its own. */
export type PasswordThread = (task: Omit<PasswordTask, 'id'>) => Promise<PasswordAnswer>;

interface Waiting {
  resolve: (answer: PasswordAnswer) => void;
  reject: (error: Error) => void;
}

/**
 * Argon2's own asynchronous calls run on libuv's four threads, where the look-ups of deliveries and all file access would
 * wait behind them. This thread starts with the first task, and keeps the process alive only while there are tasks.
 */
export function createPasswordThread(): PasswordThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let lastId = 0;

  function start(): Worker {
    const started = new Worker(new URL('./password-worker.js', import.meta.url));
    started.on('message', (answer: PasswordAnswer) => {
      waiting.get(answer.id)?.resolve(answer);
      waiting.delete(answer.id);
      if (waiting.size === 0) started.unref();
    });
    started.once('error', fail);
    started.once('exit', (code) => fail(new Error(`The password thread ended with ${code}.`)));
    return started;

    /** The next task starts a new thread. */
    function fail(error: Error): void {
      if (worker === started) worker = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    }
  }

  return (task) =>
    new Promise((resolve, reject) => {
      worker ??= start();
      const id = (lastId += 1);
      waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, ...task } satisfies PasswordTask);
    });
}
