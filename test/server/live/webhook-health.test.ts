import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createToken, createWebhook, newBehavior, publish } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

interface Standing {
  id: string;
  health: { state: string };
}

eachDatabase('The health of webhooks, live', (database) => {
  let server: TestServer;
  let receiver: Receiver;

  before(async () => {
    receiver = await startReceiver();
    server = await startHookwatch(await database.createUrl(), { RETRY_SCHEDULE: '1ms', QUICK_RETRIES: '0' });
  });

  after(async () => {
    await server.stop();
    await receiver.close();
  });

  const open = (user = server.operator, accountId = server.accountId) =>
    user.socket().iterate<{ webhookHealth: Standing }>({
      query: 'subscription ($id: ID!) { webhookHealth(accountId: $id) { id health { state } } }',
      variables: { id: accountId },
    });

  it('begins with how each webhook stands, and tells when one fares differently', async () => {
    const { accountId, operator } = server;
    const target = { accountId, provider: 'CUSTOM', targetUrl: receiver.url };
    const id = await createWebhook(operator, target);
    const stream = open();
    const next = async (): Promise<Standing> => {
      const { value } = (await stream.next()) as IteratorResult<
        { data: { webhookHealth: Standing } },
        undefined
      >;
      return value!.data.webhookHealth;
    };
    expect(await next()).to.deep.equal({ id, health: { state: 'HEALTHY' } });
    receiver.always(410);
    await publish(operator, newBehavior(accountId));
    expect(await next()).to.deep.equal({ id, health: { state: 'AUTO_DISABLED' } });
    const second = await createWebhook(operator, { ...target, active: false });
    expect(await next()).to.deep.equal({ id: second, health: { state: 'INACTIVE' } });
    await stream.return?.();
  });

  it('is closed to whoever may not read the account', async () => {
    const other = await createAccount(server.operator, 'Other');
    const stranger = server.withToken(await createToken(server.operator, other, 'READ'));
    const { value } = (await open(stranger).next()) as IteratorResult<
      { errors: Array<{ extensions: { code: string } }> },
      undefined
    >;
    expect(value!.errors[0]!.extensions.code).to.equal('NOT_FOUND');
  });
});
