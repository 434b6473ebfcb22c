import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { WebhookProvider } from '../delivery/providers/index.js';
import type { UserErrorItem } from '../errors.js';
import { EventType } from '../events/event-types.js';
import { UserErrorsField } from '../payloads.js';
import { Attempt } from '../storage/entities/attempt.js';
import { Webhook } from '../storage/entities/webhook.js';

@InputType({
  description: 'A header to send. An omitted value keeps the stored value of the header with this name.',
})
export class WebhookHeaderInput {
  @Field(() => String, { description: 'An HTTP token, at most 128 bytes; each name once.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Printable ASCII, at most 4,096 bytes.' })
  value?: string | null;
}

@InputType({ description: 'Optional settings of the Splunk provider; omitted keeps, null clears.' })
export class SplunkSettingsInput {
  @Field(() => String, { nullable: true, description: 'The index events go to; default: the token’s own.' })
  index?: string | null;

  @Field(() => String, { nullable: true, description: 'The events’ source.' })
  source?: string | null;

  @Field(() => String, { nullable: true, description: 'The events’ sourcetype.' })
  sourcetype?: string | null;

  @Field(() => String, { nullable: true, description: 'The events’ host.' })
  host?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether to wait for indexer acknowledgment; default false.',
  })
  useAck?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether due events go out together; default true.' })
  batch?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether requests go out as gzip; default false.' })
  gzip?: boolean | null;
}

@InputType({
  description:
    'What to create (no id) or change (id and expectedVersion); an omitted field keeps what is stored.',
})
export class SaveWebhookInput {
  @Field(() => ID, { nullable: true, description: 'The webhook to change; omitted: create one.' })
  id?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the change starts from; required with id.',
  })
  expectedVersion?: number | null;

  @Field(() => ID, { nullable: true, description: 'The account to create it in; required without id.' })
  accountId?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters; default: the provider’s label.' })
  name?: string | null;

  @Field(() => WebhookProvider, { nullable: true, description: 'Required on creation.' })
  provider?: WebhookProvider | null;

  @Field(() => String, {
    nullable: true,
    description: 'http or https; required on creation. At most 2,048 characters.',
  })
  targetUrl?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Default true.' })
  active?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Default false; only for accounts with children.' })
  includeChildAccounts?: boolean | null;

  @Field(() => [EventType], { nullable: true, description: 'At least one; default on creation: all.' })
  eventTypes?: EventType[] | null;

  @Field(() => String, { nullable: true, description: 'Splunk: the HEC token. Omitted keeps, null clears.' })
  secretKey?: string | null;

  @Field(() => [WebhookHeaderInput], {
    nullable: true,
    description: 'Custom: all headers, in order; at most 32.',
  })
  headers?: WebhookHeaderInput[] | null;

  @Field(() => SplunkSettingsInput, { nullable: true, description: 'Splunk: optional settings.' })
  splunk?: SplunkSettingsInput | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Most requests per second, 0.01 to 10,000; null: no limit.',
  })
  requestsPerSecond?: number | null;
}

@ObjectType({ description: 'The answer to a change of a webhook.' })
export class SaveWebhookPayload {
  @Field(() => Webhook, { nullable: true, description: 'As it is stored now; null on failure.' })
  webhook!: Webhook | null;

  @Field(() => String, {
    nullable: true,
    description: 'Once, on creation of a Custom webhook: its whsec_ secret.',
  })
  signingSecret?: string | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}

export const QueuedWork = { RESUME: 'RESUME', DISCARD: 'DISCARD' } as const;
export type QueuedWork = (typeof QueuedWork)[keyof typeof QueuedWork];
registerEnumType(QueuedWork, {
  name: 'QueuedWork',
  description: 'What becomes of held deliveries when a webhook is switched on.',
  valuesConfig: {
    RESUME: { description: 'They are delivered now.' },
    DISCARD: { description: 'They are cancelled.' },
  },
});

@InputType({ description: 'Switches a webhook on or off.' })
export class SetWebhookActiveInput {
  @Field(() => ID, { description: 'The webhook.' })
  id!: string;

  @Field(() => Boolean, { description: 'Whether it sends.' })
  active!: boolean;

  @Field(() => QueuedWork, {
    nullable: true,
    defaultValue: QueuedWork.RESUME,
    description: 'What to do with held deliveries on activation.',
  })
  queued?: QueuedWork | null;
}

@InputType({ description: 'Deletes a webhook; what waits for it is cancelled, its log stays.' })
export class DeleteWebhookInput {
  @Field(() => ID, { description: 'The webhook.' })
  id!: string;
}

@InputType({
  description: 'Replaces a webhook’s signing secret; the old one also signs for another 24 hours.',
})
export class RotateSigningSecretInput {
  @Field(() => ID, { description: 'A Custom webhook.' })
  id!: string;
}

@ObjectType({ description: 'The answer to a rotation.' })
export class RotateSigningSecretPayload {
  @Field(() => Webhook, { nullable: true, description: 'The webhook; null on failure.' })
  webhook!: Webhook | null;

  @Field(() => String, { nullable: true, description: 'The new whsec_ secret, shown once.' })
  signingSecret!: string | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}

@InputType({
  description: 'What to test: a stored webhook, a draft, or a stored webhook with a draft’s changes.',
})
export class TestWebhookInput {
  @Field(() => ID, { nullable: true, description: 'The stored webhook.' })
  webhookId?: string | null;

  @Field(() => SaveWebhookInput, {
    nullable: true,
    description: 'Unsaved values, as saveWebhook would take them.',
  })
  draft?: SaveWebhookInput | null;

  @Field(() => EventType, { description: 'The type whose sample is sent.' })
  eventType!: EventType;
}

@ObjectType({ description: 'The answer to a test.' })
export class TestWebhookPayload {
  @Field(() => Attempt, { nullable: true, description: 'The whole attempt; null when nothing was sent.' })
  attempt!: Attempt | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}
