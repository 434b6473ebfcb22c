import { expect } from 'chai';
import { createSqlite } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { bytesInUse } from '../../helpers/memory.js';
import { createToken, createWebhook, newBehavior, publish } from '../../helpers/operations.js';
import { openAcceptedSocket, type RawSocket } from '../../helpers/raw-socket.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

const ATTEMPTS = 10_000;
const PER_CALL = 500;
/** All that the attempts come to, with what was said in them, is more than this. */
const MAX_GROWTH_BYTES = 160 * 1024 * 1024;

const query = `subscription { attempts { missed attempts { id response { body headers { name value } }
  request { body headers { name value } } } } }`;

interface Batch {
  data: { attempts: { missed: number; attempts: Array<{ id: string }> } };
}

describe('A subscriber that stops reading', function () {
  this.timeout(120_000);
  let server: TestServer;
  let receiver: Receiver;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    receiver = await startReceiver();
    receiver.always({ body: 'x'.repeat(12_000) });
    server = await startHookwatch(database.url, { WEBHOOK_CONCURRENCY: '64' });
    await createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
    });
  });

  after(async () => {
    await server.stop();
    await receiver.close();
    await removeDatabase();
  });

  const subscribe = async (): Promise<RawSocket> => {
    const token = await createToken(server.operator, server.accountId, 'READ');
    const opened = await openAcceptedSocket(server.url, { authorization: `Bearer ${token}` });
    opened.send({ id: '1', type: 'subscribe', payload: { query } });
    return opened;
  };

  /** How many attempts a subscriber is told of, in whole or as missed, until there are enough. */
  async function account({ next }: RawSocket, enough: number): Promise<{ shown: number; missed: number }> {
    const told = { shown: 0, missed: 0 };
    while (told.shown + told.missed < enough) {
      const { attempts } = ((await next()).payload as Batch).data;
      told.shown += attempts.attempts.length;
      told.missed += attempts.missed;
    }
    return told;
  }

  it('costs neither memory nor others their stream during 10,000 attempts', async () => {
    const [stalled, steady] = [await subscribe(), await subscribe()];
    const told = account(steady, ATTEMPTS);
    stalled.socket.pause();
    const before = bytesInUse();
    for (let sent = 0; sent < ATTEMPTS; sent += PER_CALL)
      await publish(
        server.operator,
        ...Array.from({ length: PER_CALL }, () => newBehavior(server.accountId)),
      );
    const { shown, missed } = await told;
    // On a slow machine some attempts fail and are made again.
    expect(shown + missed).to.be.at.least(ATTEMPTS);
    receiver.requests.length = 0;
    expect(bytesInUse() - before).to.be.below(MAX_GROWTH_BYTES);
    stalled.socket.terminate();
    steady.socket.terminate();
    expect(await server.nobody.ask('{ serverInfo { demo } }')).to.deep.equal({ serverInfo: { demo: false } });
  });
});
