import { expect } from 'chai';
import { getIntrospectionQuery } from 'graphql';
import { createSqlite } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { openAcceptedSocket } from '../../helpers/raw-socket.js';
import { createToken } from '../../helpers/operations.js';
import { hostileDocuments } from './hostile-documents.js';

interface Refusal {
  message: string;
  extensions: { code: string };
}

/** Tests of limits are few enough that a leak of a megabyte a document would show. */
const MAX_GROWTH_BYTES = 150 * 1024 * 1024;

describe('A hostile document', () => {
  let server: TestServer;
  let token: string;
  let removeDatabase: () => Promise<void>;
  let rssBefore = 0;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    server = await startHookwatch(database.url);
    token = await createToken(server.operator, server.accountId, 'READ');
    rssBefore = process.memoryUsage.rss();
  });

  after(async () => {
    await server.stop();
    await removeDatabase();
  });

  async function overSocket(payload: object): Promise<Refusal[]> {
    const { send, next, socket } = await openAcceptedSocket(server.url, { authorization: `Bearer ${token}` });
    send({ id: '1', type: 'subscribe', payload });
    const answer = await next();
    socket.terminate();
    if (answer.type === 'error') return answer.payload as Refusal[];
    return (answer.payload as { errors: Refusal[] }).errors;
  }

  for (const { title, query, variables, refusal } of hostileDocuments)
    it(`with ${title} is refused, over HTTP and over a WebSocket`, async () => {
      const overHttp = (await server.withToken(token).send(query, variables)).errors!;
      for (const errors of [overHttp, await overSocket({ query, variables })]) {
        expect(errors.map(({ message }) => message).join('\n')).to.match(new RegExp(refusal.source, 'm'));
        expect(errors.map(({ extensions }) => extensions.code)).to.satisfy((codes: string[]) =>
          codes.every((code) => code === 'BAD_USER_INPUT'),
        );
        expect(errors.length).to.be.at.most(5);
      }
    });

  it('leaves the process at its work and size', async () => {
    for (let round = 0; round < 5; round += 1)
      for (const { query, variables } of hostileDocuments) await server.operator.send(query, variables);
    expect(process.memoryUsage.rss() - rssBefore).to.be.below(MAX_GROWTH_BYTES);
    const { serverInfo } = await server.nobody.ask<{ serverInfo: { demo: boolean } }>(
      '{ serverInfo { demo } }',
    );
    expect(serverInfo).to.deep.equal({ demo: false });
  });

  it('is all that is refused: what the page and programs ask at most is answered', async () => {
    for (const query of [
      `{ ${Array.from({ length: 20 }, (_, n) => `a${n}: __typename`).join(' ')} }`,
      '{ accounts(first: 100) { edges { node { webhooks(first: 10) { edges { node { health { state } } } } } } } }',
      '{ attempts(first: 100) { totalCount edges { node { request { headers { name value } body } response { headers { name } } } } } }',
    ])
      expect((await server.operator.send(query)).errors, query).to.equal(undefined);
  });
});

describe('Introspection', () => {
  it('is answered whole where the operator switches it on, but not in circles', async () => {
    const database = await createSqlite();
    const server = await startHookwatch(database.url, { INTROSPECTION: 'true' });
    try {
      const { __schema } = await server.nobody.ask<{ __schema: { types: unknown[] } }>(
        getIntrospectionQuery(),
      );
      expect(__schema.types).to.have.length.above(50);
      const circle = await server.nobody.send(
        '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
      );
      expect(circle.errors![0]!.message).to.match(/introspection depth/i);
    } finally {
      await server.stop();
      await database.remove();
    }
  });
});
