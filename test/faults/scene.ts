import { expect } from 'chai';
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

/** A process of its own with a receiver and a webhook that leads to it. */
export interface Scene {
  /** The process of now. */
  readonly server: HookwatchProcess;
  api: TestApi;
  receiver: Receiver;
  /** Publishes events; answers their ids. */
  publish(count?: number): Promise<string[]>;
  /** Starts it again at the same address, after it has ended or been killed. */
  restart(): Promise<void>;
  /** The status of /readyz; 0: no answer. */
  ready(): Promise<number>;
  /** Waits until every one of these events was delivered, and says how often each was sent. */
  delivered(ids: readonly string[], withinMs?: number): Promise<Map<string, number>>;
  end(): Promise<void>;
}

export interface SceneOptions extends Omit<ProcessOptions, 'port'> {
  databaseUrl: string;
  /** How the database is reached by whoever looks on, where the process takes a way that can be cut. */
  directUrl?: string;
}

export async function startScene({
  databaseUrl,
  directUrl = databaseUrl,
  ...options
}: SceneOptions): Promise<Scene> {
  const receiver = await startReceiver();
  const process = {
    ...options,
    environment: { RETRY_SCHEDULE: '200ms,500ms,1s,1s,1s,1s,1s', ...options.environment },
  };
  let server = await startHookwatchProcess(databaseUrl, process);
  const api = await openApi(server.url);
  await createWebhook(api.operator, {
    ...{ accountId: api.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
  });
  const storage = await openTestStorage(directUrl);

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
    api,
    receiver,
    async publish(count = 1) {
      const events = Array.from({ length: count }, () => newBehavior(api.accountId));
      return (await publish(api.operator, ...events)).map(({ event }) => event!.id);
    },
    async restart() {
      server = await startHookwatchProcess(databaseUrl, { ...process, port: server.port });
    },
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
    async end() {
      await storage.dispose();
      await api.close();
      await server.kill();
      await receiver.close();
    },
  };
}

/** How many requests were more than one for an event. */
export const duplicatesIn = (times: ReadonlyMap<string, number>): number =>
  [...times.values()].reduce((sum, count) => sum + Math.max(0, count - 1), 0);
