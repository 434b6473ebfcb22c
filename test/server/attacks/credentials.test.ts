import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { OLD_KEY, runAdmin } from '../../helpers/admin.js';
import { createTemporaryFolder } from '../../helpers/folders.js';
import { startHookwatchProcess, type HookwatchProcess } from '../../helpers/hookwatch-process.js';
import { OPERATOR, openApi, type TestApi } from '../../helpers/hookwatch.js';
import { liveAttempts, newBehavior } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { createBrowserUser, type Asker, type BrowserUser } from '../auth/browser-user.js';

const PASSWORDS = ['first', 'second', 'guessed', 'given-by-shell'].map((name) => `canary-password-${name}`);
const [FIRST, SECOND, GUESSED, BY_SHELL] = PASSWORDS as [string, string, string, string];
const HEADER = 'canary-header-value';

const mutation = (name: string, fields: string): string =>
  `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { ${fields} userErrors { path code message } } }`;

describe('A credential', () => {
  let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
  let server: HookwatchProcess;
  let api: TestApi;
  let receiver: Receiver;
  /** All that was answered, save what is shown once. */
  const answers: string[] = [];
  /** What was shown once, and cookies. */
  const shown: string[] = [];
  const databaseUrl = (): string => `sqlite:${join(folder.path, 'hookwatch.sqlite')}`;

  /** Sends a mutation whose answer shows nothing secret; answers its payload. */
  async function change<T>(user: Asker, name: string, fields: string, input: object): Promise<T> {
    const { data, errors } = await user.send(mutation(name, fields), { input });
    answers.push(JSON.stringify({ data, errors }));
    return Object.values(data ?? {})[0] as T;
  }

  /** Sends a mutation that shows something once, and remembers that. */
  async function reveal(user: Asker, name: string, field: string, input: object): Promise<string> {
    const { data } = await user.send(mutation(name, field), { input });
    const secret = Object.values(data as Record<string, Record<string, string>>)[0]![field]!;
    shown.push(secret.split('token=').at(-1)!);
    return secret;
  }

  async function signIn(password: string): Promise<BrowserUser> {
    const browser = createBrowserUser(server.url);
    await change(browser, 'signIn', 'viewer { user { email } }', { email: 'grace@example.com', password });
    if (browser.cookie) shown.push(browser.cookie.split('=')[1]!);
    return browser;
  }

  before(async () => {
    folder = await createTemporaryFolder();
    server = await startHookwatchProcess(databaseUrl(), {
      environment: { LOG_LEVEL: 'debug', QUICK_RETRIES: '0' },
    });
    api = await openApi(server.url);
    receiver = await startReceiver();
    receiver.always(({ rawHeaders }) => ({ status: 500, body: rawHeaders.join('\n') }));
  });

  after(async () => {
    await api.close();
    await server.kill();
    await receiver.close();
    await folder.remove();
  });

  it('is shown once at most: no log, later answer, live update, audit entry, file or backup has it', async () => {
    const { operator, accountId } = api;
    const invitation = await reveal(operator, 'inviteMember', 'invitationUrl', {
      ...{ accountId, email: 'grace@example.com', role: 'ADMIN' },
    });
    const token = new URL(invitation).searchParams.get('token');
    const joining = createBrowserUser(server.url);
    const person = { token, name: 'Grace', password: FIRST };
    await change(joining, 'acceptInvitation', 'viewer { user { email } }', person);
    await change(joining, 'acceptInvitation', 'viewer { user { email } }', person);
    shown.push(joining.cookie.split('=')[1]!);
    await signIn(GUESSED);
    const grace = await signIn(FIRST);
    await change(grace, 'changePassword', 'viewer { user { email } }', {
      ...{ currentPassword: FIRST, newPassword: SECOND },
    });
    await signIn(SECOND);
    await change(createBrowserUser(server.url), 'completeSetup', 'viewer { user { email } }', {
      ...{ setupToken: GUESSED, email: 'a@example.com', password: FIRST, name: 'A', accountName: 'A' },
    });

    const apiToken = await reveal(operator, 'createApiToken', 'secret', {
      ...{ accountId, name: 'A program', scopes: ['READ', 'EVENTS_WRITE'] },
    });
    const program = api.withToken(apiToken);
    const seen = liveAttempts(program, (log) => log.length > 0, { accountId });
    const webhook = {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url },
      headers: [{ name: 'x-key', value: HEADER }],
    };
    await reveal(operator, 'saveWebhook', 'signingSecret', webhook);
    const { webhook: saved } = await change<{ webhook: { id: string } }>(
      operator,
      'saveWebhook',
      'webhook { id }',
      { ...webhook, name: 'Second' },
    );
    await reveal(operator, 'rotateSigningSecret', 'signingSecret', { id: saved.id });
    answers.push(
      JSON.stringify(
        await program.send(
          'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { results { deliveryCount } } }',
          { input: { events: [newBehavior(accountId)] } },
        ),
      ),
    );
    answers.push(JSON.stringify(await seen));
    expect(receiver.requests[0]!.headers['x-key']).to.equal(HEADER);
    answers.push(
      JSON.stringify(await api.withToken(`${apiToken.slice(0, -1)}x`).send('{ viewer { isOperator } }')),
    );

    await shell(['reset-password', 'grace@example.com', '--password-stdin'], BY_SHELL);
    await shell(['backup', join(folder.path, 'backup')]);
    await readEverything(await signIn(BY_SHELL));
    expect(shown, 'links, tokens, signing secrets and cookies').to.have.length(8);
    expect(leaks()).to.deep.equal([]);
  });

  it('is not repeated by the refusal of a malformed request', async () => {
    const secret = 'canary-malformed';
    const nested = { email: 'x', password: secret };
    const literal = `mutation { signIn(input: { email: { password: "${secret}" }, password: ["${secret}"] }) { viewer { isOperator } } }`;
    const replies = [
      await api.nobody.send(mutation('signIn', 'viewer { isOperator }'), {
        input: { ...nested, nonsense: 1 },
      }),
      await api.nobody.send(mutation('signIn', 'viewer { isOperator }'), {
        input: { ...nested, email: [nested] },
      }),
      await api.nobody.send(mutation('signIn', 'viewer { isOperator }'), { input: [nested, nested] }),
      await api.nobody.send(mutation('saveWebhook', 'webhook { id }'), {
        input: { headers: [{ name: 'x; y', value: secret, nonsense: 'a } at "b"; c' }] },
      }),
      await api.nobody.send(literal),
    ];
    for (const { errors } of replies) {
      expect(errors).to.have.length.at.least(1);
      expect(JSON.stringify(errors)).to.not.include(secret);
    }
    expect(replies[0]!.errors![0]!.message).to.equal(
      'Variable "$input" got invalid value (not repeated here); Field "nonsense" is not defined by type "SignInInput".',
    );
    expect(replies[3]!.errors![0]!.message).to.match(
      / at "input\.headers\[0\]"; Field "nonsense" is not defined/,
    );
    expect(server.output()).to.not.include(secret);
  });

  async function shell(parameters: string[], input = ''): Promise<void> {
    const outcome = await runAdmin(databaseUrl(), parameters, { SECRET_KEY: OLD_KEY }, input);
    expect(outcome.code, outcome.error).to.equal(0);
    answers.push(outcome.out);
  }

  async function readEverything(user: Asker): Promise<void> {
    const reply = await user.send(
      `query ($id: ID!) {
        viewer { user { id email } sessions { id address userAgent } memberships { role } }
        account(id: $id) {
          members { edges { node { user { id email name } } } }
          invitations { edges { node { id email } } }
          apiTokens { edges { node { id name lastFour } } }
          webhooks { edges { node { id headers { name value { lastFour } } signingSecret { lastFour } } } }
        }
        attempts { edges { node { curl hint request { headers { name value } } response { headers { name value } body } } } }
        auditEntries(accountId: $id, first: 100) { edges { node { actor action target changes address } } }
      }`,
      { id: api.accountId },
    );
    expect(JSON.stringify(reply.errors)).to.equal(undefined);
    answers.push(JSON.stringify(reply.data));
  }

  /** Where a credential is found. */
  function leaks(): string[] {
    const files = readdirSync(folder.path).map((name) => [
      name,
      readFileSync(join(folder.path, name), 'latin1'),
    ]);
    const places = Object.entries({
      ...(Object.fromEntries(files) as Record<string, string>),
      answers: answers.join('\n'),
      log: server.output(),
    });
    const secrets = [...PASSWORDS, OPERATOR.password, HEADER, ...shown];
    const spellings = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
    return places.flatMap(([place, text]) =>
      spellings.filter((spelling) => text.includes(spelling)).map((spelling) => `${place}: ${spelling}`),
    );
  }
});
