import { expect } from 'chai';
import { loadConfig } from '../../../server/config.js';
import type { EventInput } from '../../../server/events/event.input.js';
import { createLogger } from '../../../server/observability/logger.js';
import { createMetrics } from '../../../server/observability/metrics.js';
import { createServices } from '../../../server/services.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { Account } from '../../../server/storage/entities/account.js';
import { Delivery } from '../../../server/storage/entities/delivery.js';
import { eachDatabase } from '../../helpers/databases.js';
import { environmentFor, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { newBehavior, saveWebhook, type SavedWebhook } from '../../helpers/operations.js';
import { openTestStorage } from '../../helpers/storage.js';

const MAX_WEBHOOKS = 100;

eachDatabase('One account', (database) => {
  let server: TestServer;
  let databaseUrl: string;

  before(async () => {
    databaseUrl = await database.createUrl();
    server = await startHookwatch(databaseUrl);
  });

  after(() => server.stop());

  const create = (count: number): Promise<SavedWebhook[]> =>
    Promise.all(
      Array.from({ length: count }, () =>
        saveWebhook(server.operator, {
          ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl: 'http://127.0.0.1:9/' },
          // Hardly anything is to be delivered.
          requestsPerSecond: 0.01,
        }),
      ),
    );
  const codesOf = (saved: SavedWebhook[]): string[] =>
    saved.flatMap(({ userErrors }) => userErrors.map(({ path, code }) => `${path.join('.')} ${code}`));

  it('has at most 100 webhooks, however many are made at the same time', async () => {
    const saved = await create(MAX_WEBHOOKS + 5);
    expect(codesOf(saved)).to.deep.equal(Array(5).fill('accountId TOO_MANY'));
    const { id } = saved.find(({ webhook }) => webhook !== null)!.webhook!;
    await server.operator.ask('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { deletedId } }', {
      id,
    });
    expect(codesOf(await create(2))).to.deep.equal(['accountId TOO_MANY']);
  });

  it('that publishes to all of them lets everybody else have their turn', async () => {
    const storage = await openTestStorage(databaseUrl);
    const seen: string[] = [];
    const write: Storage['write'] = async (work) => {
      seen.push('written');
      const result = await storage.write(work);
      setImmediate(() => seen.push('turn'));
      return result;
    };
    const metrics = createMetrics();
    const config = loadConfig(environmentFor(databaseUrl));
    const services = createServices(config, { ...storage, write }, createLogger('silent'), metrics);
    const account = await storage.read.findOneByOrFail(Account, { id: server.accountId });
    const events = Array.from({ length: 120 }, () => ({
      input: newBehavior(account.id) as EventInput,
      account,
    }));
    const results = await services.events.publish(events);
    const turns = seen.slice(0, seen.lastIndexOf('written')).filter((what) => what === 'turn');
    expect(turns, seen.join()).to.have.length.at.least(2);
    expect(results.map(({ deliveryCount }) => deliveryCount)).to.deep.equal(Array(120).fill(MAX_WEBHOOKS));
    expect(await storage.read.countBy(Delivery, { accountId: account.id })).to.equal(120 * MAX_WEBHOOKS);
    metrics.dispose();
    await storage.dispose();
  });
});
