import { setTimeout as wait } from 'node:timers/promises';
import { createSqlite, sharedMariaDb, stopDatabases, type TestDatabase } from '../helpers/databases.js';
import { exitOnSignals } from '../helpers/processes.js';
import { runCrashTest, type CrashPlan } from './crash-test.js';
import { happensOn, type Fault } from './fault.js';
import { faults } from './faults.js';
import { createStage } from './stage.js';

/*
 * `npm run test:faults`: every fault on both engines, then the crash test in full, then a table of what was seen.
 * A number as parameter is the seed of the crash test, text picks what has it in its title.
 */

const EVENTS = 10_000;
const KILLS = 20;
/** What takes longer has come to a stop. */
const LONGEST_MS = 1_800_000;

interface Line {
  row: string;
  engine: string;
  title: string;
  holds: boolean;
  seen: string;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** The crash test in full, the headline figure, and once more with many events in each request. */
const crashes: Array<{ title: string; webhook: CrashPlan['webhook'] }> = [
  { title: 'kill -9 twenty times while 10,000 events are published', webhook: { provider: 'CUSTOM' } },
  {
    title: 'kill -9 twenty times while 10,000 events are published and sent in batches',
    webhook: { provider: 'SPLUNK', secretKey: '11111111-2222-3333-4444-555555555555' },
  },
];

async function crash(database: TestDatabase, webhook: CrashPlan['webhook'], seed: number): Promise<string> {
  console.log(
    `\n${webhook.provider} on ${database.name}: ${EVENTS} events, ${KILLS} × kill -9, seed ${seed}`,
  );
  const { lost, duplicates, changed, statuses, recoveryMs, tookMs } = await runCrashTest({
    ...{ databaseUrl: await database.createUrl(), webhook, events: EVENTS, kills: KILLS, seed },
    report: (line) => console.log(`  ${line}`),
  });
  const seen =
    `${lost} lost, ${duplicates} duplicates, ${changed} with another webhook-id or body; delivers again after ` +
    `${median(recoveryMs).toFixed(0)} ms (median), ${Math.max(...recoveryMs).toFixed(0)} ms (worst); ` +
    `${(tookMs / 1000).toFixed(0)} s in all`;
  if (lost > 0 || changed > 0 || statuses['SUCCEEDED'] !== EVENTS)
    throw new Error(`${seen}; ${JSON.stringify(statuses)}`);
  return seen;
}

async function giveUp(): Promise<never> {
  await wait(LONGEST_MS, undefined, { ref: false });
  throw new Error(`It was not over after ${LONGEST_MS / 60_000} minutes`);
}

async function inject(fault: Fault, database: TestDatabase): Promise<string> {
  const stage = createStage(database);
  try {
    return await Promise.race([fault.run(stage), giveUp()]);
  } finally {
    await stage.end();
  }
}

async function observe(
  engine: string,
  row: string,
  title: string,
  run: () => Promise<string>,
): Promise<Line> {
  const startedAt = performance.now();
  const line = await run().then(
    (seen) => ({ row, engine, title, holds: true, seen }),
    (error: Error) => {
      console.error(error);
      return { row, engine, title, holds: false, seen: error.message.split('\n')[0] ?? '' };
    },
  );
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${line.holds ? '✓' : '✗'} ${row} ${engine}: ${title} (${seconds} s)\n    ${line.seen}`);
  return line;
}

function printTable(lines: Line[]): void {
  console.log('\n| # | engine | fault | holds | seen |\n|---|---|---|---|---|');
  for (const { row, engine, title, holds, seen } of lines)
    console.log(`| ${row} | ${engine} | ${title} | ${holds ? 'yes' : '**no**'} | ${seen} |`);
}

const parameters = process.argv.slice(2);
const isNumber = (parameter: string): boolean => /^\d+$/.test(parameter);
const seed = Number(parameters.find(isNumber) ?? Date.now() % 1_000_000);
const picked = parameters.find((parameter) => !isNumber(parameter)) ?? '';
const isPicked = ({ title }: { title: string }): boolean => title.includes(picked);
const removals: Array<() => Promise<void>> = [];
const databases: TestDatabase[] = [
  {
    name: 'sqlite',
    async createUrl() {
      const { url, remove } = await createSqlite();
      removals.push(remove);
      return url;
    },
  },
  { name: 'mariadb', createUrl: async () => (await sharedMariaDb()).createDatabase() },
];

exitOnSignals();
try {
  const lines: Line[] = [];
  for (const fault of faults.filter(isPicked))
    for (const database of databases.filter((one) => happensOn(fault, one)))
      lines.push(await observe(database.name, String(fault.row), fault.title, () => inject(fault, database)));
  for (const { title, webhook } of crashes.filter(isPicked))
    for (const database of databases)
      lines.push(await observe(database.name, '4', title, () => crash(database, webhook, seed)));
  printTable(lines);
  process.exitCode = lines.length > 0 && lines.every(({ holds }) => holds) ? 0 : 1;
} finally {
  for (const remove of removals) await remove();
  await stopDatabases();
}
