import { expect } from 'chai';
import { eachDatabase } from '../helpers/databases.js';
import { startHookwatch } from '../helpers/hookwatch.js';
import { attempts, createWebhook, liveAttempts, newBehavior, publish } from '../helpers/operations.js';
import { startReceiver } from '../helpers/receiver.js';

eachDatabase('A restart', (database) => {
  it('resumes what was pending, with the same ids', async () => {
    const receiver = await startReceiver();
    receiver.always(503);
    const url = await database.createUrl();
    const before = await startHookwatch(url, { RETRY_SCHEDULE: '1ms,1ms,1ms,1ms,1ms', QUICK_RETRIES: '0' });
    await createWebhook(before.operator, {
      accountId: before.accountId,
      provider: 'CUSTOM',
      targetUrl: receiver.url,
    });
    const results = await publish(
      before.operator,
      ...Array.from({ length: 3 }, () => newBehavior(before.accountId)),
    );
    await receiver.waitFor(3);
    await before.stop();
    receiver.always(204);
    const seen = receiver.requests.length;

    const after = await startHookwatch(url);
    const done = (
      await liveAttempts(
        after.operator,
        (log) => log.filter(({ outcome }) => outcome === 'SUCCEEDED').length === 3,
      )
    ).filter(({ outcome }) => outcome === 'SUCCEEDED');
    const ids = receiver.requests.slice(seen).map(({ headers }) => headers['webhook-id']);
    expect(ids.sort()).to.deep.equal(results.map(({ event }) => event!.id).sort());
    expect(done.map(({ delivery }) => delivery!.status)).to.deep.equal([
      'SUCCEEDED',
      'SUCCEEDED',
      'SUCCEEDED',
    ]);
    await after.stop();
    await receiver.close();
  });

  it('waits for the request on the wire and records it before it ends', async () => {
    const receiver = await startReceiver();
    let release: (status: number) => void = () => undefined;
    receiver.reply(() => new Promise((resolve) => (release = resolve)));
    const url = await database.createUrl();
    const before = await startHookwatch(url);
    await createWebhook(before.operator, {
      accountId: before.accountId,
      provider: 'CUSTOM',
      targetUrl: receiver.url,
    });
    await publish(before.operator, newBehavior(before.accountId));
    await receiver.waitFor(1);
    const stopped = before.stop();
    release(204);
    await stopped;

    const after = await startHookwatch(url);
    const log = await attempts(after.operator);
    expect(log.map(({ outcome, delivery }) => [outcome, delivery!.status])).to.deep.equal([
      ['SUCCEEDED', 'SUCCEEDED'],
    ]);
    expect(receiver.requests).to.have.lengthOf(1);
    await after.stop();
    await receiver.close();
  });
});
