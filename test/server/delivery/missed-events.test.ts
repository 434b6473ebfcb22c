import { expect } from 'chai';
import { holdQueue } from '../../../server/delivery/queue-holds.js';
import type { DeliveryFilter } from '../../../server/delivery/delivery.input.js';
import type { Draft } from '../../../server/delivery/replay-source.js';
import type { ReplayRequest, ReplayService } from '../../../server/delivery/replay.service.js';
import { hookwatch } from '../../../server/storage/audit.js';
import { insertRows } from '../../../server/storage/bulk.js';
import type { Storage } from '../../../server/storage/data-source.js';
import type { Replay } from '../../../server/storage/entities/replay.js';
import { createId, idOfTime } from '../../../server/storage/ids.js';
import { insertDeliveries } from '../../../server/storage/new-deliveries.js';
import { eachDatabase } from '../../helpers/databases.js';
import { addQueue, countByStatus } from '../../helpers/queued.js';
import { createReplaying, losingACommit, type Replaying } from '../../helpers/replaying.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';

const DAY_MS = 86_400_000;

interface StoredAccount {
  id: string;
  path: string;
}

eachDatabase('Events that webhooks have missed', (database) => {
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

  async function addAccounts(count: number, parent?: StoredAccount): Promise<StoredAccount[]> {
    const accounts = Array.from({ length: count }, () => createId('acc')).map((id) => ({
      ...{ id, path: `${parent?.path ?? ''}${id}/` },
    }));
    await storage.write((manager) =>
      insertRows(
        manager,
        'accounts',
        ['id', 'parent_id', 'path', 'name', 'created_at'],
        accounts.map(({ id, path }) => [id, parent?.id ?? null, path, 'Account', 1]),
      ),
    );
    return accounts;
  }

  const addAccount = async (parent?: StoredAccount): Promise<StoredAccount> =>
    (await addAccounts(1, parent))[0]!;

  /** A webhook that wants new behaviors, held unless it `sends`. */
  async function addWebhook(
    { id: accountId }: StoredAccount,
    { sends = false, withChildren = false } = {},
  ): Promise<string> {
    const id = await addQueue(storage);
    await storage.write(async (manager) => {
      await insertRows(
        manager,
        'webhooks',
        [
          ...['id', 'account_id', 'name', 'provider', 'target_url', 'active', 'include_child_accounts'],
          ...['event_types', 'headers', 'settings', 'version', 'created_at', 'updated_at'],
        ],
        [
          [
            ...[
              id,
              accountId,
              'Webhook',
              'CUSTOM',
              'http://127.0.0.1:9/',
              sends ? 1 : 0,
              withChildren ? 1 : 0,
            ],
            ...['["UNKNOWN_DOMAIN","NEW_BEHAVIOR"]', '[]', '{}', 1, 1, 1],
          ],
        ],
      );
      if (!sends) await holdQueue(storage, manager, id, { reason: 'INACTIVE', errorClass: null, hint: null });
    });
    return id;
  }

  async function addEvents(
    accounts: readonly StoredAccount[],
    { ageMs = 0, type = 'NEW_BEHAVIOR' } = {},
  ): Promise<void> {
    const at = Date.now() - ageMs;
    await storage.write((manager) =>
      insertRows(
        manager,
        'events',
        ['id', 'account_id', 'type', 'occurred_at', 'received_at', 'site_id', 'site_name', 'body'],
        accounts.map(({ id }) => [
          `${idOfTime('evt', at).slice(0, 14)}${createId('evt').slice(14)}`,
          ...[id, type, at, at, 's', 'Site', '{}'],
        ]),
      ),
    );
  }

  const times = (account: StoredAccount, count: number): StoredAccount[] =>
    Array.from({ length: count }, () => account);

  const requestFor = (webhookIds: string[], filter: DeliveryFilter = {}): ReplayRequest => ({
    ...{ filter: { createdAfter: new Date(0), ...filter, webhookIds }, missed: true, paths: [''] },
    ...{ startedById: createId('usr'), idempotencyKey: null },
  });

  const begin = (...webhookIds: string[]): Promise<Replay> =>
    replays.begin(requestFor(webhookIds), hookwatch);

  const count = (webhookIds: string[], filter?: DeliveryFilter): Promise<number> =>
    replays.count(requestFor(webhookIds, filter));

  /** How many events a webhook has deliveries of. */
  async function countReached(webhookId: string): Promise<number> {
    const [row] = await storage.read.query<Array<{ count: number | string }>>(
      'select count(distinct event_id) as count from deliveries where webhook_id = ?',
      [webhookId],
    );
    return Number(row!.count);
  }

  /** Whether somebody waits for the head of a queue. */
  async function isHeadAwaited(): Promise<boolean> {
    const rows = await storage.read.query<unknown[]>(
      `select id from information_schema.processlist where info like 'select webhook_id from queues%for update'`,
    );
    return rows.length > 0;
  }

  it('reach each webhook once, though two replays race, workers share them and commits fail', async () => {
    const account = await addAccount();
    const [one, two] = [await addWebhook(account), await addWebhook(account)];
    await addEvents(times(account, 1_300));
    expect(await count([one, two, one])).to.equal(2_600);
    const [first, second] = [await begin(one, two), await begin(two)];
    expect(first).to.include({ matchedCount: 2_600, createdCount: 0, status: 'RUNNING' });
    const other = database.name === 'sqlite' ? storage : await openTestStorage(url);
    replaying.startRunner(losingACommit(storage));
    replaying.startRunner(other);
    const ended = [await replaying.ends(first), await replaying.ends(second)];
    await replaying.stopRunners();
    if (other !== storage) await other.dispose();
    expect(ended.map(({ status }) => status)).to.deep.equal(['DONE', 'DONE']);
    expect(ended.reduce((sum, { createdCount }) => sum + createdCount, 0)).to.equal(2_600);
    for (const id of [one, two]) {
      expect(await countByStatus(storage, id)).to.deep.equal({ HELD: 1_300 });
      expect(await countReached(id)).to.equal(1_300);
    }
    expect(await count([one, two])).to.equal(0);
  });

  it('are given to one replay while another one that has found them waits for its commit', async () => {
    const account = await addAccount();
    const webhook = await addWebhook(account);
    await addEvents(times(account, 2));
    const { filter, missed, paths } = requestFor([webhook]);
    const source = replaying.sourceOf({ filter, missed, paths, beganAt: 0, replayId: null });
    const found = await source.find({ above: null, below: null }, new AbortController().signal);
    let isDecided = false;
    let second: Promise<Draft[]> | undefined;
    await storage.write(async (manager) => {
      const first = await source.decide(manager, found.ids);
      expect(first).to.have.lengthOf(2);
      second ??= storage.write((other) => source.decide(other, found.ids)).finally(() => (isDecided = true));
      // SQLite has one writer: there the second one has not begun.
      if (database.name !== 'sqlite')
        await until('the second has decided or waits', async () => isDecided || (await isHeadAwaited()));
      await insertDeliveries(
        manager,
        first.map((draft) => ({ ...draft, held: true, trigger: 'REPLAY' })),
        Date.now(),
      );
    });
    expect(await second).to.deep.equal([]);
  });

  it('reach it once, though the process that made some of the deliveries has ended', async () => {
    const account = await addAccount();
    const webhook = await addWebhook(account);
    await addEvents(times(account, 1_300));
    const replay = await begin(webhook);
    replaying.startRunner();
    await until('some are made', async () => (await replays.find(replay.id))!.createdCount > 0);
    await replaying.stopRunners();
    replaying.startRunner();
    expect(await replaying.ends(replay)).to.include({ status: 'DONE', createdCount: 1_300 });
    expect(await countReached(webhook)).to.equal(1_300);
  });

  it('do not come before a webhook’s newer events all at once', async () => {
    const account = await addAccount();
    const webhook = await addWebhook(account, { sends: true });
    await addEvents(times(account, 1_300));
    const replay = await begin(webhook);
    replaying.startRunner();
    await until('a thousand are due', async () => (await replays.find(replay.id))!.createdCount === 1_000);
    await replays.cancel(replay, hookwatch);
    replaying.nudge();
    await replaying.ends(replay);
    expect(await countByStatus(storage, webhook)).to.deep.equal({ CANCELLED: 1_000 });
  });

  it('are cancelled with their replay, and are not missed from then on', async () => {
    const account = await addAccount();
    const webhook = await addWebhook(account);
    await addEvents(times(account, 600));
    const replay = await begin(webhook);
    replaying.startRunner();
    await replaying.ends(replay);
    expect(await replays.cancel(replay, hookwatch)).to.include({ status: 'CANCELLED' });
    replaying.nudge();
    await replaying.ends(replay);
    expect(await countByStatus(storage, webhook)).to.deep.equal({ CANCELLED: 600 });
    expect(await count([webhook])).to.equal(0);
  });

  it('are those of accounts and types that the webhook gets', async () => {
    const account = await addAccount();
    const [child, sibling] = [await addAccount(account), await addAccount()];
    const [own, all] = [await addWebhook(account), await addWebhook(account, { withChildren: true })];
    const below = await addWebhook(child, { withChildren: true });
    await addEvents([account, child, child, sibling]);
    await addEvents([account, child], { type: 'DATA_MISSING' });
    const counts = await Promise.all([own, all, below].map((id) => count([id])));
    expect(counts).to.deep.equal([1, 3, 2]);
    expect(await count([own, all, below], { accountIds: [child.id, sibling.id] })).to.equal(4);
    const replay = await begin(own, all, below);
    replaying.startRunner();
    expect(await replaying.ends(replay)).to.include({ matchedCount: 6, createdCount: 6 });
    expect(await Promise.all([own, all, below].map(countReached))).to.deep.equal([1, 3, 2]);
  });

  it('are found in more accounts than are looked through one by one', async () => {
    const account = await addAccount();
    const children = await addAccounts(250, account);
    const webhook = await addWebhook(account, { withChildren: true });
    await addEvents([account, ...children, await addAccount()]);
    const replay = await begin(webhook);
    replaying.startRunner();
    expect(await replaying.ends(replay)).to.include({ matchedCount: 251, createdCount: 251 });
  });

  it('are none whose deliveries may have been removed for their age', async () => {
    const account = await addAccount();
    const webhook = await addWebhook(account);
    await addEvents([account, account], { ageMs: 31 * DAY_MS });
    await addEvents([account], { ageMs: 29 * DAY_MS });
    expect(await count([webhook])).to.equal(1);
    expect(await count([webhook], { createdAfter: new Date(Date.now() - DAY_MS) })).to.equal(0);
    expect(await count([webhook], { createdBefore: new Date(Date.now() - 30 * DAY_MS) })).to.equal(0);
  });

  it('are missed by no webhook that has been deleted since', async () => {
    const account = await addAccount();
    const webhook = await addWebhook(account);
    await addEvents([account]);
    const replay = await begin(webhook);
    await storage.write((manager) =>
      manager.query('update webhooks set deleted_at = 1 where id = ?', [webhook]),
    );
    replaying.startRunner();
    expect(await replaying.ends(replay)).to.include({ matchedCount: 1, createdCount: 0, status: 'DONE' });
    expect(await count([webhook])).to.equal(0);
  });
});
