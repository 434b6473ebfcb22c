import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import websocket from '@fastify/websocket';
import { expect } from 'chai';
import fastify, { type FastifyInstance } from 'fastify';
import { GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { anonymous } from '../../../server/auth/principal.js';
import type { Context } from '../../../server/context.js';
import { attachSocket } from '../../../server/live/socket.js';
import { endable } from '../../../server/live/topics.js';
import { serveWebSocket } from '../../../server/live/websocket.js';
import { openAcceptedSocket, openRawSocket } from '../../helpers/raw-socket.js';

const noContext = {} as Context;

/** A schema with one endless stream, which counts those that are followed. */
function createStreams(): { schema: GraphQLSchema; followed: () => number } {
  const streams = new Set<object>();
  const subscribe = (): AsyncGenerator<string, void, void> => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const stream = (async function* () {
      yield 'first';
      await ended;
    })();
    streams.add(stream);
    return endable(stream, () => {
      streams.delete(stream);
      end();
    });
  };
  const name = { type: GraphQLString };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { name } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: { name: { ...name, subscribe, resolve: (value: string) => value } },
    }),
  });
  return { schema, followed: () => streams.size };
}

describe('A WebSocket', () => {
  const { schema, followed } = createStreams();
  let app: FastifyInstance;
  let url: string;

  before(async () => {
    app = fastify();
    await app.register(websocket, { options: { handleProtocols } });
    serveWebSocket(app, {
      ...{ schema, publicOrigin: () => url, contextOf: () => noContext },
      rightsOf: (context) => ({ key: '', context }),
      admit: ({ query }) => parse(query),
      authenticate: async () => anonymous,
      refresh: (principal) => setImmediate(principal),
      formatErrors: (errors) => [...errors],
    });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  });

  after(() => app.close());

  it('leaves no stream behind when its client uses an id again and again', async () => {
    const { send, next, socket } = await openAcceptedSocket(url, {});
    for (let count = 0; count < 10; count += 1) {
      send({ id: 'same', type: 'complete' });
      send({ id: 'same', type: 'subscribe', payload: { query: 'subscription { name }' } });
    }
    send({ id: 'proof', type: 'subscribe', payload: { query: 'subscription { name }' } });
    while ((await next()).id !== 'proof');
    expect(followed()).to.be.above(0);
    const [serverSide] = app.websocketServer.clients;
    const closed = once(serverSide!, 'close');
    socket.close();
    await closed;
    expect(followed()).to.equal(0);
  });
});

describe('A client that asks and does not read', () => {
  it('is read no further, and cut off', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols });
    await once(server, 'listening');
    const { schema } = createStreams();
    const protocol = makeServer<Record<string, never>, Record<string, never>>({ schema });
    let received = 0;
    let mostWaiting = 0;
    const cutOff = new Promise<number>((resolve) => {
      server.on('connection', (socket) => {
        socket.on('message', () => {
          received += 1;
          mostWaiting = Math.max(mostWaiting, socket.bufferedAmount);
        });
        socket.on('close', resolve);
        attachSocket(protocol, socket, {}, { onFailure: String, pingEveryMs: 500 });
      });
    });
    const { port } = server.address() as AddressInfo;
    const { socket, send, closed } = await openRawSocket(`http://127.0.0.1:${port}`);
    socket.pause();
    for (let count = 0; count < 2_000; count += 1)
      send({ type: 'ping', payload: { text: 'x'.repeat(60_000) } });
    expect(await cutOff).to.equal(1006);
    // The rest is what the system's own buffers may hold.
    expect(received).to.be.below(2_000);
    expect(mostWaiting).to.be.below(8 * 1024 * 1024);
    socket.terminate();
    await closed;
    server.close();
  });
});
