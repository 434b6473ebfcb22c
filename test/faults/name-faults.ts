import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { startNameServer } from '../helpers/name-server.js';
import { createWebhook } from '../helpers/operations.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { preloading } from './preload.js';
import { startScene, type Scene } from './scene.js';

const LOOPBACK = ['127.0.0.1'];
const EVENTS = 20;

async function statusesOf({ storage }: Scene, webhookId: string): Promise<Record<string, number>> {
  const rows = await storage.read.query<Array<{ status: string; count: number | string }>>(
    'select status, count(*) as count from deliveries where webhook_id = ? group by status',
    [webhookId],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}

async function errorClassesOf({ storage }: Scene, webhookId: string): Promise<string[]> {
  const rows = await storage.read.query<Array<{ error_class: string }>>(
    'select distinct error_class from attempts where webhook_id = ?',
    [webhookId],
  );
  return rows.map(({ error_class }) => error_class);
}

/** Row 18: name servers that fail for one webhook. */
export const nameFaults: Fault[] = [
  {
    row: 18,
    short: true,
    engine: 'sqlite',
    title:
      'look-ups for one webhook fail, for another take 10 s: both are logged so, and the others are not held up',
    async run(stage) {
      const names = await stage.open(
        startNameServer({
          'good.example.com': LOOPBACK,
          'failing.example.com': 'SERVFAIL',
          'slow.example.com': () => wait(10_000, LOOPBACK, { ref: false }),
        }),
        (it) => it.close(),
      );
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: { QUICK_RETRIES: '0', RETRY_SCHEDULE: '1h' },
        nodeOptions: preloading('names', { server: names.address }),
      });
      const [failing, slow, good] = await Promise.all(
        ['failing', 'slow', 'good'].map((name) =>
          createWebhook(scene.api.operator, {
            ...{ accountId: scene.api.accountId, provider: 'CUSTOM' },
            targetUrl: `http://${name}.example.com:${scene.receiver.port}`,
          }),
        ),
      );
      const startedAt = performance.now();
      await scene.publish(EVENTS);
      for (const webhookId of [scene.webhookId, good!])
        await until(
          'the others are done',
          async () => (await statusesOf(scene, webhookId))['SUCCEEDED'] === EVENTS,
        );
      const othersMs = performance.now() - startedAt;
      expect(await errorClassesOf(scene, slow!), 'it still looks').to.deep.equal([]);
      const classes: string[][] = [];
      for (const webhookId of [failing!, slow!])
        classes.push(
          await until('it is in the log', async () => {
            const found = await errorClassesOf(scene, webhookId);
            return found.length > 0 && found;
          }),
        );
      const slowMs = performance.now() - startedAt;
      expect(classes).to.deep.equal([['DNS_TEMPORARY'], ['DNS_TEMPORARY']]);
      expect(scene.receiver.requests).to.have.lengthOf(2 * EVENTS);
      return `the others were done after ${othersMs.toFixed(0)} ms, the slow look-up was given up after ${slowMs.toFixed(0)} ms`;
    },
  },
];
