import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import {
  createAccount,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

/** What one tenant's receiver says so that nothing could be stored any more, of anybody. */
const replies: Record<string, string> = {
  'a code that no column holds': '{"text":"x","code":9007199254740991}',
  'a code that no number holds': '{"text":"x","code":1e999}',
  'a code that is not whole': '{"text":"x","code":0.5}',
  'a code below zero': '{"text":"x","code":-3000000000}',
  'the largest acknowledgment': '{"text":"Success","code":0,"ackId":9007199254740991}',
  'characters of every kind': '{"text":"\u0000\u{1f600}\\ud800","code":7}\u0000',
};

eachDatabase('A receiver that answers with', (database) => {
  let server: TestServer;
  let hostile: Receiver;
  let other: Receiver;
  let victim: string;
  let accountId: string;

  before(async () => {
    server = await startHookwatch(await database.createUrl(), { QUICK_RETRIES: '0' });
    [hostile, other] = await Promise.all([startReceiver(), startReceiver()]);
    victim = await createAccount(server.operator, 'Victim');
    accountId = await createAccount(server.operator, 'Attacker');
    await createWebhook(server.operator, { accountId: victim, provider: 'CUSTOM', targetUrl: other.url });
  });

  after(async () => {
    await server.stop();
    await Promise.all([hostile.close(), other.close()]);
  });

  for (const [title, body] of Object.entries(replies))
    it(`${title} keeps nobody's attempts from the log`, async () => {
      hostile.always({ status: 200, body });
      const id = await createWebhook(server.operator, {
        ...{ accountId, provider: 'SPLUNK', targetUrl: hostile.url, secretKey: 'a-secret-key' },
        splunk: { useAck: true },
      });
      const own = liveAttempts(server.operator, (log) => log.length > 0, { webhookIds: [id] });
      await publish(server.operator, newBehavior(accountId));
      await own;
      const seen = liveAttempts(server.operator, (log) => log.length > 0, { accountId: victim });
      await publish(server.operator, newBehavior(victim));
      expect((await seen)[0]).to.include({ outcome: 'SUCCEEDED' });
    });
});
