import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../../server/config.js';
import { keyFor, runAdmin } from '../../helpers/admin.js';
import { eachDatabase } from '../../helpers/databases.js';
import { OPERATOR, signIn, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';

const isSignedIn = async (server: TestServer, password: string, email = OPERATOR.email): Promise<boolean> =>
  (await signIn(server.url, { email, password })) !== '';

eachDatabase('The admin commands for people', (database) => {
  let url: string;
  let server: TestServer;

  beforeEach(async () => {
    url = await database.createUrl();
    server = await startHookwatch(url, keyFor(url));
  });

  afterEach(() => server.stop());

  it('set a password and end the sessions of a person, beside the running server', async () => {
    const made = await runAdmin(url, ['reset-password', 'OPERATOR@example.com']);
    expect(made, JSON.stringify(made)).to.deep.include({ code: 0, error: '' });
    const password = /is set: (\S{24})\. All sessions/.exec(made.out)![1]!;
    expect(await isSignedIn(server, OPERATOR.password)).to.equal(false);
    expect(await isSignedIn(server, password)).to.equal(true);
    let status = 'signed in';
    while (status === 'signed in') {
      const { viewer } = await server.operator.ask<{ viewer: object | null }>('{ viewer { isOperator } }');
      status = viewer ? 'signed in' : 'signed out';
    }
    const chosen = await runAdmin(
      url,
      ['reset-password', OPERATOR.email, '--password-stdin'],
      {},
      'my-own-password\n',
    );
    expect(chosen).to.deep.include({ code: 0, error: '' });
    expect(chosen.out).to.not.include('my-own-password');
    expect(await isSignedIn(server, 'my-own-password')).to.equal(true);
  });

  it('make an operator, and an operator of somebody who exists', async () => {
    const made = await runAdmin(url, ['create-operator', 'second@example.com', '--name', 'Second']);
    const password = /is an operator now: (\S{24})\./.exec(made.out)?.[1] ?? made.error;
    expect(await isSignedIn(server, password, 'second@example.com')).to.equal(true);
    const again = await runAdmin(url, ['create-operator', 'second@example.com']);
    expect(again).to.deep.include({ code: 1, error: 'second@example.com is an operator already.\n' });
    const { instanceAuditEntries } = await server.operator.ask<{
      instanceAuditEntries: { edges: Array<{ node: object }> };
    }>(
      '{ instanceAuditEntries(filter: { actor: "Admin command" }) { edges { node { actor action address changes } } } }',
    );
    expect(instanceAuditEntries.edges[0]!.node).to.deep.equal({
      ...{ actor: 'Admin command', action: 'instance.operator_created', address: null },
      changes: { email: 'second@example.com' },
    });
  });

  it('take the operator’s rights away, but never from the last one', async () => {
    const last = await runAdmin(url, ['remove-operator', OPERATOR.email]);
    expect(last).to.deep.include({
      code: 1,
      error: `${OPERATOR.email} is the last operator: make another one first.\n`,
    });
    await runAdmin(url, ['create-operator', 'second@example.com']);
    expect((await runAdmin(url, ['remove-operator', OPERATOR.email])).code).to.equal(0);
    let isOperator = true;
    while (isOperator)
      ({ isOperator } = (
        await server.operator.ask<{ viewer: { isOperator: boolean } }>('{ viewer { isOperator } }')
      ).viewer);
    const again = await runAdmin(url, ['remove-operator', OPERATOR.email]);
    expect(again).to.deep.include({ code: 1, error: `${OPERATOR.email} is no operator.\n` });
  });

  it('leave word in the instance’s log of a person without any role, too', async () => {
    await runAdmin(url, ['create-operator', 'second@example.com']);
    await runAdmin(url, ['remove-operator', 'second@example.com']);
    expect((await runAdmin(url, ['reset-password', 'second@example.com'])).code).to.equal(0);
    const { instanceAuditEntries } = await server.operator.ask<{
      instanceAuditEntries: { edges: Array<{ node: { action: string } }> };
    }>('{ instanceAuditEntries(first: 3) { edges { node { action } } } }');
    expect(instanceAuditEntries.edges.map(({ node }) => node.action)).to.deep.equal([
      'user.password_reset',
      'instance.operator_removed',
      'instance.operator_created',
    ]);
  });

  it('say what is wrong, and with which exit code', async () => {
    const missing = 'sqlite:/nowhere/at/all.sqlite';
    const cases: Array<
      [parameters: string[], code: number, says: RegExp, environment?: Record<string, string>]
    > = [
      [['nonsense'], 2, /^There is no command nonsense\.\n\nUsage: /],
      [['backup'], 2, /^backup takes one FILE\./],
      [['rotate-key', 'now'], 2, /^rotate-key takes nothing more\./],
      [['backup', '--fast', 'x'], 2, /Unknown option '--fast'/],
      [
        ['reset-password', 'nobody@example.com'],
        1,
        /^There is nobody with the email address nobody@example\.com\.\n$/,
      ],
      [['create-operator', 'no address'], 1, /^This is no email address\.\n$/],
      [['backup', '/nowhere/at/all'], 1, /^\/nowhere\/at\/all cannot be written: /],
      [
        ['backup', join(projectRoot, 'package.json')],
        1,
        /package\.json exists already: name a new file\.\n$/,
      ],
      [['rotate-key'], 1, /^There is no database at \/nowhere\/at\/all\.sqlite/, { DATABASE_URL: missing }],
      [['rotate-key'], 1, /^SECRET_KEY must be base64/, { SECRET_KEY: 'short' }],
    ];
    for (const [parameters, code, says, environment] of cases) {
      const outcome = await runAdmin(url, parameters, environment);
      expect(outcome.code, parameters.join(' ')).to.equal(code);
      expect(outcome.error).to.match(says);
    }
    for (const parameters of [[], ['--help'], ['help']]) {
      const { code, out } = await runAdmin(url, parameters);
      expect([code, out.split('\n')[0]]).to.deep.equal([0, 'Usage: npm run admin -- COMMAND']);
    }
  }).timeout(60_000);
});
