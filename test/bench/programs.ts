import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a program of the benchmark can be asked to do by the one that started it. */
export type Methods<M> = { [K in keyof M]: (...parameters: never[]) => unknown };

/** A program of the benchmark in a process of its own; it dies with this one at the latest. */
export interface Program<M extends Methods<M>> {
  readonly pid: number;
  ask<K extends keyof M & string>(
    method: K,
    ...parameters: Parameters<M[K]>
  ): Promise<Awaited<ReturnType<M[K]>>>;
  stop(): Promise<void>;
}

interface Question {
  id: number;
  method: string;
  parameters: never[];
}

interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

/** Lets the process that started this one call the methods. */
export function answerQuestions<M extends Methods<M>>(methods: M): void {
  const send = (answer: Answer): void => void process.send?.(answer);
  process.on('message', ({ id, method, parameters }: Question) => {
    const call = async (): Promise<unknown> => methods[method as keyof M](...parameters);
    call().then(
      (result) => send({ id, result }),
      (error: Error) => send({ id, error: error.stack ?? error.message }),
    );
  });
  process.once('disconnect', () => process.exit());
}

/** Starts a module of the benchmark, with the flags of this process. */
export function startProgram<M extends Methods<M>>(file: URL, parameters: string[] = []): Program<M> {
  const child = fork(file, parameters, { serialization: 'advanced' });
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
  child.once('exit', (code) => {
    for (const [id, settle] of waiting) settle({ id, error: `${file.pathname} ended with ${code}` });
  });
  return {
    pid: child.pid!,
    ask: (method, ...asking) =>
      new Promise((resolve, reject) => {
        const id = (asked += 1);
        waiting.set(id, ({ result, error }) => {
          waiting.delete(id);
          if (error === undefined) resolve(result as Awaited<ReturnType<M[typeof method]>>);
          else reject(new Error(error));
        });
        child.send({ id, method, parameters: asking });
      }),
    async stop() {
      process.off('exit', onExit);
      await kill(child);
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
