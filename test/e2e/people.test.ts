import { expect } from 'chai';
import { useBrowser, type TestPage } from '../helpers/browser.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { createAccount, createWebhook } from '../helpers/operations.js';
import { signInOn, visit } from '../helpers/visitor.js';

const GUEST = { email: 'guest@example.com', password: 'a-password-of-her-own' };

describe('People', function () {
  this.timeout(60_000);
  const open = useBrowser();
  let server: TestServer;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    server = await startHookwatch(database.url);
    await createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', name: 'Receiver' },
      targetUrl: 'http://127.0.0.1:9',
    });
  });

  after(async () => {
    await server.stop();
    await removeDatabase();
  });

  async function openAs(path: string, who?: typeof GUEST): Promise<TestPage> {
    const page = await open();
    await visit(page, server, path, who);
    return page;
  }

  it('join by a link that an admin makes, once', async () => {
    const page = await openAs('settings/members');
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('dialog').getByLabel('Email').fill(GUEST.email);
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = await page.getByLabel('Invitation link', { exact: true }).textContent();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('region', { name: 'Open invitations' }).getByText(GUEST.email).waitFor();

    const guest = await open();
    await guest.goto(link ?? '');
    await guest.getByText(`${GUEST.email} is invited as viewer.`).waitFor();
    await guest.getByLabel('Your name').fill('Gail Guest');
    await guest.getByLabel('Password', { exact: true }).fill(GUEST.password);
    await guest.getByRole('button', { name: 'Join' }).click();
    await guest.waitForURL(`**/accounts/${server.accountId}/overview`);

    await guest.goto(link ?? '');
    await guest.getByText('This invitation is not valid').waitFor();
  });

  it('see everything as viewers and are told why nothing can be changed', async () => {
    const page = await openAs('settings/integrations', GUEST);
    await page.getByRole('link', { name: 'Receiver' }).click();
    await page.getByText('You can look, but not change anything.').waitFor();
    expect(await page.getByLabel('Target URL').isDisabled()).to.equal(true);
    expect(await page.getByRole('button', { name: /^(Save|Test|Delete|Rotate)$/ }).count()).to.equal(0);
    expect(await page.getByRole('link', { name: 'Audit log' }).count()).to.equal(0);
  });

  it('get another role, and lose it', async () => {
    const page = await openAs('settings/members');
    const row = page.getByRole('row').filter({ hasText: GUEST.email });
    await row.getByText('Viewer').click();
    await page.getByRole('option', { name: 'Administrator' }).click();
    await page.getByText('Gail Guest is administrator now.').waitFor();
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove member' }).click();
    await row.waitFor({ state: 'detached' });
    expect(await page.getByText('You', { exact: true }).count()).to.equal(1);
  });

  it('are in the audit log with what they did, narrowed by a click', async () => {
    const page = await openAs('settings/audit-log');
    await page.getByText('Member removed').waitFor();
    await page.getByRole('row').filter({ hasText: 'Webhook created' }).getByText(/^whk_/).click();
    await page.getByText('Member removed').waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.get('target')).to.match(/^whk_/);
    await page.getByRole('button', { name: 'Details' }).first().click();
    await page.getByRole('group', { name: 'Changes' }).waitFor();
    await page.getByRole('button', { name: 'Any id' }).click();
    await page.getByText('Member removed').waitFor();
  });

  it('see where they are signed in and sign out elsewhere', async () => {
    const elsewhere = await open();
    await elsewhere.goto(`${server.url}/sign-in`);
    await signInOn(elsewhere);
    await elsewhere.waitForURL('**/overview');

    const page = await openAs('overview');
    await page.getByRole('button', { name: 'User menu' }).click();
    await page.getByRole('menuitem', { name: 'Sessions' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('This one').waitFor();
    await dialog.getByRole('button', { name: 'Sign out Chrome on Linux' }).click();
    await page.getByText('Signed out there.').waitFor();
    await elsewhere.reload();
    await elsewhere.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('delete an account once they have typed its name', async () => {
    await createAccount(server.operator, 'Short-lived', server.accountId);
    const page = await openAs('settings/accounts');
    await page.getByRole('button', { name: 'Delete Short-lived' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete' });
    expect(await confirm.isDisabled()).to.equal(true);
    await page.getByLabel('Type “Short-lived” to confirm').fill('Short-lived');
    await confirm.click();
    await page.getByText('Short-lived is deleted.').waitFor();
    await page.getByRole('link', { name: 'Short-lived' }).waitFor({ state: 'detached' });
  });
});
