import { expect } from 'chai';
import { createQueue, type Queue } from '../../../server/delivery/queue.js';
import { cancelQueues, discardHeld, holdQueue, resumeQueue } from '../../../server/delivery/queue-holds.js';
import { createQueueDepth } from '../../../server/delivery/queue-depth.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import {
  addDeliveries,
  addQueue,
  claimSome,
  countByStatus,
  ended,
  settle,
  storedDeliveries,
} from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';

/** More than follows a decision in its own transaction. */
const LONG = 1_300;
const INACTIVE = { reason: 'INACTIVE', errorClass: null, hint: null } as const;

eachDatabase('A long queue', (database) => {
  let url: string;
  let storage: Storage;
  let queue: Queue;

  before(async () => {
    url = await database.createUrl();
    storage = await openTestStorage(url);
    queue = createQueue({ storage, leaseMs: 60_000, autoDisableAfterMs: 1e9 });
  });

  after(() => storage.dispose());

  const hold = (webhookId: string): Promise<boolean> =>
    storage.write((manager) => holdQueue(storage, manager, webhookId, INACTIVE));
  const resume = (webhookId: string): Promise<void> =>
    storage.write((manager) => resumeQueue(storage, manager, webhookId));
  const discard = (webhookId: string): Promise<boolean> =>
    storage.write((manager) => discardHeld(storage, manager, webhookId));
  const remove = (webhookId: string): Promise<number | null> =>
    storage.write((manager) => cancelQueues(storage, manager, [webhookId]));

  async function addLong(): Promise<string> {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, LONG);
    return webhookId;
  }

  const countBy = (webhookId: string): Promise<Record<string, number>> => countByStatus(storage, webhookId);

  async function shown(webhookId: string): Promise<{ pending: number; held: number }> {
    const { pending, held } = await createQueueDepth(storage).of(webhookId);
    return { pending, held };
  }

  it('sends nothing and shows all as held as soon as it is held, and its deliveries follow', async () => {
    const webhookId = await addLong();
    const running = await claimSome(queue, 10);
    await hold(webhookId);
    expect(await countBy(webhookId)).to.deep.equal({ HELD: 500, PENDING: LONG - 500 });
    expect(await shown(webhookId)).to.deep.equal({ pending: 0, held: LONG });
    expect(await claimSome(queue, 10)).to.deep.equal([]);
    await settle(storage, 2);
    expect(await countBy(webhookId)).to.deep.equal({ HELD: LONG - 10, PENDING: 10 });
    await storage.write((manager) =>
      queue.complete(
        manager,
        running.map((delivery) => ended(delivery, { status: 'SUCCEEDED' })),
      ),
    );
    expect(await shown(webhookId)).to.deep.equal({ pending: 0, held: LONG - 10 });
  });

  it('is due as soon as it is resumed, be it while its deliveries still follow the hold', async () => {
    const webhookId = await addLong();
    await hold(webhookId);
    await resume(webhookId);
    expect(await shown(webhookId)).to.deep.equal({ pending: LONG, held: 0 });
    await hold(webhookId);
    await settle(storage);
    await resume(webhookId);
    expect(await shown(webhookId)).to.deep.equal({ pending: LONG, held: 0 });
    const first = await claimSome(queue, 10);
    expect(first).to.have.lengthOf(10);
    await queue.release(first);
    await settle(storage);
    expect(await countBy(webhookId)).to.deep.equal({ PENDING: LONG });
    await remove(webhookId);
    await settle(storage);
  });

  it('loses what was held when that is discarded, and nothing that came later', async () => {
    const webhookId = await addLong();
    await hold(webhookId);
    expect(await discard(webhookId), 'while deliveries follow the hold').to.equal(false);
    await settle(storage);
    expect(await discard(webhookId)).to.equal(true);
    expect(await shown(webhookId)).to.deep.equal({ pending: 0, held: 0 });
    await resume(webhookId);
    await until('the clock goes on', async () => {
      const [head] = await storage.read.query<Array<{ discarded_at: number | string }>>(
        'select discarded_at from queues where webhook_id = ?',
        [webhookId],
      );
      return (await storage.now(storage.read)) > Number(head!.discarded_at);
    });
    const later = await addDeliveries(storage, webhookId, 3);
    await hold(webhookId);
    expect(await shown(webhookId)).to.deep.equal({ pending: 0, held: 3 });
    await settle(storage);
    expect(await countBy(webhookId)).to.deep.equal({ CANCELLED: LONG, HELD: 3 });
    const held = (await storedDeliveries(storage, webhookId)).filter(({ status }) => status === 'HELD');
    expect(held.map(({ id }) => id)).to.have.members(later);
  });

  it('is cancelled with its webhook, though the process ends between two batches, and with all that comes later', async () => {
    const webhookId = await addLong();
    const [running] = await claimSome(queue, 1);
    expect(await remove(webhookId)).to.equal(null);
    expect(await shown(webhookId)).to.deep.equal({ pending: 0, held: 0 });
    let batches = 0;
    const dying: Storage = {
      ...storage,
      write: (work) =>
        storage.write(async (manager) => {
          const result = await work(manager);
          if (++batches === 1) throw new Error('the process ended before its commit');
          return result;
        }),
    };
    await settle(dying);
    await storage.write((manager) => queue.complete(manager, [ended(running!, { status: 'SUCCEEDED' })]));
    expect(await countBy(webhookId)).to.deep.equal({ CANCELLED: LONG });
    await addDeliveries(storage, webhookId, 2);
    await queue.repair();
    expect(await countBy(webhookId)).to.deep.equal({ CANCELLED: LONG + 2 });
  });
});
