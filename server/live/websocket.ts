import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import {
  CloseCode,
  makeServer,
  type ExecutionResult,
  type OperationResult,
  type Server,
  type SubscribePayload,
} from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Context } from '../context.js';
import type { Principal } from '../auth/principal.js';
import { RequestError, type RequestErrorCode } from '../errors.js';
import { createSharedAnswers, type Rights } from './shared-answers.js';
import { attachSocket, sendTo } from './socket.js';

export interface WebSocketOptions {
  schema: GraphQLSchema;
  /** The one origin whose pages may connect; programs send none. */
  publicOrigin: () => string;
  /** From the upgrade's headers, or from `authorization` in connection_init's payload; throws when they are wrong. */
  authenticate: (request: FastifyRequest, authorization: string | undefined) => Promise<Principal>;
  /** The same principal as of now; null when its credential no longer stands. */
  refresh: (principal: Principal) => Promise<Principal | null>;
  /** The context of one operation. */
  contextOf: (principal: Principal, request: FastifyRequest) => Context;
  /** What of a context may decide on the answers to a subscription. */
  rightsOf: (context: Context) => Rights<Context>;
  /** The document to be executed, or what is wrong with it by the limits and by these rules. */
  admit: (operation: SubscribePayload, ...rules: ValidationRule[]) => DocumentNode | readonly GraphQLError[];
  /** The few errors that are shown, with stable codes; what is our own fault masked. */
  formatErrors: (errors: readonly GraphQLError[]) => GraphQLError[];
}

/** Who is at the other end of a socket. */
interface Peer extends Record<PropertyKey, unknown> {
  socket: WebSocket;
  request: FastifyRequest;
  /** null until connection_init was accepted. */
  principal: Principal | null;
  /** What it follows. The protocol loses sight of a stream whose id its client uses again before it has ended. */
  streams: Set<AsyncGenerator>;
}

/** The first message must come within this time. */
const INIT_TIMEOUT_MS = 3_000;
/** Sockets whose credential was revoked are closed within this time and what the authenticator remembers. */
const RECHECK_EVERY_MS = 2_500;
/** Operations at a time. */
const MAX_OPERATIONS_PER_SOCKET = 20;
const MAX_SOCKETS_PER_USER = 20;
const TOO_MANY_SOCKETS = 4429;

/** A cookie that opened a socket must not change anything through it. */
const NoMutations: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (node.operation === OperationTypeNode.MUTATION)
      context.reportError(new GraphQLError('Send mutations over HTTP.', { nodes: node }));
  },
});

/** Serves the `graphql-transport-ws` protocol at /graphql, beside the HTTP endpoint; changes go over HTTP only. */
export function serveWebSocket(app: FastifyInstance, options: WebSocketOptions): void {
  const peers = new Set<Peer>();
  const server = createProtocol(options, peers);

  const checkOrigin = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { origin } = request.headers;
    if (origin === undefined || origin === options.publicOrigin()) return done();
    const message = 'WebSockets are open to the pages of PUBLIC_URL only.';
    void reply.code(403).send({ errors: [{ message, extensions: { code: 'FORBIDDEN' } }] });
  };
  const onFailure = (error: unknown): string =>
    options.formatErrors([new GraphQLError('Failed', { originalError: error as Error })])[0]!.message;

  app.get('/graphql', { websocket: true, onRequest: checkOrigin }, (socket, request) => {
    const peer: Peer = { socket, request, principal: null, streams: new Set() };
    peers.add(peer);
    socket.once('close', () => {
      peers.delete(peer);
      for (const stream of peer.streams) void stream.return(undefined);
    });
    attachSocket(server, socket, peer, { onFailure });
  });

  // What cannot be checked now, as while the database is away, is checked the next time.
  const rechecks = setInterval(
    () => void Promise.allSettled([...peers].map((peer) => currentPrincipal(peer, options))),
    RECHECK_EVERY_MS,
  );
  app.addHook('onClose', async () => clearInterval(rechecks));
}

/** Who the peer is as of now; closes the socket of whose credential has ended. */
async function currentPrincipal(
  { socket, principal }: Peer,
  { refresh }: WebSocketOptions,
): Promise<Principal | null> {
  const current = principal && (await refresh(principal));
  if (principal && !current) socket.close(CloseCode.Forbidden, 'The session or API token has ended');
  return current;
}

function createProtocol(options: WebSocketOptions, peers: ReadonlySet<Peer>): Server<Peer> {
  const { schema, authenticate, contextOf, rightsOf, admit, formatErrors } = options;
  const present = (result: ExecutionResult): ExecutionResult =>
    result.errors ? { ...result, errors: formatErrors(result.errors) } : result;
  const { subscribe, textOf } = createSharedAnswers({ rightsOf, present });

  async function identify(peer: Peer, authorization: unknown): Promise<boolean> {
    const text = typeof authorization === 'string' ? authorization : undefined;
    try {
      peer.principal = await authenticate(peer.request, text);
    } catch (error) {
      if (error instanceof RequestError) return false;
      throw error;
    }
    const user = userOf(peer);
    const sockets = [...peers].filter((other) => userOf(other) === user);
    if (sockets.length <= MAX_SOCKETS_PER_USER) return true;
    peer.socket.close(TOO_MANY_SOCKETS, `At most ${MAX_SOCKETS_PER_USER} sockets a user`);
    return false;
  }

  async function prepare(
    peer: Peer,
    operations: number,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    if (Math.max(operations, peer.streams.size + 1) > MAX_OPERATIONS_PER_SOCKET)
      return refuse('RATE_LIMITED', `At most ${MAX_OPERATIONS_PER_SOCKET} operations run on a socket.`);
    const principal = await currentPrincipal(peer, options);
    if (!principal) return refuse('UNAUTHENTICATED', 'The session or API token has ended.');
    const document = admit(payload, NoMutations);
    if (!('kind' in document)) return document;
    return {
      ...{ schema, document, hideSuggestions: true },
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue: contextOf(principal, peer.request),
    };
  }

  return makeServer<{ authorization?: unknown }, Peer>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onConnect: ({ extra, connectionParams }) => identify(extra, connectionParams?.authorization),
    onSubscribe: ({ extra, subscriptions }, _id, payload) =>
      prepare(extra, Object.keys(subscriptions).length, payload),
    subscribe,
    onOperation({ extra: { streams, socket } }, id, _payload, _args, result) {
      if (!isStream(result)) return;
      // The protocol would make the JSON of an answer anew for each subscriber.
      const sent = consumed(
        result,
        (answer) => sendTo(socket, nextMessage(id, textOf(answer))),
        () => {
          streams.delete(sent);
        },
      );
      streams.add(sent);
      if (socket.readyState !== socket.OPEN) void sent.return(undefined);
      return sent;
    },
    onError: (_context, _id, _payload, errors) => formatErrors(errors),
    onNext: (_context, _id, _payload, _args, result) => present(result),
  });
}

/** A stream without values, which ends when each value of another one has been consumed, or when it is told to. */
function consumed<T>(
  values: AsyncGenerator<T, void, void>,
  consume: (value: T) => Promise<void>,
  onEnd: () => void,
): AsyncGenerator<never, void, void> {
  const done: IteratorReturnResult<void> = { done: true, value: undefined };
  const stream: AsyncGenerator<never, void, void> = {
    async next() {
      try {
        for await (const value of values) await consume(value);
      } finally {
        onEnd();
      }
      return done;
    },
    async return() {
      onEnd();
      void values.return();
      return done;
    },
    throw: (error) => Promise.reject(error as Error),
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

/** The message `next` of graphql-transport-ws around an answer that is JSON already. */
const nextMessage = (id: string, payload: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`),
    payload,
    Buffer.from('}'),
  ]);

const isStream = (result: OperationResult): result is AsyncGenerator<ExecutionResult, void, void> =>
  Symbol.asyncIterator in result;

/** Whose sockets count together. */
const userOf = ({ principal, request }: Peer): string | null =>
  principal && (principal.user?.id ?? principal.token?.id ?? request.ip);

const refuse = (code: RequestErrorCode, message: string): GraphQLError[] => [
  new GraphQLError(message, { originalError: new RequestError(code, message) }),
];
