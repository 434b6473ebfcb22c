import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { WebhookProvider } from '../delivery/providers/index.js';
import type { UserErrorItem } from '../errors.js';
import { UserErrorsField } from '../payloads.js';
import { UrlScalar } from '../scalars.js';

@ObjectType({ description: 'What may be told of a secret, which itself is write-only.' })
export class SecretInfo {
  @Field(() => Boolean, { description: 'Whether one is stored.' })
  isSet!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Its last four characters; null when it is shorter than 12.',
  })
  lastFour!: string | null;
}

/** Short secrets tell nothing of themselves: four characters would be too large a part. */
export const secretInfo = (secret: string | null | undefined): SecretInfo => ({
  isSet: secret != null,
  lastFour: secret != null && secret.length >= 12 ? secret.slice(-4) : null,
});

@ObjectType({ description: 'A header that is sent with every request.' })
export class WebhookHeader {
  @Field(() => String, { description: 'As the admin wrote it.' })
  name!: string;

  @Field(() => SecretInfo, { description: 'What may be told of its value.' })
  value!: SecretInfo;
}

@ObjectType('SplunkSettings', { description: 'Optional settings of the Splunk provider.' })
export class SplunkSettingsType {
  @Field(() => String, { nullable: true, description: 'The index events go to; null: the token’s own.' })
  index!: string | null;

  @Field(() => String, { nullable: true, description: 'The events’ source.' })
  source!: string | null;

  @Field(() => String, { nullable: true, description: 'The events’ sourcetype.' })
  sourcetype!: string | null;

  @Field(() => String, { nullable: true, description: 'The events’ host.' })
  host!: string | null;

  @Field(() => Boolean, { description: 'Whether indexer acknowledgment is awaited.' })
  useAck!: boolean;

  @Field(() => Boolean, { description: 'Whether due events go out together.' })
  batch!: boolean;

  @Field(() => Boolean, { description: 'Whether requests go out compressed.' })
  gzip!: boolean;
}

export const ProviderFieldKind = {
  URL: 'URL',
  SECRET: 'SECRET',
  TEXT: 'TEXT',
  BOOLEAN: 'BOOLEAN',
  HEADERS: 'HEADERS',
} as const;
export type ProviderFieldKind = (typeof ProviderFieldKind)[keyof typeof ProviderFieldKind];
registerEnumType(ProviderFieldKind, {
  name: 'ProviderFieldKind',
  description: 'How a provider’s field is entered.',
  valuesConfig: {
    URL: { description: 'An address.' },
    SECRET: { description: 'Write-only text.' },
    TEXT: { description: 'A line of text.' },
    BOOLEAN: { description: 'On or off.' },
    HEADERS: { description: 'Rows of name and write-only value.' },
  },
});

@ObjectType({ description: 'One field of a provider’s form.' })
export class ProviderField {
  @Field(() => String, { description: 'Its path in SaveWebhookInput, such as targetUrl or splunk.index.' })
  name!: string;

  @Field(() => String, { description: 'As the form calls it.' })
  label!: string;

  @Field(() => ProviderFieldKind, { description: 'How it is entered.' })
  kind!: ProviderFieldKind;

  @Field(() => Boolean, { description: 'Whether it must be set.' })
  required!: boolean;

  @Field(() => String, { nullable: true, description: 'One sentence of help.' })
  help?: string | null;

  @Field(() => String, { nullable: true, description: 'An example.' })
  placeholder?: string | null;
}

@ObjectType({ description: 'A kind of receiver and the fields of its form, in order.' })
export class ProviderInfo {
  @Field(() => WebhookProvider, { description: 'The provider.' })
  provider!: WebhookProvider;

  @Field(() => String, { description: 'As the form calls it.' })
  label!: string;

  @Field(() => String, { description: 'One sentence about it.' })
  description!: string;

  @Field(() => [ProviderField], { description: 'What an admin enters.' })
  fields!: ProviderField[];
}

@ObjectType({ description: 'Where deliveries would go for a target URL as it is typed.' })
export class ResolvedTarget {
  @Field(() => UrlScalar, { nullable: true, description: 'The completed URL; null when it is not valid.' })
  resolvedUrl!: string | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}
