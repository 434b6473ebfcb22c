import { copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { openStorage } from '../../../server/storage/data-source.js';
import { Delivery } from '../../../server/storage/entities/delivery.js';
import { Event } from '../../../server/storage/entities/event.js';
import { keyFor, runAdmin } from '../../helpers/admin.js';
import { eachDatabase } from '../../helpers/databases.js';
import { createTemporaryFolder } from '../../helpers/folders.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { attempts, createAccount, createWebhook, newBehavior, publish } from '../../helpers/operations.js';
import { until } from '../../helpers/until.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

const SITE = 'It’s "quoted" \\ ; -- 🔒\n\tline';
const EVENT = 'query ($id: ID!) { event(id: $id) { siteName body deliveries { id status } } }';
const fileOf = (sqliteUrl: string): string => sqliteUrl.slice('sqlite:'.length);

interface Stored {
  event: { siteName: string; body: string; deliveries: Array<{ id: string; status: string }> };
}

/** As docs/deployment.md says: the copy and the key file to their places, or the SQL into an empty database. */
async function restore(from: string, file: string, to: string): Promise<void> {
  if (to.startsWith('sqlite:')) {
    await copyFile(file, fileOf(to));
    return copyFile(`${fileOf(from)}.key`, `${fileOf(to)}.key`);
  }
  const connection = await createConnection({ uri: to, multipleStatements: true });
  try {
    await connection.query(await readFile(file, 'utf8'));
  } finally {
    await connection.end();
  }
}

eachDatabase('A backup', (database) => {
  let url: string;
  let server: TestServer;
  let receiver: Receiver;
  let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
  const publishOne = async (user = server.operator): Promise<string> => {
    const [result] = await publish(user, newBehavior(server.accountId, { siteName: SITE }));
    return result!.event!.id;
  };

  before(async () => {
    folder = await createTemporaryFolder();
    receiver = await startReceiver();
    url = await database.createUrl();
    server = await startHookwatch(url, keyFor(url));
    await createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
      headers: [{ name: 'x-key', value: 'the-header-value' }],
    });
  });

  after(async () => {
    await server.stop();
    await receiver.close();
    await folder.remove();
  });

  it('taken while events are published is what a new server goes on from, secrets and all', async () => {
    const file = join(folder.path, 'backup');
    const published = [await publishOne()];
    let isRunning = true;
    const publishing = (async () => {
      while (isRunning) published.push(await publishOne());
    })();
    const outcome = await runAdmin(url, ['backup', file]);
    isRunning = false;
    await publishing;
    expect(outcome, outcome.error).to.deep.include({ code: 0, error: '' });
    expect(outcome.out).to.match(/holds the whole database \(\d+ bytes\), but not the key/);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    for (const secret of ['the-header-value', 'whsec_', 'correct-horse'])
      expect((await readFile(file)).includes(secret), secret).to.equal(false);

    const restoredUrl = await database.createUrl();
    await restore(url, file, restoredUrl);
    const restored = await startHookwatch(restoredUrl, keyFor(url));
    try {
      const { event } = await restored.operator.ask<Stored>(EVENT, { id: published[0] });
      expect(event).to.deep.include({ siteName: SITE });
      expect(event.body).to.equal(
        (await server.operator.ask<Stored>(EVENT, { id: published[0] })).event.body,
      );
      expect(event.deliveries).to.have.length(1);
      const id = await publishOne(restored.operator);
      const [request] = await receiver.waitFor(({ headers }) => headers['webhook-id'] === id);
      expect(request!.headers['x-key']).to.equal('the-header-value');
      await until('the attempt in the log', async () => (await attempts(restored.operator)).length > 0);
    } finally {
      await restored.stop();
    }
  }).timeout(60_000);

  it('has each batch of events whole, with its deliveries: it is of one moment', async () => {
    const file = join(folder.path, 'moment');
    const accountId = await createAccount(server.operator, 'Batches', server.accountId);
    await createWebhook(server.operator, { accountId, provider: 'CUSTOM', targetUrl: receiver.url });
    const batch = Array.from({ length: 20 }, () => newBehavior(accountId));
    await publish(server.operator, ...batch);
    let isRunning = true;
    const publishing = (async () => {
      while (isRunning) await publish(server.operator, ...batch);
    })();
    const { code } = await runAdmin(url, ['backup', file]);
    isRunning = false;
    await publishing;
    expect(code).to.equal(0);
    const restoredUrl = await database.createUrl();
    await restore(url, file, restoredUrl);
    const copy = await openStorage({ databaseUrl: restoredUrl, secretKeys: [Buffer.alloc(32)] });
    try {
      const events = await copy.read.countBy(Event, { accountId });
      expect(events).to.be.at.least(20);
      expect(events % 20).to.equal(0);
      expect(await copy.read.countBy(Delivery, { accountId })).to.equal(events);
    } finally {
      await copy.dispose();
    }
  }).timeout(60_000);
});
