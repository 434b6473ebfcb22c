import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type { EntityManager } from 'typeorm';
import { createQueue } from '../../../server/delivery/queue.js';
import { claimDue } from '../../../server/delivery/queue-claim.js';
import { holdQueue } from '../../../server/delivery/queue-holds.js';
import type { ReplayRequest, ReplayService } from '../../../server/delivery/replay.service.js';
import type { DeliveryFilter } from '../../../server/delivery/delivery.input.js';
import { hookwatch } from '../../../server/storage/audit.js';
import type { Storage } from '../../../server/storage/data-source.js';
import type { Replay } from '../../../server/storage/entities/replay.js';
import { createId } from '../../../server/storage/ids.js';
import { eachDatabase } from '../../helpers/databases.js';
import { addDeliveries, addQueue, claimSome, ended } from '../../helpers/queued.js';
import { createReplaying, losingACommit, QUEUE, type Replaying } from '../../helpers/replaying.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';

eachDatabase('A replay’s runner', (database) => {
  let url: string;
  let storage: Storage;
  let replaying: Replaying;
  let replays: ReplayService;

  before(async () => {
    url = await database.createUrl();
    storage = await openTestStorage(url);
    replaying = createReplaying(storage);
    replays = replaying.replays;
  });

  afterEach(() => replaying.stopRunners());

  after(() => storage.dispose());

  /** A queue with deliveries that have failed for good. */
  async function addFailed(count: number): Promise<string> {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, count);
    await storage.write((manager) =>
      manager.query(
        `update deliveries set status = 'FAILED', completed_at = created_at, next_attempt_at = null where webhook_id = ?`,
        [webhookId],
      ),
    );
    return webhookId;
  }

  /** All deliveries of a webhook, which have an account of their own. */
  async function requestFor(webhookId: string, filter: DeliveryFilter = {}): Promise<ReplayRequest> {
    const [delivery] = await storage.read.query<Array<{ account_id: string }>>(
      'select account_id from deliveries where webhook_id = ? limit 1',
      [webhookId],
    );
    return {
      ...{ filter: { ...filter, accountIds: [delivery!.account_id] }, missed: false, paths: [''] },
      ...{ startedById: createId('usr'), idempotencyKey: null },
    };
  }

  const begin = async (webhookId: string, filter?: DeliveryFilter): Promise<Replay> =>
    replays.begin(await requestFor(webhookId, filter), hookwatch);

  const madeBy = ({
    id,
  }: Replay): Promise<Array<{ status: string; replay_of_id: string; next_attempt_at: number | null }>> =>
    storage.read.query('select status, replay_of_id, next_attempt_at from deliveries where replay_id = ?', [
      id,
    ]);

  async function hold(webhookId: string): Promise<void> {
    await storage.write((manager) =>
      holdQueue(storage, manager, webhookId, { reason: 'INACTIVE', errorClass: null, hint: null }),
    );
  }

  it('makes one delivery for each that matches, though workers share it and commits fail', async () => {
    const webhookId = await addFailed(2_600);
    await addFailed(10);
    await hold(webhookId);
    const replay = await begin(webhookId);
    expect(replay).to.include({ matchedCount: 2_600, createdCount: 0, status: 'RUNNING' });
    const other = database.name === 'sqlite' ? storage : await openTestStorage(url);
    replaying.startRunner(losingACommit(storage));
    replaying.startRunner(other);
    expect(await replaying.ends(replay)).to.include({ createdCount: 2_600, status: 'DONE' });
    const made = await madeBy(replay);
    expect(made).to.have.lengthOf(2_600);
    expect(new Set(made.map(({ replay_of_id }) => replay_of_id))).to.have.lengthOf(2_600);
    expect(new Set(made.map(({ status }) => status))).to.deep.equal(new Set(['HELD']));
    await replaying.stopRunners();
    if (other !== storage) await other.dispose();
  });

  it('never puts more before a webhook’s newer events than it soon gets done', async () => {
    const webhookId = await addFailed(2_600);
    const queue = createQueue({ storage, ...QUEUE });
    const replay = await begin(webhookId);
    replaying.startRunner();
    const countDue = async (): Promise<number> => {
      const [row] = await storage.read.query<Array<{ due: number | string }>>(
        `select count(*) as due from deliveries where webhook_id = ? and status = 'PENDING'`,
        [webhookId],
      );
      await turn();
      return Number(row!.due);
    };
    await until('a thousand are due', async () => (await countDue()) >= 1_000);
    for (let done = 0; done < 2_600;) {
      expect(await countDue()).to.be.at.most(1_500);
      const claimed = await claimSome(queue, 100);
      done += claimed.length;
      await storage.write((manager) =>
        queue.complete(
          manager,
          claimed.map((delivery) =>
            ended(delivery, { status: delivery.id.endsWith('0') ? 'FAILED' : 'SUCCEEDED' }),
          ),
        ),
      );
    }
    const { status, createdCount, succeededCount, failedCount } = await replaying.ends(replay);
    expect({ status, createdCount, ended: succeededCount + failedCount }).to.deep.equal({
      ...{ status: 'DONE', createdCount: 2_600, ended: 2_600 },
    });
    const statuses = (await madeBy(replay)).map((delivery) => delivery.status);
    expect(statuses.filter((one) => one === 'FAILED')).to.have.lengthOf(failedCount);
  });

  it('sends an event to a webhook once, for the newest of its deliveries, and not what waits or has succeeded since', async () => {
    const webhookId = await addFailed(4);
    await hold(webhookId);
    const first = await begin(webhookId);
    replaying.startRunner();
    await replaying.ends(first);
    await replaying.stopRunners();
    const again = async (): Promise<number> => replays.count(await requestFor(webhookId));
    expect(await again()).to.equal(0);
    const [failed, succeeded] = (
      await storage.read.query<Array<{ id: string }>>('select id from deliveries where replay_id = ?', [
        first.id,
      ])
    ).map(({ id }) => id);
    await storage.write(async (manager) => {
      for (const [status, id] of [
        ['FAILED', failed],
        ['SUCCEEDED', succeeded],
      ])
        await manager.query('update deliveries set status = ?, completed_at = created_at where id = ?', [
          ...[status, id],
        ]);
    });
    // The two that failed, of one event, and the one that succeeded.
    expect(await again()).to.equal(3);
    const second = await begin(webhookId, { statuses: ['FAILED'] });
    replaying.startRunner();
    expect(await replaying.ends(second)).to.include({ createdCount: 1 });
    expect((await madeBy(second)).map(({ replay_of_id }) => replay_of_id)).to.deep.equal([failed]);
  });

  it('is cancelled with all that it has made and not sent', async () => {
    const webhookId = await addFailed(1_200);
    await hold(webhookId);
    const replay = await begin(webhookId);
    replaying.startRunner();
    await replaying.ends(replay);
    expect(await replays.cancel(replay, hookwatch)).to.include({ status: 'CANCELLED' });
    replaying.nudge();
    await replaying.ends(replay);
    expect(new Set((await madeBy(replay)).map(({ status }) => status))).to.deep.equal(new Set(['CANCELLED']));
    const unbegun = await begin(await addFailed(5));
    await replays.cancel(unbegun, hookwatch);
    replaying.nudge();
    await replaying.ends(unbegun);
    expect((await madeBy(unbegun)).filter(({ status }) => status !== 'CANCELLED')).to.deep.equal([]);
  });

  it('is cancelled for good at the very moment that its deliveries are claimed', async () => {
    const webhookId = await addFailed(2);
    const replay = await begin(webhookId);
    replaying.startRunner();
    await replaying.ends(replay);
    await storage.write((manager) => manager.query('update queues set next_due_at = null'));
    await storage.write((manager) =>
      manager.query('update queues set next_due_at = 1 where webhook_id = ?', [webhookId]),
    );
    async function cancel(): Promise<void> {
      await replays.cancel(replay, hookwatch);
      replaying.nudge();
      await replaying.ends(replay);
    }
    let cancelled = Promise.resolve();
    const claim = await storage.write((manager) =>
      claimDue(
        storage,
        interrupted(manager, /^update deliveries set lease_token/, async () => {
          cancelled = cancel();
          // SQLite has one writer: there it comes after the claim.
          if (database.name !== 'sqlite') await cancelled;
        }),
        { limit: 10, roomFor: () => 10, full: [] },
        60_000,
      ),
    );
    await cancelled;
    expect(claim).to.have.lengthOf(database.name === 'sqlite' ? 2 : 0);
    const queue = createQueue({ storage, ...QUEUE });
    await storage.write((manager) =>
      queue.complete(
        manager,
        claim.map((delivery) => ended(delivery, { status: 'SUCCEEDED' })),
      ),
    );
    expect(await madeBy(replay)).to.have.lengthOf(2);
    for (const { status, next_attempt_at } of await madeBy(replay))
      expect({ status, next_attempt_at }).to.deep.equal({ status: 'CANCELLED', next_attempt_at: null });
    expect(await replays.find(replay.id)).to.include({ succeededCount: 0 });
  });
});

/** A transaction in which something happens before a statement. */
const interrupted = (
  manager: EntityManager,
  statement: RegExp,
  happens: () => Promise<void>,
): EntityManager =>
  new Proxy(manager, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name) as unknown;
      return async (sql: string, parameters: unknown[]): Promise<unknown> => {
        if (statement.test(sql)) await happens();
        return target.query(sql, parameters);
      };
    },
  });
