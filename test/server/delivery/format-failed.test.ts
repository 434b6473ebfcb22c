import { expect } from 'chai';
import { breakFormat } from '../../helpers/broken-format.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch } from '../../helpers/hookwatch.js';
import { attempts, createWebhook, liveAttempts, newBehavior, publish } from '../../helpers/operations.js';
import { startReceiver } from '../../helpers/receiver.js';

eachDatabase('An event whose formatting throws', (database) => {
  it('fails at once with a hint and nothing sent; the others are delivered and the webhook stays healthy', async () => {
    const receiver = await startReceiver();
    const server = await startHookwatch(await database.createUrl(), { SENDER_THREADS: '0' });
    const { accountId, operator } = server;
    const mend = breakFormat(({ body }) => body.includes('poison'));
    const id = await createWebhook(operator, { accountId, provider: 'CUSTOM', targetUrl: receiver.url });
    const poisoned = Array.from({ length: 6 }, () => newBehavior(accountId, { siteName: 'poison' }));
    const live = liveAttempts(operator, (seen) => seen.length === 8, { accountId });
    await publish(operator, newBehavior(accountId), ...poisoned, newBehavior(accountId));
    await live;

    expect(receiver.requests).to.have.lengthOf(2);
    const failed = await attempts(operator, { accountId, outcomes: ['PERMANENT'] });
    expect(failed).to.have.lengthOf(6);
    for (const attempt of failed) {
      expect(attempt).to.include({ errorClass: 'FORMAT_FAILED', httpStatus: null, nextAttemptAt: null });
      expect(attempt.delivery).to.include({ status: 'FAILED', attemptCount: 1 });
    }
    const { webhook } = await operator.ask<{ webhook: object }>(
      `{ webhook(id: "${id}") { health { state consecutiveFailures pendingDeliveries } } }`,
    );
    expect(webhook).to.deep.equal({
      health: { state: 'HEALTHY', consecutiveFailures: 0, pendingDeliveries: 0 },
    });
    mend();
    await server.stop();
    await receiver.close();
  });
});
