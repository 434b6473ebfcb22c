import { Field, ObjectType } from 'type-graphql';
import { Entity } from 'typeorm';
import { JsonScalar } from '../../scalars.js';
import { IdColumn, JsonColumn, TextColumn, TimeColumn } from '../columns.js';
import { Node } from './node.js';

/** Everything that the audit log can tell. */
const auditActions = [
  'instance.set_up',
  'instance.operator_created',
  'instance.operator_removed',
  'instance.backed_up',
  'instance.key_rotated',
  'account.created',
  'account.renamed',
  'account.deleted',
  'member.invited',
  'member.joined',
  'member.role_changed',
  'member.removed',
  'invitation.revoked',
  'user.signed_in',
  'user.signed_out',
  'user.session_revoked',
  'user.password_changed',
  'user.password_reset',
  'api_token.created',
  'api_token.revoked',
  'webhook.created',
  'webhook.updated',
  'webhook.activated',
  'webhook.deactivated',
  'webhook.deleted',
  'webhook.signing_secret_rotated',
  'webhook.tested',
  'webhook.auto_disabled',
  'delivery.retried',
  'replay.started',
  'replay.cancelled',
] as const;
export type AuditAction = (typeof auditActions)[number];

@ObjectType({ implements: Node, description: 'Who changed what, when and from where; never a secret.' })
@Entity('audit_entries')
export class AuditEntry extends Node {
  /** Whose admins may read it; null: the operator only. */
  @IdColumn('account_id', { nullable: true })
  accountId!: string | null;

  @Field(() => Date, { description: 'When.' })
  @TimeColumn('at')
  at!: Date;

  @Field(() => String, { description: 'Who: an email address, the name of a token, or `Hookwatch` itself.' })
  @TextColumn('actor')
  actor!: string;

  @Field(() => String, { description: `What: one of ${auditActions.join(', ')}.` })
  @TextColumn('action')
  action!: AuditAction;

  @Field(() => String, { description: 'The id of what was changed.' })
  @TextColumn('target')
  target!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'What was changed, without secrets.' })
  @JsonColumn('changes', { nullable: true })
  changes!: object | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where the request came from; null for Hookwatch itself.',
  })
  @TextColumn('address', { nullable: true })
  address!: string | null;
}
