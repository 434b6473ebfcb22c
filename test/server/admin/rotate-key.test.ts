import { expect } from 'chai';
import { openStorage, type Storage } from '../../../server/storage/data-source.js';
import { Webhook } from '../../../server/storage/entities/webhook.js';
import { createId } from '../../../server/storage/ids.js';
import { keyFor, NEW_KEY, OLD_KEY, runAdmin } from '../../helpers/admin.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { attempts, createAccount, createWebhook, newBehavior, publish } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

const SECRETS_EACH = 5;
const BOTH_KEYS = `${NEW_KEY},${OLD_KEY}`;
const bytes = (...keys: string[]): Buffer[] => keys.map((key) => Buffer.from(key, 'base64'));

/** Webhooks that are off, with secrets of every kind, under the key that seals now. */
async function addWebhooks(storage: Storage, accountId: string, count: number): Promise<void> {
  const rows = Array.from({ length: count }, () => {
    const id = createId('whk');
    const seal = (column: string): string =>
      storage.secrets.seal(`secret of ${id}`, { table: 'webhooks', row: id, column });
    const now = new Date();
    return {
      ...{
        id,
        accountId,
        name: 'One of many',
        provider: 'CUSTOM' as const,
        targetUrl: 'https://example.com/',
      },
      ...{ active: false, includeChildAccounts: false, eventTypes: [], settings: {} as Webhook['settings'] },
      secretKey: seal('secret_key'),
      storedHeaders: ['x-one', 'x-two'].map((name) => ({ name, value: seal('headers') })),
      signingSecret: seal('signing_secret'),
      previousSigningSecret: seal('previous_signing_secret'),
      ...{ previousSigningSecretUntil: now, requestsPerSecond: null, version: 1 },
      ...{ createdAt: now, updatedAt: now, deletedAt: null },
    };
  });
  for (let start = 0; start < rows.length; start += 200)
    await storage.write((manager) =>
      manager
        .createQueryBuilder()
        .insert()
        .into(Webhook)
        .values(rows.slice(start, start + 200))
        .updateEntity(false)
        .execute(),
    );
}

/** How many secrets there are, each of which must open under the newest key. */
async function countCurrent(storage: Storage): Promise<number> {
  let count = 0;
  for (const webhook of await storage.read.find(Webhook)) {
    const check = (sealed: string | null, column: string): void => {
      if (sealed === null) return;
      expect(storage.secrets.isCurrent(sealed), `${webhook.name}: ${column}`).to.equal(true);
      const plain = storage.secrets.open(sealed, { table: 'webhooks', row: webhook.id, column });
      if (webhook.name === 'One of many') expect(plain).to.equal(`secret of ${webhook.id}`);
      count += 1;
    };
    check(webhook.secretKey, 'secret_key');
    for (const { value } of webhook.storedHeaders) check(value, 'headers');
    check(webhook.signingSecret, 'signing_secret');
    check(webhook.previousSigningSecret, 'previous_signing_secret');
  }
  return count;
}

eachDatabase('Rotating the key', (database) => {
  let url: string;
  let server: TestServer;
  let receiver: Receiver;
  const isEmbedded = database.name === 'sqlite';
  const start = (key: string): Promise<TestServer> => startHookwatch(url, keyFor(url, key));
  const open = (...keys: string[]): Promise<Storage> =>
    openStorage({ databaseUrl: url, secretKeys: isEmbedded ? null : bytes(...keys) });
  const save = (change: object = {}): Promise<string> =>
    createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
      headers: [{ name: 'x-key', value: 'the-header-value' }],
      ...change,
    });

  beforeEach(async () => {
    url = await database.createUrl();
    receiver = await startReceiver();
    server = await start(isEmbedded ? OLD_KEY : BOTH_KEYS);
  });

  afterEach(async () => {
    await server.stop();
    await receiver.close();
  });

  it('of 10,000 secrets while events are delivered: none fails, none is left, none is lost', async () => {
    const old = await open(OLD_KEY);
    await addWebhooks(old, await createAccount(server.operator, 'With many'), 2_000);
    await old.dispose();
    await save();
    let isRunning = true;
    let events = 0;
    const busy = (async () => {
      while (isRunning) {
        await publish(server.operator, newBehavior(server.accountId));
        await save({ active: false, name: `Saved meanwhile ${(events += 1)}` });
      }
    })();
    const outcome = await runAdmin(url, ['rotate-key'], keyFor(url, BOTH_KEYS));
    isRunning = false;
    await busy;
    expect(outcome, outcome.error).to.deep.include({ code: 0, error: '' });
    expect(Number(/^(\d+) secrets/.exec(outcome.out)![1])).to.be.at.least(2_000 * SECRETS_EACH);

    await receiver.waitFor(events);
    expect(receiver.requests.map(({ headers }) => headers['x-key'])).to.deep.equal(
      Array(events).fill('the-header-value'),
    );
    await server.stop();
    server = await start(NEW_KEY);
    const current = await open(NEW_KEY);
    expect(await countCurrent(current)).to.be.at.least(2_000 * SECRETS_EACH + events);
    await current.dispose();
    await publish(server.operator, newBehavior(server.accountId));
    expect((await receiver.waitFor(events + 1)).at(-1)!.headers['x-key']).to.equal('the-header-value');
    expect((await attempts(server.operator)).filter(({ outcome: is }) => is !== 'SUCCEEDED')).to.deep.equal(
      [],
    );
  }).timeout(120_000);

  it('names the webhooks whose secrets no key opens, and rotates all others', async () => {
    const stranger = await openStorage({ databaseUrl: url, secretKeys: [Buffer.alloc(32, 99)] });
    await addWebhooks(stranger, server.accountId, 1);
    const { id } = await stranger.read.findOneByOrFail(Webhook, { name: 'One of many' });
    await stranger.dispose();
    await save();
    const outcome = await runAdmin(url, ['rotate-key'], keyFor(url, `${NEW_KEY},${OLD_KEY}`));
    expect(outcome.code).to.equal(1);
    expect(outcome.error).to.equal(`None of the keys opens the secrets of ${id}: enter them again.\n`);
    await publish(server.operator, newBehavior(server.accountId));
    expect((await receiver.waitFor(1))[0]!.headers['x-key']).to.equal('the-header-value');
  });

  it('can be done again and again', async () => {
    await save();
    for (let round = 1; round <= 3; round += 1) {
      const { code, error } = await runAdmin(url, ['rotate-key'], keyFor(url, BOTH_KEYS));
      expect([code, error]).to.deep.equal([0, '']);
      await publish(server.operator, newBehavior(server.accountId));
      expect((await receiver.waitFor(round)).at(-1)!.headers['x-key']).to.equal('the-header-value');
    }
  });
});
