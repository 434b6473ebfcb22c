import { expect } from 'chai';
import { loadConfig } from '../../../server/config.js';
import { createQueue } from '../../../server/delivery/queue.js';
import { createLogger } from '../../../server/observability/logger.js';
import { createMetrics } from '../../../server/observability/metrics.js';
import { createServices, type Services } from '../../../server/services.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { Account } from '../../../server/storage/entities/account.js';
import { ApiToken } from '../../../server/storage/entities/api-token.js';
import { User } from '../../../server/storage/entities/user.js';
import { Webhook } from '../../../server/storage/entities/webhook.js';
import { eachDatabase } from '../../helpers/databases.js';
import { environmentFor, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createWebhook, newBehavior, publish } from '../../helpers/operations.js';
import { addDeliveries, storedDeliveries } from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';
import { codeOf } from '../auth/people.js';

const DELETE_WEBHOOK = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { deletedId } }';
const BY = { name: 'a test', address: null };

eachDatabase('What races with a deletion', (database) => {
  let server: TestServer;
  let storage: Storage;
  let services: Services;

  before(async () => {
    const url = await database.createUrl();
    server = await startHookwatch(url);
    storage = await openTestStorage(url);
    const metrics = createMetrics();
    services = createServices(loadConfig(environmentFor(url)), storage, createLogger('silent'), metrics);
    metrics.dispose();
  });

  after(async () => {
    await storage.dispose();
    await server.stop();
  });

  const receiver = { provider: 'CUSTOM', targetUrl: 'http://127.0.0.1:9/' };
  const statusesOf = async (webhookId: string): Promise<string[]> =>
    (await storedDeliveries(storage, webhookId)).map(({ status }) => status);
  const repair = (): Promise<void> =>
    createQueue({ storage, leaseMs: 60_000, autoDisableAfterMs: 86_400_000 }).repair();

  /** An account with a webhook, as requests have read them that are a moment later than its deletion. */
  async function deleteUnderway(name: string): Promise<{ account: Account; webhook: Webhook }> {
    const accountId = await createAccount(server.operator, name, server.accountId);
    const id = await createWebhook(server.operator, { accountId, ...receiver });
    const account = await storage.read.findOneByOrFail(Account, { id: accountId });
    const webhook = await storage.read.findOneByOrFail(Webhook, { id });
    await services.accounts.remove(account, name, BY);
    return { account, webhook };
  }

  it('is cancelled when it was queued for a webhook that was deleted meanwhile', async () => {
    const id = await createWebhook(server.operator, { accountId: server.accountId, ...receiver });
    await server.operator.ask(DELETE_WEBHOOK, { id });
    await addDeliveries(storage, id, 2);
    await repair();
    expect(await statusesOf(id)).to.deep.equal(['CANCELLED', 'CANCELLED']);
  });

  it('changes no webhook that was deleted with its account, however the change began', async () => {
    const { account, webhook } = await deleteUnderway('Changed');
    const { webhooks } = services;
    const late = [
      webhooks.update({ targetUrl: 'http://127.0.0.1:10/' }, webhook, account, BY),
      webhooks.setActive(webhook, true, 'RESUME', BY),
      webhooks.rotateSigningSecret(webhook, BY),
      webhooks.remove(webhook, BY),
    ];
    expect(await Promise.all(late.map(codeOf))).to.deep.equal(Array(4).fill('CONFLICT'));
    const stored = await storage.read.findOneByOrFail(Webhook, { id: webhook.id });
    expect(stored).to.deep.include({ active: false, signingSecret: null });
    expect(stored.deletedAt).to.be.an.instanceOf(Date);
  });

  it('makes nothing new in an account that is deleted', async () => {
    const { account } = await deleteUnderway('Filled');
    const creator = await storage.read.findOneByOrFail(User, { isOperator: true });
    const late = [
      services.webhooks.create(receiver as Parameters<Services['webhooks']['create']>[0], account, BY),
      services.tokens.create(account, creator, { name: 'Late', scopes: ['READ'] }, BY),
    ];
    expect(await Promise.all(late.map(codeOf))).to.deep.equal(['NOT_FOUND', 'NOT_FOUND']);
    expect(await storage.read.countBy(Webhook, { accountId: account.id })).to.equal(1);
    expect(await storage.read.countBy(ApiToken, { accountId: account.id })).to.equal(0);
  });

  // SQLite writes one transaction after another.
  if (database.name === 'sqlite') return;

  it('is cancelled when its event was given recipients before the deletion and stored after it', async () => {
    const { accountId } = server;
    const id = await createWebhook(server.operator, { accountId, ...receiver });
    // Another event with the same idempotency key makes the publisher wait between the two.
    const publishing = await withUndone(
      `insert into events (id, account_id, type, occurred_at, received_at, site_id, site_name, body,
         idempotency_key, idempotency_hash) values ('evt_0', ?, '', 0, 0, '', '', '', 'a key', '')`,
      [accountId],
      async () => {
        const answer = publish(server.operator, newBehavior(accountId, { idempotencyKey: 'a key' }));
        await until('the publisher waits', isInserting);
        await server.operator.ask(DELETE_WEBHOOK, { id });
        return { answer };
      },
    );
    const [result] = await publishing.answer;
    expect(result!.deliveryCount).to.equal(1);
    await repair();
    expect(await statusesOf(id)).to.deep.equal(['CANCELLED']);
  });

  /** Does a work while a statement's row is there, as nobody else is to see it ever. */
  async function withUndone<T>(statement: string, values: unknown[], work: () => Promise<T>): Promise<T> {
    const done: T[] = [];
    const undo = new Error('undone');
    const transaction = storage.write(async (manager) => {
      await manager.query(statement, values);
      done.push(await work());
      throw undo;
    });
    await transaction.catch((error: unknown) => {
      if (error !== undo) throw error;
    });
    return done[0]!;
  }

  async function isInserting(): Promise<boolean> {
    const running = await storage.read.query<unknown[]>(
      `select id from information_schema.processlist where db = database() and info like 'insert into events%'`,
    );
    return running.length > 0;
  }
});
