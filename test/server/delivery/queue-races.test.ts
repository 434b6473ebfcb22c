import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { createQueue, type Queue } from '../../../server/delivery/queue.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import { run, startDaemon } from '../../helpers/processes.js';
import { addDeliveries, addQueue, claimSome, ended } from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';

const WORKER = fileURLToPath(new URL('../../helpers/queue-worker.js', import.meta.url));
const DAY_MS = 86_400_000;

eachDatabase('Workers of one database', (database) => {
  // SQLite has one process.
  if (database.name === 'sqlite') return;

  let url: string;
  let storages: Storage[];
  let storage: Storage;

  before(async () => {
    url = await database.createUrl();
    storages = await Promise.all([openTestStorage(url), openTestStorage(url)]);
    storage = storages[0]!;
  });

  afterEach(() => storage.write((manager) => manager.query('update queues set next_due_at = null')));

  after(() => Promise.all(storages.map((one) => one.dispose())));

  const queues = (autoDisableAfterMs = DAY_MS): Queue[] =>
    storages.map((one) => createQueue({ storage: one, leaseMs: 60_000, autoDisableAfterMs }));

  it('bring each delivery to one end in processes of their own, also what one had when it was killed', async () => {
    const webhooks = await Promise.all([1, 2, 3].map(() => addQueue(storage)));
    for (const webhookId of webhooks) await addDeliveries(storage, webhookId, 500);
    const killed = await startDaemon(process.execPath, [WORKER, url, '300', '5'], /keeps what it claimed/);
    const others = [1, 2].map(() => run(process.execPath, [WORKER, url, '300']));
    await killed.kill();
    await Promise.all(others);
    const rows = await storage.read.query<Array<{ id: string; status: string; attempt_count: number }>>(
      'select id, status, attempt_count from deliveries',
    );
    expect(rows).to.have.lengthOf(1_500);
    const wrong = rows.filter(
      ({ id, status, attempt_count }) =>
        status !== 'SUCCEEDED' || attempt_count !== (id.endsWith('A') ? 2 : 1),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('keep to a webhook’s rate together', async () => {
    const intervalMs = 20;
    const webhookId = await addQueue(storage, { interval_ms: intervalMs });
    await addDeliveries(storage, webhookId, 100);
    const startedAt = await storage.now(storage.read);
    let count = 0;
    const claim = async (queue: Queue): Promise<void> => {
      while (count < 40) {
        const claimed = await claimSome(queue, 50);
        count += claimed.length;
      }
    };
    await Promise.all([...queues(), ...queues()].map(claim));
    const tookMs = (await storage.now(storage.read)) - startedAt;
    // What a tenth of a second is worth may go at once.
    expect(count).to.be.at.most(100 / intervalMs + 2 + tookMs / intervalMs);
  });

  it('disable a webhook once, whoever sees it fail', async () => {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, 40);
    const rivals = queues(0);
    const claims = [await claimSome(rivals[0]!, 20), await claimSome(rivals[1]!, 20)];
    await Promise.all(
      rivals.map((queue, index) =>
        storages[index]!.write((manager) =>
          queue.complete(
            manager,
            claims[index]!.map((delivery) => ended(delivery, { status: 'PENDING', delayMs: 0 })),
          ),
        ),
      ),
    );
    const entries = await storage.read.query<unknown[]>('select action from audit_entries where target = ?', [
      webhookId,
    ]);
    expect(entries).to.deep.equal([{ action: 'webhook.auto_disabled' }]);
    const held = await storage.read.query<unknown[]>(
      `select id from deliveries where webhook_id = ? and status = 'HELD'`,
      [webhookId],
    );
    expect(held).to.have.lengthOf(40);
  });
});
