import { Field, ObjectType } from 'type-graphql';
import { Entity } from 'typeorm';
import { IdColumn, TextColumn, TimeColumn } from '../columns.js';
import { Role } from './membership.js';
import { Node } from './node.js';

@ObjectType({ implements: Node, description: 'A one-time link with which somebody may join an account.' })
@Entity('invitations')
export class Invitation extends Node {
  @IdColumn('account_id')
  accountId!: string;

  @Field(() => String, { description: 'Who is invited, in lower case.' })
  @TextColumn('email')
  email!: string;

  @Field(() => Role, { description: 'The role that it gives.' })
  @TextColumn('role')
  role!: Role;

  /** SHA-256 of the link's token, in hex. */
  @TextColumn('token_hash', { length: 64 })
  tokenHash!: string;

  /** Who made it, and must still be an admin when it is accepted. */
  @IdColumn('invited_by_id')
  invitedById!: string;

  @Field(() => Date, { description: 'When it was made.' })
  @TimeColumn('created_at')
  createdAt!: Date;

  @Field(() => Date, { description: 'When it stops working: 7 days after it was made.' })
  @TimeColumn('expires_at')
  expiresAt!: Date;
}
