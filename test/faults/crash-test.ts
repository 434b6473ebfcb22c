import { setTimeout as wait } from 'node:timers/promises';
import { startHookwatchProcess, type HookwatchProcess } from '../helpers/hookwatch-process.js';
import { openApi, type TestApi } from '../helpers/hookwatch.js';
import { createWebhook, newBehavior, publish } from '../helpers/operations.js';
import { createRandom } from '../helpers/random.js';
import { startReceiver } from '../helpers/receiver.js';
import { openTestStorage } from '../helpers/storage.js';
import { until } from '../helpers/until.js';
import { keepLedger, type Ledger } from './ledger.js';

export interface CrashPlan {
  /** An empty database. */
  databaseUrl: string;
  /** What the webhook is, besides its URL. */
  webhook: { provider: 'CUSTOM' } | { provider: 'SPLUNK'; secretKey: string };
  events: number;
  kills: number;
  /** The same seed kills at the same points of progress. */
  seed: number;
  /** Takes a line for each kill. */
  report: (line: string) => void;
}

export interface CrashResult {
  /** Events that a call of publishEvents confirmed and the receiver never accepted. */
  lost: number;
  /** How often an event was accepted that had been accepted before. */
  duplicates: number;
  /** Events that came under a wrong id or with another body than before. */
  changed: number;
  /** Deliveries in the database, by status, after the end. */
  statuses: Record<string, number>;
  /** From each kill until requests arrived again, in ms. */
  recoveryMs: number[];
  tookMs: number;
}

const EVENTS_A_CALL = 20;
const PUBLISHERS = 3;

/** Short leases and waits, so that what a crash leaves behind is seen to be taken up within the run. */
const ENVIRONMENT = { LEASE: '2s', RETRY_SCHEDULE: '100ms,200ms,500ms,1s,1s,1s', WEBHOOK_CONCURRENCY: '32' };

/** Publishes events while the process is killed with -9 at random moments and started again each time. */
export async function runCrashTest(plan: CrashPlan): Promise<CrashResult> {
  const startedAt = performance.now();
  const random = createRandom(plan.seed);
  const receiver = await startReceiver();
  const ledger = keepLedger(receiver, { random, refusing: 0.02, slowestMs: 15 });
  const victim = await startVictim(plan.databaseUrl);
  const api = await openApi(victim.url);
  try {
    await createWebhook(api.operator, {
      ...{ accountId: api.accountId, targetUrl: receiver.url, ...plan.webhook },
    });
    const publishing = publishAll(plan.events, api, victim);
    const recoveryMs = await killAtRandom(plan, random, ledger, victim);
    const confirmed = await publishing;
    await nothingPending(api);
    await victim.end();
    return {
      ...compare(confirmed, ledger),
      statuses: await countStatuses(plan.databaseUrl),
      recoveryMs,
      tookMs: performance.now() - startedAt,
    };
  } finally {
    await victim.end();
    await api.close();
    await receiver.close();
  }
}

/** A server that is killed and comes back at the same address. */
interface Victim {
  url: string;
  /** Counts the starts; a call that fails while it stays the same has failed for another reason. */
  readonly generation: number;
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Resolves when it serves again. */
  serving(): Promise<void>;
  end(): Promise<void>;
}

async function startVictim(databaseUrl: string): Promise<Victim> {
  let current: HookwatchProcess = await startHookwatchProcess(databaseUrl, { environment: ENVIRONMENT });
  let generation = 1;
  let onServing: Array<() => void> = [];
  let isServing = true;
  return {
    url: current.url,
    get generation() {
      return generation;
    },
    async kill() {
      generation += 1;
      isServing = false;
      await current.kill();
    },
    async restart() {
      current = await startHookwatchProcess(databaseUrl, { port: current.port, environment: ENVIRONMENT });
      isServing = true;
      for (const resolve of onServing.splice(0)) resolve();
    },
    serving: () =>
      isServing ? Promise.resolve() : new Promise((resolve) => (onServing = [...onServing, resolve])),
    async end() {
      current.signal('SIGTERM');
      await current.ended;
    },
  };
}

/** Publishes every event until a call confirms it; answers the ids by the events' numbers. */
async function publishAll(count: number, api: TestApi, victim: Victim): Promise<Map<number, string>> {
  const confirmed = new Map<number, string>();
  let next = 0;
  async function publisher(): Promise<void> {
    while (next < count) {
      const numbers = Array.from({ length: Math.min(EVENTS_A_CALL, count - next) }, () => next++);
      const events = numbers.map((number) =>
        newBehavior(api.accountId, { siteId: siteOf(number), idempotencyKey: siteOf(number) }),
      );
      const results = await untilConfirmed(() => publish(api.operator, ...events), victim);
      for (const [index, number] of numbers.entries()) confirmed.set(number, results[index]!.event!.id);
    }
  }
  await Promise.all(Array.from({ length: PUBLISHERS }, publisher));
  return confirmed;
}

const siteOf = (number: number): string => `site-${number}`;

/** Repeats a call that a crash cut off; any other failure is one. */
async function untilConfirmed<T>(call: () => Promise<T>, victim: Victim): Promise<T> {
  for (;;) {
    await victim.serving();
    const { generation } = victim;
    try {
      return await call();
    } catch (error) {
      if (generation === victim.generation) throw error;
    }
  }
}

/** Kills once in each equal part of the run, a few ms after a random number of events was accepted. */
async function killAtRandom(
  { events, kills, report }: CrashPlan,
  random: () => number,
  ledger: Ledger,
  victim: Victim,
): Promise<number[]> {
  const recoveryMs: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await ledger.reached(Math.floor(((kill + random()) / kills) * events));
    await wait(random() * 30);
    const killedAt = performance.now();
    const acceptedBefore = ledger.accepted.size;
    await victim.kill();
    const delivering = Promise.race([ledger.nextRequest(), ledger.reached(events)]);
    await victim.restart();
    const servedMs = performance.now() - killedAt;
    await delivering;
    recoveryMs.push(performance.now() - killedAt);
    report(
      `kill ${kill + 1} of ${kills} after ${acceptedBefore} events: serves again after ${servedMs.toFixed(0)} ms, ` +
        `delivers after ${recoveryMs.at(-1)!.toFixed(0)} ms`,
    );
  }
  return recoveryMs;
}

function compare(
  confirmed: Map<number, string>,
  ledger: Ledger,
): Pick<CrashResult, 'lost' | 'duplicates' | 'changed'> {
  const ids = new Set(confirmed.values());
  const times = [...ledger.accepted.values()];
  const unknown = [...ledger.accepted.keys()].filter((id) => !ids.has(id));
  return {
    lost: [...ids].filter((id) => !ledger.accepted.has(id)).length,
    duplicates: times.reduce((sum, count) => sum + count - 1, 0),
    changed: ledger.changed.size + unknown.length + (confirmed.size - ids.size),
  };
}

/** What was accepted just before a crash is sent once more when its lease has ended. */
const nothingPending = ({ operator }: TestApi): Promise<boolean> =>
  until(
    'nothing is pending',
    async () => {
      const { deliveries } = await operator.ask<{ deliveries: { totalCount: number } }>(
        '{ deliveries(filter: { statuses: [PENDING] }) { totalCount } }',
      );
      return deliveries.totalCount === 0;
    },
    60_000,
  );

async function countStatuses(databaseUrl: string): Promise<Record<string, number>> {
  const storage = await openTestStorage(databaseUrl);
  try {
    const rows = await storage.read.query<Array<{ status: string; count: number | string }>>(
      'select status, count(*) as count from deliveries group by status',
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
  } finally {
    await storage.dispose();
  }
}
