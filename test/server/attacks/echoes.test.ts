import { expect } from 'chai';
import { createSqlite } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createWebhook } from '../../helpers/operations.js';
import { startReceiver, type Receiver, type Reply } from '../../helpers/receiver.js';

const TOKEN = '1a2b3c4d-2222-3333-4444-55aa66bb77cc';
const KEPT_BYTES = 16 * 1024;

/** What a careless or a planted receiver says, so that somebody who reads the log learns the token. */
const echoes: Array<{ title: string; reply: Reply }> = [
  {
    title: 'where it redirects to',
    reply: { status: 302, headers: { location: `https://a.example/${TOKEN}` } },
  },
  {
    title: 'where it redirects to, at the length where that is cut',
    reply: { status: 307, headers: { location: `https://a.example/${'x'.repeat(165)}${TOKEN}` } },
  },
  { title: 'a cookie', reply: { status: 400, headers: { 'set-cookie': `token=${TOKEN}` } } },
  { title: 'the name of a header', reply: { status: 400, headers: { [`x-${TOKEN}`]: '1' } } },
  { title: 'its text', reply: { status: 403, body: `{"text":"Invalid token ${TOKEN}","code":4}` } },
  {
    title: 'the whole request in base64',
    reply: { status: 500, body: btoa(`authorization: Splunk ${TOKEN}\r\n`) },
  },
  ...[4, 12, 35].map((shown) => ({
    title: `its text, cut after ${shown} characters of the token`,
    reply: { status: 500, body: `${'y'.repeat(KEPT_BYTES - shown)}${TOKEN}zzz` },
  })),
];

describe('A token that the receiver echoes in', () => {
  let server: TestServer;
  let receiver: Receiver;
  let removeDatabase: () => Promise<void>;
  const webhooks: Record<'SPLUNK' | 'CUSTOM', string> = { SPLUNK: '', CUSTOM: '' };

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    receiver = await startReceiver();
    server = await startHookwatch(database.url);
    const shared = { accountId: server.accountId, targetUrl: receiver.url };
    webhooks.SPLUNK = await createWebhook(server.operator, {
      ...{ ...shared, provider: 'SPLUNK', secretKey: TOKEN },
    });
    webhooks.CUSTOM = await createWebhook(server.operator, {
      ...{ ...shared, provider: 'CUSTOM', headers: [{ name: 'Authorization', value: `Splunk ${TOKEN}` }] },
    });
  });

  after(async () => {
    await server.stop();
    await receiver.close();
    await removeDatabase();
  });

  for (const { title, reply } of echoes)
    it(`${title} is not told to who reads the attempt`, async () => {
      for (const webhookId of Object.values(webhooks)) {
        receiver.reply(reply);
        const answer = await server.operator.ask(
          `mutation ($input: TestWebhookInput!) { testWebhook(input: $input) { attempt {
            hint curl errorClass request { startLine headers { name value } body }
            response { startLine headers { name value } body } } userErrors { message } } }`,
          { input: { webhookId, eventType: 'NEW_BEHAVIOR' } },
        );
        const text = JSON.stringify(answer);
        expect(text).to.include('"response":{');
        expect(text).not.to.include(TOKEN.slice(0, 4));
        expect(text).not.to.include(btoa(TOKEN).slice(0, 20));
        expect(Buffer.from(/"body":"([\w+/=]+)/.exec(text)?.[1] ?? '', 'base64').toString()).not.to.include(
          TOKEN.slice(4, 20),
        );
      }
    });
});
