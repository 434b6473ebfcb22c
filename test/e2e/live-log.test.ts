import { expect } from 'chai';
import { useBrowser, type TestPage } from '../helpers/browser.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type ApiUser, type TestServer } from '../helpers/hookwatch.js';
import { createToken, createWebhook, newBehavior, publish } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';
import { signInOn, visit } from '../helpers/visitor.js';

describe('The log of deliveries', function () {
  this.timeout(60_000);
  const open = useBrowser();
  let server: TestServer;
  let receiver: Receiver;
  let databaseUrl: string;
  let token: string;
  let removeDatabase: () => Promise<void>;

  beforeEach(async () => {
    const database = await createSqlite();
    [databaseUrl, removeDatabase] = [database.url, database.remove];
    receiver = await startReceiver();
    server = await startHookwatch(databaseUrl);
    token = await createToken(server.operator, server.accountId, 'EVENTS_WRITE');
  });

  afterEach(async () => {
    await server.stop();
    await receiver.close();
    await removeDatabase();
  });

  const program = (): ApiUser => server.withToken(token);

  async function createReceiver(name = 'Receiver', input: object = {}): Promise<string> {
    const { operator, accountId } = server;
    return createWebhook(operator, {
      accountId,
      provider: 'CUSTOM',
      name,
      targetUrl: receiver.url,
      ...input,
    });
  }

  /** Publishes events and waits until the receiver has them. */
  async function deliver(events: number): Promise<void> {
    const before = receiver.requests.length;
    await publish(program(), ...Array.from({ length: events }, () => newBehavior(server.accountId)));
    await receiver.waitFor(before + events);
  }

  async function openLog(path = 'deliveries'): Promise<TestPage> {
    const page = await open();
    await visit(page, server, path);
    await page.getByText('Live', { exact: true }).first().waitFor();
    return page;
  }

  const count = (page: TestPage, attempts: string) => page.getByText(attempts, { exact: true }).waitFor();

  it('says why it is empty: nothing set up, nothing happened, nothing fits, switched off', async () => {
    const page = await openLog();
    await page.getByText('No integrations yet').waitFor();
    const webhookId = await createReceiver();
    await page.reload();
    await page.getByText('No events yet').waitFor();
    await page.goto(`${page.url()}?outcome=PERMANENT`);
    await page.getByText('No matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).first().click();
    await page.getByText('No events yet').waitFor();
    await server.operator.ask(
      'mutation ($input: SetWebhookActiveInput!) { setWebhookActive(input: $input) { userErrors { code } } }',
      { input: { id: webhookId, active: false } },
    );
    await page.reload();
    await page.getByText('The integration is switched off').waitFor();
  });

  it('freezes on Pause, counts what waits and shows it once on Resume', async () => {
    await createReceiver();
    await deliver(1);
    const page = await openLog();
    await count(page, '1 attempt');
    await page.getByRole('button', { name: 'Pause' }).click();
    await deliver(3);
    await page.getByRole('button', { name: '3 new' }).waitFor();
    await count(page, '1 attempt');
    await page.getByRole('button', { name: 'Resume' }).click();
    await count(page, '4 attempts');
    expect(await page.getByRole('row').count()).to.equal(1 + 4);
  });

  it('connects again after a restart of the server and misses nothing, and nothing twice', async () => {
    await createReceiver();
    await deliver(2);
    const page = await openLog();
    await count(page, '2 attempts');
    await server.stop();
    await page.getByText('Reconnecting', { exact: true }).waitFor();
    server = await startHookwatch(databaseUrl, { PORT: new URL(server.url).port });
    await deliver(3);
    await page.getByText('Live', { exact: true }).first().waitFor();
    await count(page, '5 attempts');
    const addresses = await page
      .getByRole('row')
      .getByRole('link')
      .evaluateAll((links) => links.map(String));
    expect(new Set(addresses).size).to.equal(5);
    // The browser itself reports each request and connection that failed meanwhile.
    page.problems = page.problems.filter((problem) => !/net::ERR_|WebSocket/.test(problem));
  });

  it('is worked by keyboard: filters, rows, the attempt and the way back', async () => {
    await createReceiver();
    await deliver(2);
    const page = await openLog();
    await count(page, '2 attempts');
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    await page.keyboard.press('/');
    expect(await focused()).to.equal('Integration');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Show these keys').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    const newest = page.getByRole('row').nth(1).getByRole('link');
    await newest.focus();
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: 'Attempt' });
    await panel.getByText('HTTP/1.1 200').waitFor();
    const first = new URL(page.url()).searchParams.get('attempt');
    await page.keyboard.press('ArrowDown');
    await page.waitForURL((url) => url.searchParams.get('attempt') !== first);
    await panel.getByRole('tab', { name: 'Response' }).focus();
    await page.keyboard.press('ArrowLeft');
    await panel.getByText('POST / HTTP/1.1').waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).to.include('attempt=');
  });

  it('opens a copied link in the same view, after signing in', async () => {
    await createReceiver('Wanted');
    const other = await startReceiver();
    await createReceiver('Other', { targetUrl: other.url });
    await deliver(1);
    await other.waitFor(1);
    const page = await openLog();
    await page.getByRole('button', { name: 'Integration', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Wanted' }).check();
    await page.keyboard.press('Escape');
    await page.getByRole('row').filter({ hasText: 'Wanted' }).getByRole('link').click();
    await page.getByText('HTTP/1.1 200').waitFor();

    const copy = await open();
    await copy.goto(page.url());
    await signInOn(copy);
    await copy.getByText('HTTP/1.1 200').waitFor();
    expect(copy.url()).to.equal(page.url());
    expect(await copy.getByRole('row').filter({ hasText: 'Other' }).count()).to.equal(0);
    await other.close();
  });

  it('is saved as CSV, as it is shown', async () => {
    await createReceiver('=Receiver, main');
    await deliver(2);
    const page = await openLog();
    await count(page, '2 attempts');
    await page.getByRole('button', { name: 'Export' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Save the rows shown as CSV' }).click();
    const file = await (await download).createReadStream();
    const lines = Buffer.concat(await file.toArray())
      .toString()
      .trimEnd()
      .split('\r\n');
    expect(lines).to.have.length(1 + 2);
    expect(lines[1]).to.include(`,SUCCEEDED,200,,,NEW_BEHAVIOR,"'=Receiver, main",`);
  });

  it('sends deliveries again: says how many first, and how far it is after', async () => {
    await createReceiver();
    await deliver(3);
    const page = await openLog();
    await count(page, '3 attempts');
    await page.getByRole('button', { name: 'Replay' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('No delivery fits.').waitFor();
    await dialog.getByText('Delivered', { exact: true }).click();
    await dialog.getByText('3 deliveries fit.').waitFor();
    await dialog.getByLabel('Text in the event').fill('no event has this');
    await dialog.getByText('No delivery fits.').waitFor();
    await dialog.getByLabel('Text in the event').fill('');
    await dialog.getByRole('button', { name: 'Send 3 deliveries' }).click();
    await dialog.getByText('3 sent again: 3 delivered, 0 given up, 0 under way.').waitFor();
    await count(page, '6 attempts');

    await page.reload();
    await dialog.getByText('3 sent again: 3 delivered, 0 given up, 0 under way.').waitFor();
    await dialog.getByText('Close', { exact: true }).click();
    await page.waitForURL((url) => !url.searchParams.has('replay'));
    expect(receiver.requests).to.have.length(6);
  });

  it('shows when a failed delivery is tried next, and its success as it happens', async () => {
    await server.stop();
    server = await startHookwatch(databaseUrl, { QUICK_RETRIES: '0', RETRY_SCHEDULE: '1h' });
    await createReceiver();
    receiver.reply(503);
    await deliver(1);
    const page = await openLog();
    await page.getByRole('row').filter({ hasText: 'HTTP 503' }).getByRole('link').click();
    const panel = page.getByRole('complementary', { name: 'Attempt' });
    await panel.getByText(/Next try in (1 h|5\d min)/).waitFor();
    await panel.getByRole('button', { name: 'Retry now' }).click();
    await page.getByRole('row').filter({ hasText: 'HTTP 200' }).waitFor();
    await panel.getByText('Delivered.').waitFor();
  });
});
