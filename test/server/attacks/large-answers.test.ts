import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createWebhook, newBehavior, publish } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

const EVENTS = 25;
const QUARTER_MIB = 'x'.repeat(250 * 1024);

eachDatabase('A document that asks for all that is large', (database) => {
  let server: TestServer;
  let receiver: Receiver;

  before(async () => {
    receiver = await startReceiver();
    server = await startHookwatch(await database.createUrl());
    const { accountId, operator } = server;
    await createWebhook(operator, { accountId, provider: 'CUSTOM', targetUrl: receiver.url });
    const data = { script_name: 'a', behavior_name: 'b', site_script_id: 'c', more: QUARTER_MIB };
    for (let count = 0; count < EVENTS; count += 1) await publish(operator, newBehavior(accountId, { data }));
  });

  after(async () => {
    await server.stop();
    await receiver.close();
  });

  /** Asks for the bodies of all events so many times. */
  const ask = (times: number): ReturnType<TestServer['operator']['send']> => {
    const page = 'deliveries(first: 100) { edges { node { event { body } } } }';
    return server.operator.send(
      `{ ${Array.from({ length: times }, (_, at) => `a${at}: ${page}`).join(' ')} }`,
    );
  };

  it('is answered up to 32 MiB of bodies, and told to ask for fewer above', async () => {
    expect((await ask(1)).errors).to.equal(undefined);
    const { errors } = await ask(6);
    expect(errors![0]!.extensions.code).to.equal('BAD_USER_INPUT');
    expect(errors![0]!.message).to.include('32 MiB');
  });

  it('takes nothing from those that come after it', async () => {
    await Promise.all([ask(6), ask(6)]);
    expect((await ask(4)).errors).to.equal(undefined);
  });
});
