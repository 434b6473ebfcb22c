import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import helmet from '@fastify/helmet';
import staticFiles from '@fastify/static';
import websocket from '@fastify/websocket';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { handleProtocols } from 'graphql-ws';
import { projectRoot, type Config } from './config.js';

/** The largest request of a program that publishes, and of everybody else. */
const MAX_BODY_WITH_TOKEN = 1024 * 1024;
const MAX_BODY = 256 * 1024;
const MAX_SOCKET_MESSAGE = 64 * 1024;
/** How long a request may take to arrive, and its headers alone; what does not come is given up at the next look. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 2_000;

/** The HTTP server around GraphQL: limits, security headers, the app's files, errors that say what to do. */
export async function createHttp(
  config: Pick<Config, 'role' | 'trustProxy' | 'publicUrl'>,
): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MAX_BODY_WITH_TOKEN,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: LOOK_EVERY_MS },
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    forceCloseConnections: true,
    // Such as of an address that is none, which no hook and no handler sees.
    frameworkErrors: answerError,
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: config.publicUrl?.startsWith('https:')
      ? { maxAge: 31_536_000, includeSubDomains: false }
      : false,
  });
  await app.register(websocket, {
    options: { maxPayload: MAX_SOCKET_MESSAGE, handleProtocols },
    // A frame that breaks the protocol or a limit; ws closes with the code that says which.
    errorHandler: () => {},
  });
  app.addHook('onRequest', cutLoop);
  app.addHook('onRequest', limitAnnounced);
  app.addHook('preParsing', limitReceived);
  app.setErrorHandler(answerError);
  if (config.role !== 'worker') await serveApp(app);
  return app;
}

/** Every delivery carries this name, which admins cannot change: one of our own must not cause the next. */
function cutLoop(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (!request.headers['user-agent']?.startsWith('Hookwatch/')) return done();
  void reply.code(508).send(errorBody('A delivery of Hookwatch cannot be sent to Hookwatch.'));
}

const limitOf = ({ headers }: FastifyRequest): number =>
  /^Bearer /i.test(headers.authorization ?? '') ? MAX_BODY_WITH_TOKEN : MAX_BODY;

const tooLarge = (limit: number): string =>
  `The request is larger than ${limit / 1024} KiB: send fewer events a call.`;

function limitAnnounced(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const limit = limitOf(request);
  if (Number(request.headers['content-length'] ?? 0) <= limit) return done();
  void reply.code(413).send(errorBody(tooLarge(limit)));
}

/** A body in chunks does not announce its length. */
function limitReceived(
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: Readable,
  done: (error: Error | null, payload: Readable) => void,
): void {
  if (request.headers['transfer-encoding'] === undefined) return done(null, payload);
  let rest = limitOf(request);
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      rest -= chunk.length;
      if (rest >= 0) next(null, chunk);
      else next(Object.assign(new Error(tooLarge(limitOf(request))), { statusCode: 413 }));
    },
  });
  done(null, payload.pipe(counted));
}

const errorBody = (message: string): object => ({
  errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }],
});

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  if (status < 500) void reply.code(status).send(errorBody(error.message));
  else {
    request.log.error({ reason: error.message }, 'http.failed');
    void reply.code(500).send({ errors: [{ message: 'Internal error.', extensions: { code: 'INTERNAL' } }] });
  }
}

/** Serves the built client; every path of the app that is no file is its index page. */
async function serveApp(app: FastifyInstance): Promise<void> {
  app.get('/schema.graphql', (_request, reply) =>
    reply
      .type('text/plain; charset=utf-8')
      .send(readFileSync(join(projectRoot, 'schema/schema.graphql'), 'utf8')),
  );
  const root = join(projectRoot, 'dist/client');
  if (existsSync(root))
    await app.register(staticFiles, {
      ...{ root, wildcard: false, index: false, preCompressed: true, cacheControl: false },
      setHeaders(response, path) {
        // The name of an asset changes with its content; everything else is asked for anew.
        const isAsset = path.startsWith(join(root, 'assets'));
        response.setHeader('vary', 'accept-encoding');
        response.setHeader('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  app.setNotFoundHandler((request, reply) => {
    const isPage = ['GET', 'HEAD'].includes(request.method) && request.headers.accept?.includes('text/html');
    if (!isPage || !existsSync(join(root, 'index.html')))
      return reply.code(404).send(errorBody('There is nothing at this address.'));
    return reply.sendFile('index.html', root);
  });
}
