import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Entity } from 'typeorm';
import { EventType, eventTypes } from '../../events/event-types.js';
import { CountedBody } from '../../scalars.js';
import { IdColumn, LongTextColumn, TextColumn, TimeColumn } from '../columns.js';
import { Node } from './node.js';

registerEnumType(EventType, {
  name: 'EventType',
  description: 'What was detected on a site.',
  valuesConfig: Object.fromEntries(
    eventTypes.map((entry) => [entry.type, { description: entry.description }]),
  ),
});

@ObjectType({ implements: Node, description: 'One published security event.' })
@Entity('events')
export class Event extends Node {
  @IdColumn('account_id')
  accountId!: string;

  @Field(() => EventType, { description: 'What was detected.' })
  @TextColumn('type')
  type!: EventType;

  @Field(() => Date, { description: 'When it happened, as the publisher says.' })
  @TimeColumn('occurred_at')
  occurredAt!: Date;

  @Field(() => Date, { description: 'When it was published here.' })
  @TimeColumn('received_at')
  receivedAt!: Date;

  @Field(() => String, { nullable: true, description: 'The publisher’s id of the site.' })
  @TextColumn('site_id')
  siteId!: string;

  @Field(() => String, { nullable: true, description: 'The site’s name.' })
  @TextColumn('site_name')
  siteName!: string;

  @Field(() => String, { description: 'The exact text that receivers get.' })
  @CountedBody()
  @LongTextColumn('body')
  body!: string;

  /** The publisher's key for this event; unique in the account. */
  @TextColumn('idempotency_key', { nullable: true })
  idempotencyKey!: string | null;

  /** SHA-256 of what was published under the idempotency key. */
  @TextColumn('idempotency_hash', { nullable: true, length: 64 })
  idempotencyHash!: string | null;
}
