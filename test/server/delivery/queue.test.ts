import { expect } from 'chai';
import { createQueue, type ClaimedDelivery, type Queue } from '../../../server/delivery/queue.js';
import { discardHeld, holdQueue, resumeQueue, cancelQueues } from '../../../server/delivery/queue-holds.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import { addDeliveries, addQueue, claimSome, ended, storedDeliveries } from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';

const TIMES = { leaseMs: 60_000, autoDisableAfterMs: 5 * 86_400_000 };

eachDatabase('The queue', (database) => {
  let url: string;
  let storage: Storage;
  let queue: Queue;

  before(async () => {
    url = await database.createUrl();
    storage = await openTestStorage(url);
    queue = createQueue({ storage, ...TIMES });
  });

  after(() => storage.dispose());

  afterEach(() => storage.write((manager) => manager.query('update queues set next_due_at = null')));

  const complete = (
    deliveries: ClaimedDelivery[],
    next: Parameters<typeof ended>[1],
    on = storage,
  ): Promise<void> =>
    on.write((manager) =>
      queue.complete(
        manager,
        deliveries.map((delivery) => ended(delivery, next)),
      ),
    );

  it('hands out each of 4,000 deliveries once, to 20 consumers, at once and later', async () => {
    const webhooks = await Promise.all([1, 2, 3, 4].map(() => addQueue(storage)));
    for (const webhookId of webhooks) {
      await addDeliveries(storage, webhookId, 900);
      await addDeliveries(storage, webhookId, 100, 300);
    }
    const seen = new Map<string, number>();
    const consume = async (): Promise<void> => {
      while (seen.size < 4_000) {
        const claimed = await claimSome(queue, 40);
        for (const { id } of claimed) seen.set(id, (seen.get(id) ?? 0) + 1);
        if (claimed.length > 0) await complete(claimed, { status: 'SUCCEEDED' });
      }
    };
    await Promise.all(Array.from({ length: 20 }, consume));
    expect([...seen.values()].filter((times) => times !== 1)).to.deep.equal([]);
    for (const webhookId of webhooks) {
      const stored = await storedDeliveries(storage, webhookId);
      expect(new Set(stored.map(({ status, attempt_count }) => `${status} ${attempt_count}`))).to.deep.equal(
        new Set(['SUCCEEDED 1']),
      );
    }
  });

  it('goes round the webhooks, so that a long queue does not stand before a short one', async () => {
    const long = await addQueue(storage);
    const short = await addQueue(storage);
    await addDeliveries(storage, long, 500);
    await addDeliveries(storage, short, 1);
    const claimed = await claimSome(queue, 10);
    expect(claimed.map(({ webhookId }) => webhookId)).to.include(short);
    const next = [...(await claimSome(queue, 10)), ...(await claimSome(queue, 10))];
    expect(new Set(next.map(({ webhookId }) => webhookId))).to.deep.equal(new Set([long]));
  });

  it('leaves out a webhook that has no room', async () => {
    const full = await addQueue(storage);
    const free = await addQueue(storage);
    await addDeliveries(storage, full, 5);
    await addDeliveries(storage, free, 5);
    const claimed = await queue.claim({ limit: 10, roomFor: () => 10, full: [full] });
    expect(new Set(claimed.map(({ webhookId }) => webhookId))).to.deep.equal(new Set([free]));
  });

  it('hands a delivery out again when its lease has ended, and refuses the first worker’s result', async () => {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, 1);
    const hasty = createQueue({ storage, ...TIMES, leaseMs: 1 });
    const [lost] = await claimSome(hasty, 1);
    const taken = await until('the lease has ended', async () => {
      const claimed = await claimSome(queue, 1);
      return claimed.length > 0 && claimed;
    });
    expect(taken[0]!.id).to.equal(lost!.id);
    await complete([lost!], { status: 'FAILED' });
    expect((await storedDeliveries(storage, webhookId))[0]).to.include({
      status: 'PENDING',
      lease_token: taken[0]!.leaseToken,
    });
    await complete(taken, { status: 'SUCCEEDED' });
    expect((await storedDeliveries(storage, webhookId))[0]).to.include({
      status: 'SUCCEEDED',
      attempt_count: 1,
    });
  });

  it('never robs a slow worker that keeps its lease', async () => {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, 1);
    const hasty = createQueue({ storage, ...TIMES, leaseMs: 200 });
    const held = await claimSome(hasty, 1);
    const until = Date.now() + 600;
    while (Date.now() < until) {
      await hasty.extend(held);
      expect(await claimSome(hasty, 1)).to.deep.equal([]);
    }
  });

  it('gives back what was not sent, due at once', async () => {
    const webhookId = await addQueue(storage);
    const ids = await addDeliveries(storage, webhookId, 3);
    const claimed = await claimSome(queue, 3);
    await queue.release(claimed);
    expect((await claimSome(queue, 3)).map(({ id }) => id)).to.have.members(ids);
  });

  // SQLite has one process.
  if (database.name !== 'sqlite')
    it('lets two processes race without handing anything out twice', async () => {
      const other = await openTestStorage(url);
      const rival = createQueue({ storage: other, ...TIMES });
      const webhooks = await Promise.all(Array.from({ length: 10 }, () => addQueue(storage)));
      for (const webhookId of webhooks) await addDeliveries(storage, webhookId, 60);
      const seen: string[] = [];
      const consume = async (mine: Queue, on: Storage): Promise<void> => {
        for (let idle = 0; idle < 20;) {
          const claimed = await claimSome(mine, 30);
          idle = claimed.length === 0 ? idle + 1 : 0;
          seen.push(...claimed.map(({ id }) => id));
          if (claimed.length > 0) await complete(claimed, { status: 'SUCCEEDED' }, on);
        }
      };
      await Promise.all([
        consume(queue, storage),
        consume(rival, other),
        consume(queue, storage),
        consume(rival, other),
      ]);
      expect(seen).to.have.lengthOf(600);
      expect(new Set(seen)).to.have.lengthOf(600);
      await other.dispose();
    });

  it('probes a webhook that fails with one delivery at a time, and drains it after the first success', async () => {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, 10);
    await complete(await claimSome(queue, 5), { status: 'PENDING', delayMs: 3_600_000 });
    expect(await claimSome(queue, 5)).to.deep.equal([]);
    await storage.write((manager) =>
      manager.query('update queues set probe_at = 1, next_due_at = 1 where webhook_id = ?', [webhookId]),
    );
    const probe = await claimSome(queue, 5);
    expect(probe).to.have.lengthOf(1);
    expect(await claimSome(queue, 5)).to.deep.equal([]);
    await complete(probe, { status: 'SUCCEEDED' });
    expect(await claimSome(queue, 5)).to.have.lengthOf(4);
  });

  it('takes failures for a row only when no success came between', async () => {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, 20);
    const claimed = await claimSome(queue, 20);
    // As of their claim, the webhook was well.
    for (let index = 0; index < 20; index += 2)
      await storage.write((manager) =>
        queue.complete(manager, [
          ended(claimed[index]!, { status: 'SUCCEEDED' }),
          ended(claimed[index + 1]!, { status: 'PENDING', delayMs: 3_600_000 }),
        ]),
      );
    expect(
      await storage.read.query(
        'select consecutive_failures, hold_reason, probe_at from queues where webhook_id = ?',
        [webhookId],
      ),
    ).to.deep.equal([{ consecutive_failures: 1, hold_reason: null, probe_at: null }]);
  });

  it('says when a head is due beside those that have no room', async () => {
    const full = await addQueue(storage);
    const later = await addQueue(storage);
    await addDeliveries(storage, full, 5);
    await addDeliveries(storage, later, 1, 60_000);
    await claimSome(queue, 1);
    expect(await queue.dueInMs()).to.be.at.most(0);
    expect(await queue.dueInMs([full])).to.be.within(1, 60_000);
    expect(await queue.dueInMs([full, later])).to.equal(null);
  });

  it('looks again at a throttled webhook when its time has come, and not before', async () => {
    const webhookId = await addQueue(storage, { interval_ms: 3_600_000 });
    await addDeliveries(storage, webhookId, 2);
    expect(await claimSome(queue, 2)).to.have.lengthOf(1);
    await storage.write((manager) =>
      manager.query('update queues set next_due_at = 1 where webhook_id = ?', [webhookId]),
    );
    expect(await claimSome(queue, 2)).to.deep.equal([]);
    expect(await queue.dueInMs()).to.be.greaterThan(3_000_000);
  });

  it('hands a throttled webhook’s deliveries out no faster than its rate', async () => {
    const webhookId = await addQueue(storage, { interval_ms: 100 });
    await addDeliveries(storage, webhookId, 50);
    const startedAt = Date.now();
    let count = 0;
    await until('eight were handed out', async () => {
      count += (await claimSome(queue, 50)).length;
      return count >= 8;
    });
    expect(count).to.be.at.most(2 + Math.ceil((Date.now() - startedAt) / 100));
  });

  it('hands out no more to a throttled webhook than its requests have room for', async () => {
    const webhookId = await addQueue(storage, { interval_ms: 3_600_000 });
    const ids = await addDeliveries(storage, webhookId, 5);
    const asked: number[] = [];
    const claimed = await queue.claim({
      ...{ limit: 10, roomFor: () => 100, full: [], perRequest: () => 4 },
      fitting(_webhookId, deliveries, requests) {
        asked.push(deliveries.length, requests);
        return Math.min(deliveries.length, 3 * requests);
      },
    });
    expect(asked.slice(0, 2)).to.deep.equal([4, 1]);
    expect(claimed.map(({ id }) => id)).to.have.members(ids.slice(0, 3));
    const stored = await storedDeliveries(storage, webhookId);
    expect(stored.filter(({ lease_token }) => lease_token === null)).to.have.lengthOf(2);
  });

  it('holds what waits, also what a round gives back, until it is resumed', async () => {
    const webhookId = await addQueue(storage);
    const ids = await addDeliveries(storage, webhookId, 4);
    const running = await claimSome(queue, 1);
    await storage.write((manager) =>
      holdQueue(storage, manager, webhookId, { reason: 'INACTIVE', errorClass: null, hint: null }),
    );
    await complete(running, { status: 'PENDING', delayMs: 0 });
    const statuses = (await storedDeliveries(storage, webhookId)).map(({ status }) => status);
    expect(statuses).to.deep.equal(['HELD', 'HELD', 'HELD', 'HELD']);
    expect(await claimSome(queue, 4)).to.deep.equal([]);
    await storage.write((manager) => resumeQueue(storage, manager, webhookId));
    expect((await claimSome(queue, 4)).map(({ id }) => id)).to.have.members(ids);
  });

  it('holds the whole queue when a receiver shows that a person must act', async () => {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, 3);
    await complete(await claimSome(queue, 1), { status: 'HELD', reason: 'MISCONFIGURED' });
    expect(new Set((await storedDeliveries(storage, webhookId)).map(({ status }) => status))).to.deep.equal(
      new Set(['HELD']),
    );
  });

  it('disables a webhook that has failed for too long, once, and leaves word in the audit log', async () => {
    const impatient = createQueue({ storage, ...TIMES, autoDisableAfterMs: 0 });
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, 12);
    const claimed = await claimSome(queue, 10);
    const fail = (some: ClaimedDelivery[]): Promise<void> =>
      storage.write((manager) =>
        impatient.complete(
          manager,
          some.map((delivery) => ended(delivery, { status: 'PENDING', delayMs: 0 })),
        ),
      );
    await fail(claimed.slice(0, 5));
    await fail(claimed.slice(5));
    const [head] = await storage.read.query<Array<{ hold_reason: string }>>(
      'select hold_reason from queues where webhook_id = ?',
      [webhookId],
    );
    expect(head!.hold_reason).to.equal('AUTO_DISABLED');
    const entries = await storage.read.query<unknown[]>('select action from audit_entries where target = ?', [
      webhookId,
    ]);
    expect(entries).to.deep.equal([{ action: 'webhook.auto_disabled' }]);
    expect(
      (await storedDeliveries(storage, webhookId)).filter(({ status }) => status !== 'HELD'),
    ).to.deep.equal([]);
  });

  it('ends held work when it is discarded, and all work when the webhook is deleted, also what is on the wire', async () => {
    const held = await addQueue(storage);
    const deleted = await addQueue(storage);
    await addDeliveries(storage, held, 2);
    await storage.write((manager) =>
      holdQueue(storage, manager, held, { reason: 'INACTIVE', errorClass: null, hint: null }),
    );
    await storage.write((manager) => discardHeld(storage, manager, held));
    await addDeliveries(storage, deleted, 2);
    const running = await claimSome(queue, 1);
    await storage.write((manager) => cancelQueues(storage, manager, [deleted]));
    await complete(running, { status: 'SUCCEEDED' });
    for (const webhookId of [held, deleted])
      expect(new Set((await storedDeliveries(storage, webhookId)).map(({ status }) => status))).to.deep.equal(
        new Set(['CANCELLED']),
      );
  });

  it('repairs heads that a crash between two commits left behind', async () => {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, 1);
    await storage.write((manager) => manager.query('update queues set next_due_at = null'));
    expect(await claimSome(queue, 1)).to.deep.equal([]);
    await queue.repair();
    expect((await claimSome(queue, 50)).map((claimed) => claimed.webhookId)).to.include(webhookId);
  });
});
