import { expect } from 'chai';
import { findBarriers, overflowOf } from '../helpers/axe.js';
import { useBrowser, type TestPage } from '../helpers/browser.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { createAccount, createToken, createWebhook, newBehavior, publish } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';
import { visit } from '../helpers/visitor.js';

interface Scene {
  title: string;
  path: string;
  /** Shows what is to be looked at; a word of it stands on the page then. */
  show: (page: TestPage) => Promise<unknown>;
}

const scenes: Scene[] = [
  {
    title: 'the overview',
    path: 'overview',
    show: (page) => page.getByRole('link', { name: /^Failing receiver/ }).waitFor(),
  },
  {
    title: 'the log with an attempt opened',
    path: 'deliveries',
    async show(page) {
      await page.getByRole('row').filter({ hasText: 'HTTP 410' }).first().locator('a').click();
      await page.getByText('HTTP/1.1 410').waitFor();
    },
  },
  {
    title: 'the log with a filter opened',
    path: 'deliveries?outcome=RETRYABLE',
    async show(page) {
      await page.getByText('No matches').waitFor();
      await page.getByRole('button', { name: 'Outcome' }).click();
      await page.getByRole('checkbox', { name: 'Rejected' }).waitFor();
    },
  },
  {
    title: 'the dialog that sends deliveries again',
    path: 'deliveries?replay=new',
    show: (page) => page.getByText(/^(No delivery|1 delivery) fits\.$/).waitFor(),
  },
  {
    title: 'the metrics',
    path: 'metrics?range=LAST_HOUR',
    async show(page) {
      await page.getByRole('button', { name: 'Table Duration of requests' }).click();
      await page.getByRole('row', { name: /HTTP 410/ }).waitFor();
    },
  },
  {
    title: 'the list of integrations',
    path: 'settings/integrations',
    show: (page) => page.getByText('Failing receiver').waitFor(),
  },
  {
    title: 'the form with its mistakes',
    path: 'settings/integrations/new?provider=CUSTOM',
    async show(page) {
      await page.getByRole('button', { name: 'Add header' }).click();
      await page.getByLabel('Header 1 name').fill('Host');
      await page.getByRole('button', { name: 'Optional details' }).click();
      await page.getByRole('button', { name: 'Sample of New Scripts' }).click();
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Host is set by Hookwatch or by HTTP itself.').waitFor();
    },
  },
  {
    title: 'a saved integration with the result of a test',
    path: 'settings/integrations',
    async show(page) {
      await page.getByRole('link', { name: 'Failing receiver' }).click();
      await page.getByRole('button', { name: 'Test', exact: true }).click();
      await page.getByRole('button', { name: 'Send test' }).click();
      await page.getByText('HTTP/1.1 410').waitFor();
    },
  },
  {
    title: 'the API tokens',
    path: 'settings/api-tokens',
    show: (page) => page.getByText('A program').waitFor(),
  },
  {
    title: 'the dialog for a new token',
    path: 'settings/api-tokens',
    async show(page) {
      await page.getByRole('button', { name: 'Create token' }).click();
      await page.getByRole('dialog').getByLabel('Name').waitFor();
    },
  },
  {
    title: 'the members',
    path: 'settings/members',
    async show(page) {
      await page.getByRole('region', { name: 'Open invitations' }).waitFor();
      await page.getByRole('button', { name: 'Invite' }).click();
      await page.getByRole('dialog').getByLabel('Email').waitFor();
    },
  },
  {
    title: 'the audit log',
    path: 'settings/audit-log',
    async show(page) {
      await page.getByRole('button', { name: 'Details' }).first().click();
      await page.getByRole('group', { name: 'Changes' }).waitFor();
    },
  },
  {
    title: 'the accounts',
    path: 'settings/accounts',
    show: (page) => page.getByRole('link', { name: 'Shop EU' }).waitFor(),
  },
];

const looks = [
  { look: 'light and wide', options: { colorScheme: 'light', viewport: { width: 1440, height: 900 } } },
  {
    look: 'dark and 360 pixels wide',
    options: { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  },
] as const;

describe('Accessibility', function () {
  this.timeout(60_000);
  const open = useBrowser();
  let server: TestServer;
  let receiver: Receiver;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    receiver = await startReceiver();
    receiver.always({ status: 410, headers: { 'content-type': 'application/json' }, body: '{"gone":true}' });
    server = await startHookwatch(database.url);
    const { operator, accountId } = server;
    await createAccount(operator, 'Shop EU', accountId);
    await createWebhook(operator, {
      ...{ accountId, provider: 'CUSTOM', name: 'Failing receiver', targetUrl: receiver.url },
      headers: [{ name: 'Authorization', value: 'Bearer 1234567890' }],
    });
    await operator.ask(
      'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { userErrors { code } } }',
      { input: { accountId, email: 'guest@example.com', role: 'VIEWER' } },
    );
    const program = server.withToken(await createToken(operator, accountId, 'EVENTS_WRITE'));
    await publish(program, newBehavior(accountId));
    await receiver.waitFor(1);
  });

  after(async () => {
    await server.stop();
    await receiver.close();
    await removeDatabase();
  });

  for (const { look, options } of looks) {
    it(`has no barriers at the gate, ${look}`, async () => {
      const page = await open({ ...options, reducedMotion: 'reduce' });
      for (const path of ['sign-in', 'setup', 'nowhere']) {
        await page.goto(`${server.url}/${path}`);
        await page.getByRole('heading').first().waitFor();
        expect(await findBarriers(page), path).to.deep.equal([]);
        expect(await overflowOf(page), path).to.equal(0);
      }
    });

    for (const { title, path, show } of scenes)
      it(`has no barriers in ${title}, ${look}`, async () => {
        const page = await open({ ...options, reducedMotion: 'reduce' });
        await visit(page, server, path);
        await show(page);
        expect(await findBarriers(page)).to.deep.equal([]);
        expect(await overflowOf(page)).to.equal(0);
      });
  }
});
