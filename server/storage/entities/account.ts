import { Field, ObjectType } from 'type-graphql';
import { Entity } from 'typeorm';
import { IdColumn, TextColumn, TimeColumn } from '../columns.js';
import { Node } from './node.js';

/** The deepest that accounts nest: a top-level account is at depth 1. */
export const MAX_ACCOUNT_DEPTH = 10;

@ObjectType({ implements: Node, description: 'A customer, or a part of one: accounts form a tree.' })
@Entity('accounts')
export class Account extends Node {
  @IdColumn('parent_id', { nullable: true })
  parentId!: string | null;

  /** The ids from the top-level account down to this one, each followed by a slash. */
  @TextColumn('path', { length: 320 })
  path!: string;

  @Field(() => String, { description: 'At most 100 characters; sent to receivers as account_name.' })
  @TextColumn('name')
  name!: string;

  @Field(() => Date, { description: 'When the account was made.' })
  @TimeColumn('created_at')
  createdAt!: Date;

  @Field(() => Date, {
    nullable: true,
    description: 'When it was deleted; its log can still be read from above. null: it was not.',
  })
  @TimeColumn('deleted_at', { nullable: true })
  deletedAt!: Date | null;
}

/** The ids of an account and all its ancestors, top-level first. */
export const lineageOf = (account: Pick<Account, 'path'>): string[] =>
  account.path.split('/').filter(Boolean);
