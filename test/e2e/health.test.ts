import { expect } from 'chai';
import { useBrowser } from '../helpers/browser.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { createToken, createWebhook, newBehavior, publish } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';
import { visit } from '../helpers/visitor.js';

const REFUSED = { status: 403, body: '{"text":"Invalid token","code":4}' };
const TAKEN = { body: '{"text":"Success","code":0}' };

interface Asked {
  operationName: string;
}

describe('The health of an integration', function () {
  this.timeout(60_000);
  const open = useBrowser();
  let server: TestServer;
  let good: Receiver;
  let splunk: Receiver;
  let splunkId: string;
  let removeDatabase: () => Promise<void>;

  beforeEach(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    [good, splunk] = await Promise.all([startReceiver(), startReceiver()]);
    splunk.always(REFUSED);
    server = await startHookwatch(database.url);
    const { operator, accountId } = server;
    await createWebhook(operator, { accountId, provider: 'CUSTOM', name: 'Good', targetUrl: good.url });
    splunkId = await createWebhook(operator, {
      ...{ accountId, provider: 'SPLUNK', name: 'Refused', targetUrl: splunk.url, secretKey: 'old-token' },
    });
    const program = server.withToken(await createToken(operator, accountId, 'EVENTS_WRITE'));
    await publish(program, newBehavior(accountId), newBehavior(accountId));
    await Promise.all([good.waitFor(2), splunk.waitFor(1)]);
  });

  afterEach(async () => {
    await server.stop();
    await Promise.all([good.close(), splunk.close()]);
    await removeDatabase();
  });

  it('puts what is broken first, with its reason and what to do, and tells the numbers of the last day', async () => {
    const page = await open();
    await visit(page, server, 'overview');
    await page.getByText('1 of 2 integrations need your attention.').waitFor();
    const cards = page.getByRole('article');
    await cards
      .filter({ hasText: 'Needs a fix' })
      .getByText(/2 deliveries held/)
      .waitFor();
    expect(await cards.first().getAttribute('aria-label')).to.equal('Refused');
    await cards.filter({ hasText: 'Good' }).getByText('100% of 2 requests succeeded').click();

    await page.waitForURL(/\/metrics/);
    await page.getByRole('img', { name: '2 succeeded, 0 failed' }).waitFor();
    await page.getByRole('button', { name: 'Table Requests' }).click();
    expect(await page.getByRole('region', { name: 'Requests' }).getByRole('row').count()).to.equal(1 + 24);
    await page.getByRole('row', { name: /HTTP 200/ }).waitFor();
  });

  it('sends what was held once somebody has repaired the receiver and says so', async () => {
    const page = await open();
    await visit(page, server, `settings/integrations/${splunkId}`);
    await page.getByText('2 deliveries held').waitFor();
    splunk.always(TAKEN);
    await page.getByRole('button', { name: 'Send them now' }).click();
    await page.getByText('Healthy').waitFor();
    expect(await page.getByText('deliveries held').count()).to.equal(0);
  });

  it('discards what was held when somebody wants that, after a question', async () => {
    const page = await open();
    await visit(page, server, `settings/integrations/${splunkId}`);
    const arrived = splunk.requests.length;
    await page.getByRole('button', { name: 'Discard them' }).click();
    await page.getByRole('dialog').getByText('2 deliveries are cancelled and not sent.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard them' }).click();
    await page.getByText('deliveries held').waitFor({ state: 'detached' });
    expect(splunk.requests).to.have.length(arrived);
  });

  it('is told of what changes instead of asking, and of an integration that somebody adds', async () => {
    const page = await open();
    await visit(page, server, 'settings/integrations');
    const { operator, accountId } = server;
    await page.getByRole('listitem').filter({ hasText: 'Good' }).getByText('Healthy').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push((request.postDataJSON() as Asked).operationName);
    });
    good.always(410);
    const program = server.withToken(await createToken(operator, accountId, 'EVENTS_WRITE'));
    await publish(program, newBehavior(accountId));
    await page.getByRole('listitem').filter({ hasText: 'Good' }).getByText('Stopped').waitFor();
    expect(asked).to.deep.equal([]);
    await createWebhook(operator, { accountId, provider: 'CUSTOM', name: 'Added', targetUrl: good.url });
    await page.getByRole('listitem').filter({ hasText: 'Added' }).waitFor();
    expect(asked).to.deep.equal(['Webhooks']);
  });

  it('asks for numbers again and again only while somebody uses the page', async () => {
    const page = await open();
    await page.clock.install();
    await visit(page, server, 'metrics');
    await page.getByRole('img', { name: /succeeded/ }).waitFor();
    let asked = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST') asked += 1;
    });
    await page.clock.fastForward('02:00:00');
    await page.clock.fastForward('02:00:00');
    const again = page.waitForRequest('**/graphql');
    await page.mouse.move(300, 300);
    await page.clock.runFor(1_000);
    await again;
    expect(asked).to.equal(1);
  });
});
