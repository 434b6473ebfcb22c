import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Entity } from 'typeorm';
import { providers, WebhookProvider } from '../../delivery/providers/index.js';
import type { SplunkSettings } from '../../delivery/providers/provider.js';
import { EventType } from '../../events/event-types.js';
import {
  BooleanColumn,
  FloatColumn,
  IdColumn,
  IntegerColumn,
  JsonColumn,
  LongTextColumn,
  TextColumn,
  TimeColumn,
} from '../columns.js';
import { Node } from './node.js';

registerEnumType(WebhookProvider, {
  name: 'WebhookProvider',
  description: 'The kind of receiver a webhook delivers to.',
  valuesConfig: Object.fromEntries(
    Object.values(providers).map((provider) => [provider.id, { description: provider.description }]),
  ),
});

/** A header an admin set; the value is encrypted. */
export interface StoredHeader {
  name: string;
  value: string;
}

@ObjectType({
  implements: Node,
  description: 'A configured integration of an account: where its events go, and which.',
})
@Entity('webhooks')
export class Webhook extends Node {
  @IdColumn('account_id')
  accountId!: string;

  @Field(() => String, { description: 'As admins call it, at most 100 characters.' })
  @TextColumn('name')
  name!: string;

  @Field(() => WebhookProvider, { description: 'Decides how requests are formatted and replies judged.' })
  @TextColumn('provider')
  provider!: WebhookProvider;

  @LongTextColumn('target_url')
  targetUrl!: string;

  @Field(() => Boolean, {
    description: 'While false nothing is sent and new events make no deliveries; what was queued is held.',
  })
  @BooleanColumn('active')
  active!: boolean;

  @Field(() => Boolean, {
    description: 'Also send events of all descendant accounts; only settable while the account has children.',
  })
  @BooleanColumn('include_child_accounts')
  includeChildAccounts!: boolean;

  @Field(() => [EventType], { description: 'The types of events that are sent.' })
  @JsonColumn('event_types')
  eventTypes!: EventType[];

  /** Encrypted; null when not set. */
  @LongTextColumn('secret_key', { nullable: true })
  secretKey!: string | null;

  /** In the admin's order; values encrypted. */
  @JsonColumn('headers')
  storedHeaders!: StoredHeader[];

  /** Encrypted `whsec_` secret; null for providers that do not sign. */
  @LongTextColumn('signing_secret', { nullable: true })
  signingSecret!: string | null;

  /** Encrypted; still signs until `previousSigningSecretUntil`. */
  @LongTextColumn('previous_signing_secret', { nullable: true })
  previousSigningSecret!: string | null;

  @TimeColumn('previous_signing_secret_until', { nullable: true })
  previousSigningSecretUntil!: Date | null;

  /** The provider's optional settings, by the last part of their field name. */
  @JsonColumn('settings')
  settings!: SplunkSettings;

  @Field(() => Float, {
    nullable: true,
    description: 'Most requests per second, over all workers; null: no limit.',
  })
  @FloatColumn('requests_per_second', { nullable: true })
  requestsPerSecond!: number | null;

  @Field(() => Int, { description: 'Counts changes; a save names the version it started from.' })
  @IntegerColumn('version')
  version!: number;

  @Field(() => Date, { description: 'When the webhook was made.' })
  @TimeColumn('created_at')
  createdAt!: Date;

  @Field(() => Date, { description: 'When the webhook was last changed.' })
  @TimeColumn('updated_at')
  updatedAt!: Date;

  /** A deleted webhook stays for its log, without its secrets. */
  @TimeColumn('deleted_at', { nullable: true })
  deletedAt!: Date | null;
}
