import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Entity } from 'typeorm';
import { IdColumn, JsonColumn, TextColumn, TimeColumn } from '../columns.js';
import { Node } from './node.js';

export const TokenScope = {
  READ: 'READ',
  EVENTS_WRITE: 'EVENTS_WRITE',
  WEBHOOKS_WRITE: 'WEBHOOKS_WRITE',
} as const;
export type TokenScope = (typeof TokenScope)[keyof typeof TokenScope];
registerEnumType(TokenScope, {
  name: 'TokenScope',
  description: 'What an API token may do in its account and all accounts below it.',
  valuesConfig: {
    READ: { description: 'Queries and subscriptions.' },
    EVENTS_WRITE: { description: 'Publishing events.' },
    WEBHOOKS_WRITE: {
      description: 'Creating, changing, testing and deleting webhooks; retries and replays.',
    },
  },
});

@ObjectType({ implements: Node, description: 'A key with which a program acts in an account.' })
@Entity('api_tokens')
export class ApiToken extends Node {
  @IdColumn('account_id')
  accountId!: string;

  @Field(() => String, { description: 'What the token is for, at most 100 characters.' })
  @TextColumn('name')
  name!: string;

  @Field(() => [TokenScope], { description: 'What the token may do.' })
  @JsonColumn('scopes')
  scopes!: TokenScope[];

  /** SHA-256 of the token, in hex. */
  @TextColumn('token_hash', { length: 64 })
  tokenHash!: string;

  @Field(() => String, { description: 'The last four characters, to tell tokens apart.' })
  @TextColumn('last_four')
  lastFour!: string;

  @IdColumn('created_by_id', { nullable: true })
  createdById!: string | null;

  @Field(() => Date, { description: 'When the token was made.' })
  @TimeColumn('created_at')
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When the token stops working; null: never.' })
  @TimeColumn('expires_at', { nullable: true })
  expiresAt!: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When the token was last used, to the minute; null: never.',
  })
  @TimeColumn('last_used_at', { nullable: true })
  lastUsedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'When the token was revoked; null: it was not.' })
  @TimeColumn('revoked_at', { nullable: true })
  revokedAt!: Date | null;
}
