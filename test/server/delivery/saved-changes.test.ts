import { expect } from 'chai';
import { createTargets } from '../../../server/delivery/targets.js';
import { Webhook } from '../../../server/storage/entities/webhook.js';
import { openSettings } from '../../../server/webhooks/webhook.settings.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch } from '../../helpers/hookwatch.js';
import { createWebhook, newBehavior, publish, saveWebhook } from '../../helpers/operations.js';
import { startReceiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';

eachDatabase('A saved change', (database) => {
  it('applies to the very next attempt, a quick retry too, of whichever worker', async () => {
    const receiver = await startReceiver();
    const url = await database.createUrl();
    // With SQLite, one process is both.
    const worker = await startHookwatch(url, { RETRY_SCHEDULE: '1ms,1ms,1ms', QUICK_RETRIES: '1' });
    const api = database.name === 'sqlite' ? worker : await startHookwatch(url, { ROLE: 'api' });
    const { accountId, operator } = api;
    const id = await createWebhook(operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: `${receiver.url}/1` },
    });
    let version = 1;
    receiver.always(async () => {
      if (version === 5) return 204;
      const targetUrl = `${receiver.url}/${version + 1}`;
      const { webhook } = await saveWebhook(operator, { id, expectedVersion: version, targetUrl });
      version = webhook!.version;
      return 500;
    });
    await publish(operator, newBehavior(accountId));
    await receiver.waitFor(5);
    expect(receiver.requests.map((request) => request.url)).to.deep.equal(['/1', '/2', '/3', '/4', '/5']);
    if (api !== worker) await api.stop();
    await worker.stop();
    await receiver.close();
  });

  it('lets an old signing secret expire although the webhook is not changed again', async () => {
    const url = await database.createUrl();
    const server = await startHookwatch(url);
    const { accountId, operator } = server;
    const targetUrl = 'https://receiver.example.com';
    const id = await createWebhook(operator, { accountId, provider: 'CUSTOM', targetUrl });
    await operator.ask(`mutation { rotateSigningSecret(input: { id: "${id}" }) { signingSecret } }`);
    await server.stop();

    const storage = await openTestStorage(url);
    let now = Date.now();
    const targets = createTargets(
      storage,
      (webhook) => openSettings(webhook, storage.secrets, now),
      () => now,
    );
    const secrets = async (): Promise<number> => (await targets.find(id))!.settings.signingSecrets.length;
    expect(await secrets()).to.equal(2);
    expect(await targets.find(id)).to.equal(await targets.find(id));
    const { previousSigningSecretUntil } = await storage.read.findOneByOrFail(Webhook, { id });
    now = previousSigningSecretUntil!.getTime();
    expect(await secrets()).to.equal(1);
    await storage.dispose();
  });
});
