import { createSqlite, sharedMariaDb, stopDatabases } from '../helpers/databases.js';
import { runCrashTest, type CrashResult } from './crash-test.js';

const EVENTS = 10_000;
const KILLS = 20;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** The crash test in full on both engines: the headline figure. */
async function crash(name: string, databaseUrl: string, seed: number): Promise<boolean> {
  console.log(`\nCrash test on ${name}: ${EVENTS} events, ${KILLS} × kill -9, seed ${seed}`);
  const report = (line: string): void => console.log(`  ${line}`);
  const result = await runCrashTest({ databaseUrl, events: EVENTS, kills: KILLS, seed, report });
  const { lost, duplicates, changed, statuses, recoveryMs, tookMs } = result;
  console.log(
    `  lost ${lost}, duplicates ${duplicates}, with a changed webhook-id or body ${changed}, ` +
      `statuses ${JSON.stringify(statuses)}\n` +
      `  delivers again after ${median(recoveryMs).toFixed(0)} ms (median), ` +
      `${Math.max(...recoveryMs).toFixed(0)} ms (worst); took ${(tookMs / 1000).toFixed(1)} s`,
  );
  return holds(result);
}

const holds = ({ lost, changed, statuses }: CrashResult): boolean =>
  lost === 0 && changed === 0 && statuses['SUCCEEDED'] === EVENTS;

const seed = Number(process.argv[2] ?? Date.now() % 1_000_000);
const sqlite = await createSqlite();
try {
  const results = [
    await crash('SQLite', sqlite.url, seed),
    await crash('MariaDB', await (await sharedMariaDb()).createDatabase(), seed),
  ];
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  await sqlite.remove();
  await stopDatabases();
}
