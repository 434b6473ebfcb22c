import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { startFakeHec } from '../../../server/demo/fake-hec.js';
import { createTemporaryFolder } from '../../helpers/folders.js';
import { startHookwatchProcess, type HookwatchProcess } from '../../helpers/hookwatch-process.js';
import { openApi, type TestApi } from '../../helpers/hookwatch.js';
import { liveAttempts, newBehavior } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';

/** Has characters that JSON, HTML, URLs and base64 write in ways of their own. */
const canary = 'canary-7f3a9d51/e0b2+"<&\'>=4c66';

const spellings = [
  ...[canary, JSON.stringify(canary).slice(1, -1), encodeURIComponent(canary)],
  ...[Buffer.from(canary).toString('base64'), Buffer.from(canary).toString('base64url')],
  canary.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
];

/** Where the canary is found, of texts by name. */
const leaks = (texts: Record<string, string>): string[] =>
  Object.entries(texts).flatMap(([name, text]) =>
    spellings.filter((spelling) => text.includes(spelling)).map((spelling) => `${name}: ${spelling}`),
  );

/** A receiver that says what it was sent in every way it can. */
const echo = (authorization: string): object => ({
  status: 403,
  headers: { 'x-echo': authorization, 'set-cookie': `token=${encodeURIComponent(canary)}` },
  body: JSON.stringify({ text: `Invalid token ${authorization}`, code: 4, all: spellings }),
});

describe('A secret key', () => {
  let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
  let server: HookwatchProcess;
  let api: TestApi;
  let answers: string[];
  let receiver: Receiver;
  let hec: Awaited<ReturnType<typeof startFakeHec>>;
  const databaseUrl = (): string => `sqlite:${join(folder.path, 'hookwatch.sqlite')}`;

  before(async () => {
    folder = await createTemporaryFolder();
    server = await startHookwatchProcess(databaseUrl(), {
      environment: { LOG_LEVEL: 'debug', RETRY_SCHEDULE: '20ms', QUICK_RETRIES: '1' },
    });
    api = await openApi(server.url);
    answers = [];
    receiver = await startReceiver();
    receiver.always(({ headers }) => echo(headers.authorization ?? ''));
    hec = await startFakeHec({ tokens: [{ value: canary, acknowledges: true }] });
  });

  after(async () => {
    await api.close();
    await server.kill();
    await receiver.close();
    await hec.close();
    await folder.remove();
  });

  /** Asks, keeps the answer whatever it is, and answers the data. */
  async function ask<T>(query: string, variables: object = {}): Promise<T> {
    const answer = await api.operator.send<T>(query, variables);
    answers.push(JSON.stringify(answer));
    return answer.data;
  }

  const save = async (input: object): Promise<string | undefined> => {
    const { saveWebhook } = await ask<{ saveWebhook: { webhook: { id: string } | null } }>(
      `mutation ($input: SaveWebhookInput!) { saveWebhook(input: $input) {
        webhook { id secretKey { isSet lastFour } headers { name } health { hint } }
        userErrors { path code message } } }`,
      { input: { accountId: api.accountId, provider: 'SPLUNK', secretKey: `Splunk ${canary}`, ...input } },
    );
    return saveWebhook.webhook?.id;
  };

  const test = (input: object): Promise<unknown> =>
    ask(
      `mutation ($input: TestWebhookInput!) { testWebhook(input: $input) {
        attempt { hint curl request { headers { name value } body } response { headers { name value } body } }
        userErrors { message } } }`,
      { input: { eventType: 'NEW_SCRIPT', ...input } },
    );

  it('appears in no log, answer, stored request, curl copy, error, metric or file', async () => {
    const { operator, accountId } = api;
    const closed = await startReceiver();
    await closed.close();
    await save({ targetUrl: hec.url, splunk: { useAck: true, gzip: true } });
    await save({ targetUrl: closed.url });
    await save({ targetUrl: receiver.url.replace('http:', 'https:') });
    const echoing = await save({ targetUrl: receiver.url });
    const seen = liveAttempts(operator, (log) => log.length >= 8, { accountId });
    await ask(
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { results { deliveryCount } } }',
      {
        input: { events: [newBehavior(accountId), newBehavior(accountId)] },
      },
    );
    answers.push(JSON.stringify(await seen));
    expect(receiver.requests.map(({ headers }) => headers.authorization)).to.include(`Splunk ${canary}`);

    await test({ webhookId: echoing });
    await test({ draft: { accountId, provider: 'SPLUNK', targetUrl: receiver.url, secretKey: canary } });
    await test({ draft: { accountId, provider: 'SPLUNK', targetUrl: hec.url, secretKey: canary } });
    // What is refused.
    await save({ targetUrl: '', name: '' });
    await save({ targetUrl: 'http://169.254.169.254', secretKey: `${canary}\u0000` });
    await save({ targetUrl: receiver.url, secretKey: canary.repeat(40) });
    await save({ id: echoing, expectedVersion: 99, targetUrl: receiver.url });
    await readEverything();

    const output = server.output();
    expect(output).to.contain('delivery.attempted');
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(leaks({ output, metrics, answers: answers.join('\n') })).to.deep.equal([]);
    expect(leaks(files())).to.deep.equal([]);
    expect(leaks(await batchBodies())).to.deep.equal([]);
  });

  it('is not repeated by the refusal of a malformed request', async () => {
    await ask('mutation ($input: SaveWebhookInput!) { saveWebhook(input: $input) { signingSecret } }', {
      input: { accountId: api.accountId, secretKey: canary, nonsense: 1 },
    });
    await ask(`mutation { saveWebhook(input: { secretKey: ${JSON.stringify(canary)}, nonsense: 1 }) { x } }`);
    expect(leaks({ output: server.output(), answers: answers.slice(-2).join('\n') })).to.deep.equal([]);
  });

  async function readEverything(): Promise<void> {
    await ask(`{
      attempts(first: 100) { edges { node { hint errorClass curl peerAddress
        request { startLine headers { name value } body } response { startLine headers { name value } body } } } }
      accounts { edges { node { webhooks { edges { node { name targetUrl resolvedUrl
        secretKey { isSet lastFour } headers { name value { lastFour } } splunk { index source }
        health { state reason hint } } } } } } }
      auditEntries(accountId: "${api.accountId}") { edges { node { actor action target changes } } }
    }`);
  }

  /** The database with its log of changes, and whatever else lies beside it. */
  const files = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder.path).map((name) => [name, readFileSync(join(folder.path, name), 'latin1')]),
    );

  async function batchBodies(): Promise<Record<string, string>> {
    const storage = await openTestStorage(databaseUrl());
    const rows = await storage.read.query<Array<{ id: string; packed_body: Buffer }>>(
      'select id, packed_body from shared_requests',
    );
    await storage.dispose();
    expect(rows).to.not.deep.equal([]);
    return Object.fromEntries(rows.map(({ id, packed_body }) => [id, gunzipSync(packed_body).toString()]));
  }
});
