import { expect } from 'chai';
import type { Storage } from '../../server/storage/data-source.js';
import {
  startHookwatchProcess,
  type HookwatchProcess,
  type ProcessOptions,
} from '../helpers/hookwatch-process.js';
import { openApi, type TestApi } from '../helpers/hookwatch.js';
import { createWebhook, newBehavior, publish } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';
import { openTestStorage } from '../helpers/storage.js';
import { until } from '../helpers/until.js';
import type { Stage } from './stage.js';

/** A process of its own with a receiver and a webhook that leads to it. */
export interface Scene {
  /** The process of now. */
  readonly server: HookwatchProcess;
  api: TestApi;
  receiver: Receiver;
  webhookId: string;
  /** The database as whoever looks on sees it. */
  storage: Storage;
  /** Publishes events; answers their ids. */
  publish(count?: number): Promise<string[]>;
  /** Starts it again at the same address, after it has ended or been killed. */
  restart(): Promise<void>;
  /** Starts another process on the same database that only delivers. */
  startWorker(options?: Pick<ProcessOptions, 'nodeOptions'>): Promise<HookwatchProcess>;
  /** The status of /readyz; 0: no answer. */
  ready(): Promise<number>;
  /** Waits until every one of these events was delivered, and says how often each was sent. */
  delivered(ids: readonly string[], withinMs?: number): Promise<Map<string, number>>;
  /** How many rows there are of a table, with a condition if wanted. */
  count(from: string): Promise<number>;
  /** What the database says of every delivery. */
  deliveries(): Promise<DeliveryRow[]>;
}

export interface DeliveryRow {
  id: string;
  event_id: string;
  status: string;
  attempt_count: number;
  completed_at: number | string | null;
}

export interface SceneOptions extends Omit<ProcessOptions, 'port'> {
  databaseUrl: string;
  /** How the database is reached by whoever looks on, where the process takes a way that can be cut. */
  directUrl?: string;
  /** What the webhook has besides. */
  webhook?: object;
}

export async function startScene(
  stage: Stage,
  { databaseUrl, directUrl = databaseUrl, webhook, ...options }: SceneOptions,
): Promise<Scene> {
  const receiver = await stage.open(startReceiver(), (it) => it.close());
  const process = {
    ...options,
    environment: { RETRY_SCHEDULE: '200ms,500ms,1s,1s,1s,1s,1s', ...options.environment },
  };
  const start = (more: ProcessOptions = {}): Promise<HookwatchProcess> =>
    stage.open(startHookwatchProcess(databaseUrl, { ...process, ...more }), (it) => it.kill());
  let server = await start();
  const api = await stage.open(openApi(server.url), (it) => it.close());
  const webhookId = await createWebhook(api.operator, {
    ...{ accountId: api.accountId, provider: 'CUSTOM', targetUrl: receiver.url, ...webhook },
  });
  const storage = await stage.open(openTestStorage(directUrl), (it) => it.dispose());

  const deliveries = (): Promise<DeliveryRow[]> =>
    storage.read.query<DeliveryRow[]>(
      'select id, event_id, status, attempt_count, completed_at from deliveries order by id',
    );

  async function countOpen(ids: readonly string[]): Promise<number> {
    const rows = await storage.read.query<Array<{ event_id: string }>>(
      `select event_id from deliveries where status = 'SUCCEEDED'`,
    );
    const done = new Set(rows.map((row) => row.event_id));
    return ids.filter((id) => !done.has(id)).length;
  }

  return {
    get server() {
      return server;
    },
    ...{ api, receiver, webhookId, storage, deliveries },
    async count(from) {
      const [row] = await storage.read.query<Array<{ count: number | string }>>(
        `select count(*) as count from ${from}`,
      );
      return Number(row!.count);
    },
    async publish(count = 1) {
      const events = Array.from({ length: count }, () => newBehavior(api.accountId));
      return (await publish(api.operator, ...events)).map(({ event }) => event!.id);
    },
    async restart() {
      server = await start({ port: server.port });
    },
    startWorker: (more) => start({ ...more, environment: { ...process.environment, ROLE: 'worker' } }),
    ready: () =>
      fetch(`${server.url}/readyz`).then(
        ({ status }) => status,
        () => 0,
      ),
    async delivered(ids, withinMs = 30_000) {
      await until('all delivered', async () => (await countOpen(ids)) === 0, withinMs);
      const times = new Map(ids.map((id) => [id, 0]));
      for (const { headers } of receiver.requests) {
        const id = String(headers['webhook-id']);
        expect(times.has(id), `${id} was published`).to.equal(true);
        times.set(id, times.get(id)! + 1);
      }
      return times;
    },
  };
}

/** How many requests were more than one for an event. */
export const duplicatesIn = (times: ReadonlyMap<string, number>): number =>
  [...times.values()].reduce((sum, count) => sum + Math.max(0, count - 1), 0);
