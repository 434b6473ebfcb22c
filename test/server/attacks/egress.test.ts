import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { expect } from 'chai';
import { createSqlite } from '../../helpers/databases.js';
import { refusedUrls } from '../../helpers/egress-urls.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import {
  attempts,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
  saveWebhook,
  type UserError,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

/** Somebody's own server, which nothing of ours may reach. */
interface Canary {
  port: number;
  /** Connections so far, as counted when one more has been made and answered. */
  hits(): Promise<number>;
  close(): Promise<void>;
}

async function startCanary(): Promise<Canary> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.resume().end('HTTP/1.1 200 Hit\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  }).listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let own = 0;
  return {
    port,
    async hits() {
      own += 1;
      await once(connect(port, '127.0.0.1').resume(), 'close');
      return connections - own;
    },
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('A webhook to where it may not go', () => {
  let server: TestServer;
  let canary: Canary;
  let receiver: Receiver;
  let databaseUrl: string;
  let removeDatabase: () => Promise<void>;
  const custom = (targetUrl: string): object => ({
    ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl },
  });
  const start = (...ports: number[]): Promise<TestServer> =>
    startHookwatch(databaseUrl, {
      ALLOWED_PRIVATE_TARGETS: ports.map((port) => `127.0.0.1/32:${port}`).join(','),
      ...{ RETRY_SCHEDULE: '1h', QUICK_RETRIES: '0' },
    });

  before(async () => {
    const database = await createSqlite();
    [databaseUrl, removeDatabase] = [database.url, database.remove];
    [canary, receiver] = await Promise.all([startCanary(), startReceiver()]);
    server = await start(receiver.port);
  });

  afterEach('nothing has reached the canary', async () => {
    expect(await canary.hits()).to.equal(0);
  });

  after(async () => {
    await server.stop();
    await Promise.all([receiver.close(), canary.close()]);
    await removeDatabase();
  });

  const codesOf = (userErrors: UserError[]): string[] =>
    userErrors.map(({ path, code }) => `${path.join('.')} ${code}`);

  /** Each refused URL, and each refused host at the canary's port. */
  const urls = (): string[] => [
    // What stands around it is removed from what an admin types.
    ...refusedUrls.map(([url]) => url).filter((url) => url === url.trim()),
    ...refusedUrls
      .map(([url]) => /^http:\/\/([^/:@\\]+|\[[^\]]+\])\/$/.exec(url)?.[1])
      .filter((host) => host !== undefined)
      .map((host) => `http://${host}:${canary.port}/`),
  ];

  it('is not saved', async () => {
    for (const url of urls()) {
      const { webhook, userErrors } = await saveWebhook(server.operator, custom(url));
      expect(webhook, url).to.equal(null);
      expect(codesOf(userErrors).join(), url).to.match(/^targetUrl (TARGET_NOT_ALLOWED|INVALID|REQUIRED)$/);
    }
  });

  it('is not tested', async () => {
    for (const url of urls()) {
      const { testWebhook } = await server.operator.ask<{
        testWebhook: { attempt: null; userErrors: UserError[] };
      }>(
        'mutation ($input: TestWebhookInput!) { testWebhook(input: $input) { attempt { id } userErrors { path code } } }',
        { input: { draft: custom(url), eventType: 'NEW_BEHAVIOR' } },
      );
      expect(testWebhook.attempt, url).to.equal(null);
      expect(codesOf(testWebhook.userErrors).join(), url).to.match(/targetUrl/);
    }
  });

  it('cannot be made of one that was allowed', async () => {
    const id = await createWebhook(server.operator, custom(receiver.url));
    const { webhook } = await saveWebhook(server.operator, {
      ...{ id, expectedVersion: 1, targetUrl: `http://127.0.0.1:${canary.port}/` },
    });
    expect(webhook).to.equal(null);
  });

  it('is not followed to by a redirect', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.reply({ status, headers: { location: `http://127.0.0.1:${canary.port}/` } });
      const seen = liveAttempts(server.operator, (log) =>
        log.some(({ httpStatus }) => httpStatus === status),
      );
      await publish(server.operator, newBehavior(server.accountId));
      await seen;
    }
  });

  it('is not Hookwatch itself, though its port is allowed and the body a valid question', async () => {
    const free = await startReceiver();
    await free.close();
    await server.stop();
    server = await startHookwatch(databaseUrl, {
      ...{
        PORT: String(free.port),
        ALLOWED_PRIVATE_TARGETS: `127.0.0.1/32:${free.port}`,
        QUICK_RETRIES: '0',
      },
    });
    const id = await createWebhook(server.operator, custom(`${free.url}/graphql`));
    const data = { script_name: 'a', behavior_name: 'b', site_script_id: 'c', query: '{ __typename }' };
    const seen = liveAttempts(server.operator, (log) => log.length > 0, { webhookIds: [id] });
    await publish(server.operator, newBehavior(server.accountId, { data }));
    expect((await seen)[0]).to.include({ httpStatus: 508 });
  });

  it('gets nothing any more once the operator no longer allows it', async () => {
    await server.stop();
    server = await start(receiver.port, canary.port);
    const id = await createWebhook(server.operator, custom(`http://127.0.0.1:${canary.port}/`));
    await server.stop();
    server = await start(receiver.port);
    const seen = liveAttempts(server.operator, (log) => log.length > 0, { webhookIds: [id] });
    await publish(server.operator, newBehavior(server.accountId));
    await seen;
    const [attempt] = await attempts(server.operator, { webhookIds: [id] });
    expect(attempt).to.include({ errorClass: 'TARGET_BLOCKED', httpStatus: null });
    expect(JSON.stringify(attempt)).not.to.include('ALLOWED_PRIVATE_TARGETS');
  });
});
