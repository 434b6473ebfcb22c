import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { AccountResolver } from './accounts/account.resolver.js';
import { AuditResolver } from './accounts/audit.resolver.js';
import { MemberResolver } from './accounts/member.resolver.js';
import { createAccess } from './auth/access.js';
import { actorOf } from './auth/actor.js';
import { AuthResolver } from './auth/auth.resolver.js';
import { sessionCookie } from './auth/cookie.js';
import type { Principal } from './auth/principal.js';
import { nameless, rightsKey } from './auth/rights.js';
import { AccountInvitationsResolver, InvitationResolver } from './auth/invitation.resolver.js';
import { SessionResolver, ViewerSessionsResolver } from './auth/session.resolver.js';
import { AccountTokensResolver, TokenResolver } from './auth/token.resolver.js';
import { version, type Config } from './config.js';
import type { Context } from './context.js';
import { createBodyLimit, createDocumentLimits, firstErrors } from './document-limits.js';
import { AttemptResolver } from './delivery/attempt.resolver.js';
import {
  DeliveryResolver,
  EventDeliveriesResolver,
  WebhookDeliveriesResolver,
} from './delivery/delivery.resolver.js';
import { WebhookStatisticsResolver } from './delivery/statistics.resolver.js';
import { ReplayResolver } from './delivery/replay.resolver.js';
import { EventResolver } from './events/event.resolver.js';
import { createErrorFormat, serveGraphql } from './graphql.js';
import { createHttp } from './http.js';
import { LiveResolver } from './live/live.resolver.js';
import { serveWebSocket } from './live/websocket.js';
import { NodeResolver } from './node.resolver.js';
import { serveHealth } from './observability/health.js';
import { createLogger, type Logger } from './observability/logger.js';
import { createMetrics, serveMetrics } from './observability/metrics.js';
import { createSchema, type ResolverClass } from './schema.js';
import { createServices, type Services } from './services.js';
import { openStorage, type Storage } from './storage/data-source.js';
import { WebhookFieldsResolver } from './webhooks/webhook-fields.resolver.js';
import { WebhookResolver } from './webhooks/webhook.resolver.js';

/** A running Hookwatch. */
export interface HookwatchServer {
  /** Such as http://localhost:4000. */
  url: string;
  /** The one-time link that sets the instance up; null once it is. */
  setupUrl: string | null;
  /** Stops accepting, ends what is under way within the grace period, closes everything. */
  dispose(): Promise<void>;
}

/** Opens the database, starts to deliver and to serve; `logger` is for embedding, as in tests. */
export async function createServer(
  config: Config,
  logger: Logger = createLogger(config.logLevel),
): Promise<HookwatchServer> {
  const metrics = createMetrics();
  const storage = await openStorage({ ...config, onFailure: metrics.databaseFailed });
  const services = createServices(config, storage, logger, metrics);
  const app = await createHttp(config);
  async function dispose(): Promise<void> {
    services.live.dispose();
    await app.close();
    await services.engine.dispose();
    await storage.dispose();
    metrics.dispose();
  }
  try {
    const url = await serve(app, config, storage, services, logger);
    const setupUrl = config.role === 'worker' ? null : await openSetup(config, services, url);
    services.engine.start();
    return { url, setupUrl, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function serve(
  app: FastifyInstance,
  config: Config,
  storage: Storage,
  services: Services,
  logger: Logger,
): Promise<string> {
  let publicUrl = config.publicUrl;
  serveHealth(app, storage.ping);
  const { metrics, readings, mayReadMetrics } = services;
  serveMetrics(app, { metrics, read: readings, isAllowed: mayReadMetrics });
  if (config.role !== 'worker') await serveApi(app, config, storage, services, logger, () => publicUrl ?? '');
  await app.listen({ port: config.port, host: config.host });
  const { port } = app.server.address() as AddressInfo;
  publicUrl ??= `http://localhost:${port}`;
  return publicUrl;
}

async function serveApi(
  app: FastifyInstance,
  config: Config,
  storage: Storage,
  services: Services,
  logger: Logger,
  publicOrigin: () => string,
): Promise<void> {
  const { authenticator, live, replayProgress, webhookHealth } = services;
  const formatError = createErrorFormat(logger);
  await app.register(cookie);
  const schema = await createSchema(createResolvers(config, services));
  const limits = createDocumentLimits({ schema, introspection: config.introspection });
  const contextOf = (
    principal: Principal,
    request: Context['request'],
    session: Context['session'],
  ): Context => ({
    access: createAccess(principal, storage),
    live,
    get actor() {
      return actorOf(this.access.principal, this.request.address);
    },
    publicUrl: publicOrigin(),
    countBody: createBodyLimit(),
    replayProgress,
    webhookHealth,
    ...{ request, session },
  });
  const cookies = sessionCookie(publicOrigin);
  const identify = (
    request: FastifyRequest,
    authorization = request.headers.authorization,
  ): Promise<Principal> =>
    authenticator.authenticate({ authorization, sessionCookie: cookies.read(request) });

  await serveGraphql(app, {
    schema,
    introspection: config.introspection,
    limits,
    formatError,
    contextOf: async (request: FastifyRequest, reply: FastifyReply) =>
      contextOf(await identify(request), senderOf(request), cookies.writer(reply)),
  });
  serveWebSocket(app, {
    schema,
    publicOrigin,
    authenticate: identify,
    refresh: authenticator.refresh,
    contextOf: (principal, request) => contextOf(principal, senderOf(request), cookies.readOnly),
    rightsOf: ({ access: { principal } }) => ({
      key: rightsKey(principal),
      context: contextOf(nameless(principal), { address: '', userAgent: '' }, cookies.readOnly),
    }),
    admit: limits.admit,
    formatErrors: (errors) =>
      firstErrors(errors).map((error) => {
        const { message, extensions, path } = formatError(error);
        return new GraphQLError(message, { extensions, path });
      }),
  });
}

const senderOf = ({ ip, headers }: FastifyRequest): Context['request'] => ({
  address: ip,
  userAgent: headers['user-agent'] ?? '',
});

/** Makes the operator that is configured, or a link for whoever sets the instance up. */
async function openSetup(
  { adminEmail, adminPassword }: Config,
  { auth }: Services,
  url: string,
): Promise<string | null> {
  if (adminEmail !== null && adminPassword !== null) {
    const name = adminEmail.split('@')[0] ?? adminEmail;
    await auth.ensureOperator({
      email: adminEmail,
      password: adminPassword,
      name,
      accountName: 'My company',
    });
    return null;
  }
  const token = await auth.createSetupToken();
  return token && `${url}/setup?token=${token}`;
}

function createResolvers(config: Config, services: Services): Map<ResolverClass, object> {
  const {
    accounts,
    audit,
    auth,
    authenticator,
    catalogue,
    deliveries,
    events,
    health,
    invitations,
    members,
    sessions,
    replays,
    settingsOf,
    statistics,
    tokens,
    webhooks,
  } = services;
  const about = { version, demo: config.demo };
  const instances = [
    new AccountResolver(accounts),
    new AccountInvitationsResolver(invitations),
    new AccountTokensResolver(tokens),
    new AttemptResolver(deliveries, events.find),
    new AuditResolver(audit),
    new AuthResolver(auth, authenticator, invitations, about),
    new DeliveryResolver(deliveries, events.find),
    new EventDeliveriesResolver(deliveries),
    new EventResolver(events, catalogue),
    new InvitationResolver(invitations),
    new LiveResolver(),
    new MemberResolver(members),
    new NodeResolver(services),
    new SessionResolver(sessions),
    new ReplayResolver(replays),
    new TokenResolver(tokens),
    new ViewerSessionsResolver(sessions),
    new WebhookDeliveriesResolver(deliveries),
    new WebhookFieldsResolver(health, settingsOf),
    new WebhookResolver(webhooks, config.egressAddresses),
    new WebhookStatisticsResolver(statistics),
  ];
  return new Map(instances.map((instance) => [instance.constructor as ResolverClass, instance]));
}
