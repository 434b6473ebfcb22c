import { createSqlite, sharedMariaDb } from '../helpers/databases.js';
import { startRedis } from '../helpers/redis.js';
import { startHookwatch, type Hookwatch } from './hookwatch.js';
import { startProgram, type Methods, type Program } from './programs.js';
import type { Sink } from './sink.js';

export type Engine = 'SQLite' | 'MariaDB';

/** What a scenario works with; all that is started through it ends with it. */
export interface Bench {
  sink: Program<Sink>;
  /** Starts Hookwatch on a fresh database. */
  startHookwatch(engine: Engine, environment?: Record<string, string>): Promise<Hookwatch>;
  /** Makes a fresh database; answers its URL. */
  createDatabase(engine: Engine): Promise<string>;
  /** Starts Hookwatch on a database. */
  openHookwatch(databaseUrl: string, environment?: Record<string, string>): Promise<Hookwatch>;
  startRedis(): Promise<string>;
  /** Starts a module of test/bench. */
  start<M extends Methods<M>>(file: string, ...parameters: string[]): Program<M>;
}

/** Runs a scenario's work; then ends, in reverse order, all that it started. */
export async function withBench<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
  const endings: Array<() => Promise<void>> = [];
  const start = <M extends Methods<M>>(file: string, ...parameters: string[]): Program<M> => {
    const program = startProgram<M>(new URL(`./${file}.js`, import.meta.url), parameters);
    endings.push(program.stop);
    return program;
  };
  const createDatabase = async (engine: Engine): Promise<string> => {
    if (engine === 'MariaDB') return (await sharedMariaDb()).createDatabase();
    const { url, remove } = await createSqlite();
    endings.push(remove);
    return url;
  };
  const openHookwatch = async (url: string, environment?: Record<string, string>): Promise<Hookwatch> => {
    const server = await startHookwatch(url, environment);
    endings.push(server.stop);
    return server;
  };
  try {
    return await work({
      sink: start<Sink>('sink'),
      start,
      createDatabase,
      openHookwatch,
      startHookwatch: async (engine, environment) => openHookwatch(await createDatabase(engine), environment),
      async startRedis() {
        const redis = await startRedis();
        endings.push(redis.stop);
        return redis.url;
      },
    });
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
