import 'reflect-metadata';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { buildSchema, type NonEmptyArray, type PubSub } from 'type-graphql';
import { AccountResolver } from './accounts/account.resolver.js';
import { AuditResolver } from './accounts/audit.resolver.js';
import { MemberResolver } from './accounts/member.resolver.js';
import { AuthResolver } from './auth/auth.resolver.js';
import { AccountInvitationsResolver, InvitationResolver } from './auth/invitation.resolver.js';
import { SessionResolver, ViewerSessionsResolver } from './auth/session.resolver.js';
import { AccountTokensResolver, TokenResolver } from './auth/token.resolver.js';
import { AttemptResolver } from './delivery/attempt.resolver.js';
import {
  DeliveryResolver,
  EventDeliveriesResolver,
  WebhookDeliveriesResolver,
} from './delivery/delivery.resolver.js';
import { WebhookStatisticsResolver } from './delivery/statistics.resolver.js';
import { ReplayResolver } from './delivery/replay.resolver.js';
import { EventResolver } from './events/event.resolver.js';
import { LiveResolver } from './live/live.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { DateTimeScalar } from './scalars.js';
import { WebhookFieldsResolver } from './webhooks/webhook-fields.resolver.js';
import { WebhookResolver } from './webhooks/webhook.resolver.js';

/** A class whose instances answer fields. */
export type ResolverClass = new (...dependencies: never[]) => object;

/** Every resolver; each instance is made by the composition root. */
const resolverClasses: NonEmptyArray<ResolverClass> = [
  AccountResolver,
  AccountInvitationsResolver,
  AccountTokensResolver,
  AttemptResolver,
  AuditResolver,
  AuthResolver,
  DeliveryResolver,
  EventDeliveriesResolver,
  EventResolver,
  InvitationResolver,
  LiveResolver,
  MemberResolver,
  NodeResolver,
  SessionResolver,
  ReplayResolver,
  TokenResolver,
  ViewerSessionsResolver,
  WebhookDeliveriesResolver,
  WebhookFieldsResolver,
  WebhookResolver,
  WebhookStatisticsResolver,
];

/** Our streams name their own source; nothing is published here. */
const noPubSub: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('Every subscription names its own source.');
  },
};

/** Builds the schema around resolver instances, found by their class. */
export async function createSchema(instances: ReadonlyMap<ResolverClass, object>): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: resolverClasses,
    container: { get: (someClass: ResolverClass) => instances.get(someClass) },
    scalarsMap: [{ type: Date, scalar: DateTimeScalar }],
    pubSub: noPubSub,
    validate: false,
  });
  describeRoots(schema);
  return lexicographicSortSchema(schema);
}

/** TypeGraphQL makes the root types itself, and takes no description of them. */
const rootDescriptions = {
  Query: 'What can be read.',
  Mutation: 'What can be done; an answer’s userErrors say what the caller can correct.',
  Subscription: 'What is told as it happens, over a WebSocket.',
};

function describeRoots(schema: GraphQLSchema): void {
  for (const [name, description] of Object.entries(rootDescriptions))
    schema.getType(name)!.description = description;
}

/** The schema as text, as it is checked in at schema/schema.graphql. */
export const printSdl = (schema: GraphQLSchema): string => `${printSchema(schema)}\n`;
