import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  GraphQLError,
  OperationTypeNode,
  specifiedRules,
  validate,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import { makeHandler, type Extra } from 'graphql-ws/use/@fastify/websocket';
import type { Principal } from '../auth/principal.js';

export interface WebSocketOptions {
  schema: GraphQLSchema;
  /** The one origin whose pages may connect; programs send none. */
  publicOrigin: () => string;
  /** From the upgrade's headers, or from `authorization` in connection_init's payload; throws when they are wrong. */
  authenticate: (request: FastifyRequest, authorization: string | undefined) => Promise<Principal>;
  /** The context of one operation. */
  contextOf: (principal: Principal, request: FastifyRequest) => object;
  formatError: (error: GraphQLError) => GraphQLError;
}

interface Socket extends Record<PropertyKey, unknown> {
  principal: Principal;
}

/** The first message must come within this time. */
const INIT_TIMEOUT_MS = 3_000;
const FORBIDDEN = 4403;

/** A cookie that opened a socket must not change anything through it. */
const NoMutations: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (node.operation === OperationTypeNode.MUTATION)
      context.reportError(new GraphQLError('Send mutations over HTTP.', { nodes: node }));
  },
});

/** Serves the `graphql-transport-ws` protocol at /graphql, beside the HTTP endpoint; changes go over HTTP only. */
export function serveWebSocket(app: FastifyInstance, options: WebSocketOptions): void {
  const handler = makeHandler<{ authorization?: unknown }, Socket>({
    schema: options.schema,
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    async onConnect({ extra, connectionParams }) {
      const { authorization } = connectionParams ?? {};
      try {
        const text = typeof authorization === 'string' ? authorization : undefined;
        (extra as Extra & Socket).principal = await options.authenticate(extra.request, text);
        return true;
      } catch {
        return false;
      }
    },
    context: ({ extra }) => options.contextOf((extra as Extra & Socket).principal, extra.request),
    validate: (schema, document) => validate(schema, document, [...specifiedRules, NoMutations]),
    onError: (_context, _id, _payload, errors) => errors.map(options.formatError),
    onNext: (_context, _id, _payload, _args, result) =>
      result.errors ? { ...result, errors: result.errors.map(options.formatError) } : undefined,
  });
  app.get('/graphql', { websocket: true }, function (socket, request) {
    const { origin } = request.headers;
    if (origin !== undefined && origin !== options.publicOrigin()) {
      socket.close(FORBIDDEN, 'Forbidden');
      return;
    }
    return handler.call(this, socket, request);
  });
}
