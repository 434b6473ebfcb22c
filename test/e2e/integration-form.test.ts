import { expect } from 'chai';
import { useBrowser, type TestPage } from '../helpers/browser.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { createAccount, createWebhook, saveWebhook } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';
import { visit } from '../helpers/visitor.js';

describe('The form of an integration', function () {
  this.timeout(60_000);
  const open = useBrowser();
  let server: TestServer;
  let receiver: Receiver;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    receiver = await startReceiver();
    server = await startHookwatch(database.url);
  });

  after(async () => {
    await server.stop();
    await receiver.close();
    await removeDatabase();
  });

  const createCustom = (name: string, headers: object[] = []): Promise<string> =>
    createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', name, targetUrl: receiver.url, headers },
    });

  async function openForm(path: string): Promise<TestPage> {
    const page = await open();
    await visit(page, server, `settings/integrations/${path}`);
    await page.getByLabel('Target URL').waitFor();
    return page;
  }

  const save = (page: TestPage) => page.getByRole('button', { name: 'Save', exact: true }).click();
  const valuesOf = (page: TestPage, label: RegExp) =>
    page.getByLabel(label).evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));

  it('asks in the order of the page: provider, target, secret, details, switches, events, addresses', async () => {
    const page = await openForm('new?provider=SPLUNK');
    const order = [
      'Splunk',
      'Target URL',
      'Secret Key',
      'Optional details',
      'Active',
      'New Scripts',
      'Test',
      'Save',
    ];
    const tops = await Promise.all(
      order.map(async (label) => {
        const control = page
          .getByLabel(label, { exact: true })
          .or(page.getByRole('button', { name: label, exact: true }));
        return (await control.first().boundingBox())?.y ?? -1;
      }),
    );
    expect(tops).not.to.include(-1);
    // The bar with Save and Test stays in view, wherever the page is scrolled to.
    expect(tops.slice(0, -2)).to.deep.equal([...tops.slice(0, -2)].sort((a, b) => a - b));
    expect(tops.at(-1)).to.be.below(900);
    expect(await page.getByText('Send Messages of Child Account').count(), 'without children').to.equal(0);
  });

  it('keeps what was typed for the other provider', async () => {
    const page = await openForm('new?provider=SPLUNK');
    await page.getByLabel('Target URL').fill('https://splunk.example.com:8088');
    await page.getByRole('radio', { name: 'Custom' }).click();
    expect(await page.getByLabel('Target URL').inputValue()).to.equal('');
    await page.getByLabel('Target URL').fill('https://hooks.example.com');
    await page.getByRole('radio', { name: 'Splunk' }).click();
    expect(await page.getByLabel('Target URL').inputValue()).to.equal('https://splunk.example.com:8088');
  });

  it('takes headers pasted by the line, moves them by keyboard and tells a name used twice', async () => {
    const page = await openForm('new?provider=CUSTOM');
    await page.getByRole('button', { name: 'Add header' }).click();
    await page.getByLabel('Header 1 name').evaluate((input, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', text);
      input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, "X-Team: blue\n-H 'X-Api-Key: 123' \\\nx-team: red");
    await page.getByText('This name is used above already').waitFor();
    expect(await valuesOf(page, /^Header \d name$/)).to.deep.equal(['X-Team', 'X-Api-Key', 'x-team']);

    await page.getByLabel('Header 3 name').press('Alt+ArrowUp');
    await page.getByText('Header moved to position 2 of 3.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).to.equal(
      'Header 2 name',
    );
    await page.getByRole('button', { name: 'Remove header 2' }).press('Enter');
    expect(await valuesOf(page, /^Header \d name$/)).to.deep.equal(['X-Team', 'X-Api-Key']);
    expect(await page.getByText('This name is used above already').count()).to.equal(0);
  });

  it('keeps a saved secret until it is replaced, and asks for it again when the target moves', async () => {
    const id = await createCustom('Secretive', [{ name: 'Authorization', value: 'Bearer abcdef1234' }]);
    const page = await openForm(id);
    await page.getByText('Set, ends in …1234').waitFor();
    expect(await page.content()).not.to.include('abcdef');
    await page.getByLabel('Name', { exact: true }).fill('Still secretive');
    await save(page);
    await page.getByText('All changes are saved.').waitFor();

    await page.getByLabel('Target URL').fill(`http://127.0.0.1:${receiver.port + 1}`);
    await save(page);
    const value = page.getByLabel('Header 1 value');
    await value.waitFor();
    expect(await value.inputValue()).to.equal('');
    await value.fill('Bearer another-5678');
    await save(page);
    await page.getByText('Set, ends in …5678').waitFor();
  });

  it('warns before unsaved changes are lost, and only then', async () => {
    const page = await openForm(await createCustom('Guarded'));
    const away = page.getByRole('link', { name: 'Overview', exact: true });
    await page.getByLabel('Name', { exact: true }).fill('Changed');
    await away.click();
    await page.getByRole('dialog').getByText('Leave without saving?').waitFor();
    await page.getByRole('button', { name: 'Stay' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).to.equal('Changed');

    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('All changes are saved.').waitFor();
    await away.click();
    await page.waitForURL('**/overview');
  });

  it('keeps what was typed when the session ends, until somebody signs in in another window', async () => {
    const page = await openForm(await createCustom('Interrupted'));
    await page.getByLabel('Name', { exact: true }).fill('Typed before');
    await page.context().clearCookies();
    await save(page);
    await page.getByText('You are signed out. Sign in again to go on.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).to.equal('Typed before');

    await visit(await page.context().newPage(), server, 'overview');
    await save(page);
    await page.getByText('All changes are saved.').waitFor();
  });

  it('shows what two admins saved differently and saves what the second one chooses', async () => {
    const id = await createCustom('Disputed');
    const page = await openForm(id);
    await page.getByLabel('Name', { exact: true }).fill('Mine');
    await page.getByRole('checkbox', { name: 'New Behaviors' }).uncheck();
    await saveWebhook(server.operator, { id, expectedVersion: 1, name: 'Theirs', requestsPerSecond: 5 });
    await save(page);

    const dialog = page.getByRole('dialog');
    await dialog.getByText('Somebody else saved in the meantime').waitFor();
    await dialog.getByRole('group', { name: 'Name' }).getByText('Theirs').click();
    await dialog.getByRole('button', { name: 'Go on with these' }).click();
    await page.getByText('Unsaved changes').waitFor();
    await save(page);
    await page.getByText('All changes are saved.').waitFor();

    const { webhook } = await server.operator.ask<{ webhook: object }>(
      'query ($id: ID!) { webhook(id: $id) { name requestsPerSecond eventTypes } }',
      { id },
    );
    expect(webhook).to.deep.include({ name: 'Theirs', requestsPerSecond: 5 });
    expect(webhook).to.have.property('eventTypes').that.has.length(5).and.does.not.include('NEW_BEHAVIOR');
  });

  it('offers the messages of child accounts only where there are any, and names them', async () => {
    await createAccount(server.operator, 'Shop EU', server.accountId);
    const page = await openForm('new?provider=CUSTOM');
    await page.getByText('Also send the events of Shop EU. Each event names its account.').waitFor();
  });

  it('tells that a Splunk that answers 200 refused the token all the same', async () => {
    receiver.reply({ status: 200, body: '{"text":"Invalid token","code":4}' });
    const page = await openForm('new?provider=SPLUNK');
    await page.getByLabel('Target URL').fill(receiver.url);
    await page.getByLabel('Secret Key').fill('11111111-2222-3333-4444-555555555555');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Send test' }).click();
    await drawer.getByText('HTTP 200, code 4').waitFor();
    await drawer.getByText('Needs a fix').waitFor();
    await drawer.getByText(/token/i).first().waitFor();
    await drawer.getByRole('row', { name: /Connect/ }).waitFor();
  });
});
