import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { useBrowser, type TestPage } from '../helpers/browser.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { createToken, newBehavior, publish } from '../helpers/operations.js';
import { signInOn } from '../helpers/visitor.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';

describe('An admin in the browser', function () {
  this.timeout(60_000);
  const open = useBrowser();
  let server: TestServer;
  let splunk: Receiver;
  let custom: Receiver;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    [splunk, custom] = await Promise.all([startReceiver(), startReceiver()]);
    splunk.always({ body: '{"text":"Success","code":0}' });
    custom.always({ headers: { 'content-type': 'application/json' }, body: '{"taken":true}' });
    server = await startHookwatch(database.url, { EGRESS_ADDRESSES: '192.0.2.10, 192.0.2.11' });
  });

  after(async () => {
    await server.stop();
    await Promise.all([splunk.close(), custom.close()]);
    await removeDatabase();
  });

  /** Opens a page of the account, signing in on the way. */
  async function openSignedIn(path: string): Promise<TestPage> {
    const page = await open();
    await page.goto(`${server.url}/accounts/${server.accountId}/${path}`);
    await signInOn(page);
    await page.waitForURL(`**/accounts/${server.accountId}/${path}`);
    return page;
  }

  it('configures Splunk, sees where events will go, tests it before saving, and saves it', async () => {
    const page = await openSignedIn('settings/integrations');
    await page.getByRole('button', { name: 'Add integration' }).click();
    await page.getByRole('radio', { name: 'Splunk' }).click();
    await page.getByLabel('Target URL').fill(splunk.url);
    await page.getByText(`${splunk.url}/services/collector/event`).waitFor();
    await page.getByLabel('Secret Key').fill('11111111-2222-3333-4444-555555555555');
    await page.getByText('192.0.2.11').waitFor();

    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('HTTP 200, code 0').waitFor();
    await page.getByText('Uses unsaved changes').waitFor();
    const [request] = await splunk.waitFor(1);
    expect(request!.headers.authorization).to.equal('Splunk 11111111-2222-3333-4444-555555555555');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Set, ends in …5555').waitFor();
    expect(await page.content()).not.to.include('11111111-2222');
  });

  it('is told at the row what is wrong with a header, and saves a Custom endpoint with two', async () => {
    const page = await openSignedIn('settings/integrations');
    await page.getByRole('button', { name: 'Add integration' }).click();
    await page.getByRole('radio', { name: 'Custom' }).click();
    await page.getByLabel('Target URL').fill(`${custom.url}/hook`);
    await page.getByRole('button', { name: 'Add header' }).click();
    await page.getByLabel('Header 1 name').fill('X-Api-Key');
    await page.getByLabel('Header 1 value').fill('key-1234567890');
    await page.getByRole('button', { name: 'Add header' }).click();
    await page.getByLabel('Header 2 name').fill('Host');
    await page.getByLabel('Header 2 value').fill('blue');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Host is set by Hookwatch or by HTTP itself.').waitFor();
    await page.getByLabel('Header 2 name').fill('X-Team');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page
      .getByRole('dialog')
      .getByText(/^whsec_/)
      .waitFor();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByText('All changes are saved.').waitFor();
  });

  it('sees an event that a program publishes arrive without a reload, and opens the reply', async () => {
    const page = await openSignedIn('deliveries');
    await page.getByText('Live', { exact: true }).first().waitFor();
    const program = server.withToken(await createToken(server.operator, server.accountId, 'EVENTS_WRITE'));
    await publish(program, newBehavior(server.accountId));
    const [request] = await custom.waitFor(1);
    expect(request!.headers).to.include({ 'x-api-key': 'key-1234567890', 'x-team': 'blue' });

    await page.getByRole('row').filter({ hasText: 'Custom' }).first().click();
    const panel = page.getByRole('complementary').or(page.getByRole('dialog')).last();
    await panel.getByText('HTTP/1.1 200 OK').waitFor();
    await panel.getByText('"taken"').waitFor();
    const saved = page.waitForEvent('download');
    await panel.getByRole('button', { name: /^Download/ }).click();
    const file = await readFile(await (await saved).path(), 'utf8');
    expect([(await saved).suggestedFilename(), file]).to.deep.equal(['hookwatch-body.txt', '{"taken":true}']);
    await panel.getByRole('tab', { name: 'Request' }).click();
    await panel.getByText('${X_API_KEY}').first().waitFor();
  });
});
