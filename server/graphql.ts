import { ulid } from 'ulid';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, OperationTypeNode, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Context } from './context.js';
import { firstErrors, refuseOperation, type DocumentLimits } from './document-limits.js';
import { RequestError } from './errors.js';
import type { Logger } from './observability/logger.js';
import { isUnavailable } from './storage/driver-error.js';

/** What GraphQL itself finds wrong with a document or its variables. */
const CLIENT_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/**
 * GraphQL repeats the values that it refuses. What may be secret is a String, which is not refused by itself: only an
 * object or a list around it is, and that is left out.
 */
function withoutObjects(message: string): string {
  const value = /(got invalid value|value:|found) [[{]/.exec(message);
  if (!value) return message;
  const before = message.slice(0, value.index + value[1]!.length);
  const where = /( at "[^"]{1,200}")?; [^;[{]{1,300}$/.exec(message.slice(-600));
  return `${before} (not repeated here)${where?.[0] ?? '.'}`;
}

/** Gives every top-level error a stable code; what is our own fault is masked, with an id that the log has. */
export function createErrorFormat(logger: Logger): (error: GraphQLError) => GraphQLFormattedError {
  return (error) => {
    const { message, locations, path } = error;
    const original = error.originalError ?? error;
    const where = { ...(locations && { locations }), ...(path && { path }) };
    if (original instanceof RequestError)
      return { message: original.message, ...where, extensions: { code: original.code } };
    const code = error.extensions.code as string | undefined;
    const isClients = code === undefined ? !error.originalError : CLIENT_CODES.has(code);
    if (isClients)
      return { message: withoutObjects(message), ...where, extensions: { code: 'BAD_USER_INPUT' } };
    const id = ulid();
    const reason = original instanceof Error ? (original.stack ?? original.message) : String(original);
    logger.error({ errorId: id, path: path?.join('.'), reason }, 'graphql.failed');
    return {
      message: isUnavailable(original)
        ? `The database is not available: try again later, with the same idempotency keys (${id} in the server’s log).`
        : `Internal error; the server’s log has it under ${id}.`,
      ...where,
      extensions: { code: 'INTERNAL', errorId: id },
    };
  };
}

export interface GraphqlOptions {
  schema: GraphQLSchema;
  introspection: boolean;
  limits: DocumentLimits;
  formatError: (error: GraphQLError) => GraphQLFormattedError;
  contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<Context>;
}

/** Serves queries and mutations by POST at /graphql. */
export async function serveGraphql(app: FastifyInstance, options: GraphqlOptions): Promise<void> {
  const apollo = new ApolloServer<Context>({
    schema: options.schema,
    // Whether it is answered, the limits decide.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !options.introspection,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    parseOptions: options.limits.parseOptions,
    validationRules: options.limits.rules,
    validationOptions: options.limits.validationOptions,
    formatError: (formatted, error) =>
      options.formatError(
        error instanceof GraphQLError
          ? error
          : new GraphQLError(formatted.message, { originalError: error as Error }),
      ),
    plugins: [fastifyApolloDrainPlugin(app), limitOperations(options.limits)],
  });
  await apollo.start();
  app.route({
    url: '/graphql',
    method: ['POST', 'OPTIONS'],
    handler: fastifyApolloHandler(apollo, { context: asGraphqlError(options.contextOf) }),
  });
}

/** What the limits can say only of an operation with its variables, and of its result. */
const limitOperations = (limits: DocumentLimits): ApolloServerPlugin<Context> => ({
  requestDidStart: async () => ({
    async didResolveOperation({ document, operation, request }) {
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
        throw refuseOperation('Open subscriptions over a WebSocket.');
      const refusal = limits.refuseCost(document, request);
      if (refusal) throw refusal;
    },
    async willSendResponse({ response: { body } }) {
      if (body.kind === 'single' && body.singleResult.errors)
        body.singleResult.errors = firstErrors(body.singleResult.errors);
    },
  }),
});

/** Apollo keeps the code of a failed context only where it is a GraphQL error. */
function asGraphqlError<A extends unknown[], R>(
  make: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await make(...args);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const http = { status: error.code === 'UNAUTHENTICATED' ? 401 : 400 };
      throw new GraphQLError(error.message, { originalError: error, extensions: { code: error.code, http } });
    }
  };
}
