import { Field, ObjectType } from 'type-graphql';
import { Entity } from 'typeorm';
import { JsonScalar } from '../../scalars.js';
import { IdColumn, JsonColumn, TextColumn, TimeColumn } from '../columns.js';
import { Node } from './node.js';

@ObjectType({ implements: Node, description: 'Who changed what, when and from where; never a secret.' })
@Entity('audit_entries')
export class AuditEntry extends Node {
  @IdColumn('account_id')
  accountId!: string;

  @Field(() => Date, { description: 'When.' })
  @TimeColumn('at')
  at!: Date;

  @Field(() => String, { description: 'Who: an email address, the name of a token, or `Hookwatch` itself.' })
  @TextColumn('actor')
  actor!: string;

  @Field(() => String, { description: 'What, such as webhook.auto_disabled.' })
  @TextColumn('action')
  action!: string;

  @Field(() => String, { description: 'The id of what was changed.' })
  @TextColumn('target')
  target!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'What was changed, without secrets.' })
  @JsonColumn('changes', { nullable: true })
  changes!: Record<string, unknown> | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where the request came from; null for Hookwatch itself.',
  })
  @TextColumn('address', { nullable: true })
  address!: string | null;
}
