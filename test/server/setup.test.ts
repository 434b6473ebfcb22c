import { expect } from 'chai';
import { readFile, stat } from 'node:fs/promises';
import { eachDatabase } from '../helpers/databases.js';
import { startHookwatch, type ApiUser, type TestServer } from '../helpers/hookwatch.js';

const noAdmin = { ADMIN_EMAIL: '', ADMIN_PASSWORD: '' };
const SETUP = `mutation ($input: CompleteSetupInput!) {
  completeSetup(input: $input) { viewer { isOperator user { email } } userErrors { path code } }
}`;

interface SetUp {
  completeSetup: { viewer: object | null; userErrors: Array<{ path: string[]; code: string }> };
}

eachDatabase('Setting up', (database) => {
  let server: TestServer;
  const input = (change: object = {}): object => ({
    setupToken: new URL(server.setupUrl!).searchParams.get('token'),
    ...{
      email: 'Ada@Example.com',
      password: 'correct-horse-battery',
      name: 'Ada',
      accountName: 'Acme',
      ...change,
    },
  });
  const tryIt = (user: ApiUser, change?: object): Promise<SetUp> => user.ask(SETUP, { input: input(change) });

  before(async () => {
    server = await startHookwatch(await database.createUrl(), noAdmin);
  });

  after(() => server.stop());

  it('says what is wrong with each field, and stays open', async () => {
    const wrong = { email: 'ada', password: 'short', name: ' ', accountName: '' };
    const { completeSetup } = await tryIt(server.nobody, wrong);
    expect(completeSetup.userErrors.map(({ path }) => path[0])).to.have.members(Object.keys(wrong));
    const forged = await tryIt(server.nobody, { setupToken: 'x' });
    expect(forged.completeSetup.userErrors).to.deep.equal([
      { path: ['setupToken'], code: 'INVALID_CREDENTIALS' },
    ]);
  });

  it('works once with the printed link, however many try at the same time, and never again', async () => {
    const answers = await Promise.all(
      [1, 2, 3].map(() => server.nobody.send<SetUp | null>(SETUP, { input: input() })),
    );
    const made = answers.filter(({ data }) => data?.completeSetup.viewer);
    expect(made.map(({ data }) => data!.completeSetup.viewer)).to.deep.equal([
      { isOperator: true, user: { email: 'ada@example.com' } },
    ]);
    const again = await server.nobody.send(SETUP, { input: input() });
    expect(again.errors![0]!.extensions.code).to.equal('FORBIDDEN');
    const { serverInfo } = await server.nobody.ask<{ serverInfo: object }>(
      '{ serverInfo { setupRequired } }',
    );
    expect(serverInfo).to.deep.equal({ setupRequired: false });
  });
});

describe('The embedded default', () => {
  it('makes a key file that only its owner can read, and never writes a secret in clear', async () => {
    const { createSqlite } = await import('../helpers/databases.js');
    const database = await createSqlite();
    const server = await startHookwatch(database.url, { SECRET_KEY: '' });
    const token = 'canary-0123456789';
    await server.operator.ask(
      'mutation ($input: SaveWebhookInput!) { saveWebhook(input: $input) { userErrors { message } } }',
      {
        input: {
          accountId: server.accountId,
          provider: 'SPLUNK',
          targetUrl: 'https://splunk.example.com',
          secretKey: token,
        },
      },
    );
    await server.stop();
    const file = database.url.slice('sqlite:'.length);
    expect((await stat(`${file}.key`)).mode & 0o777).to.equal(0o600);
    expect((await readFile(file)).includes(token)).to.equal(false);
    await database.remove();
  });
});
