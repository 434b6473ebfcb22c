import { Field, ObjectType } from 'type-graphql';
import { Entity } from 'typeorm';
import { BooleanColumn, TextColumn, TimeColumn } from '../columns.js';
import { Node } from './node.js';

@ObjectType({ implements: Node, description: 'A person who signs in.' })
@Entity('users')
export class User extends Node {
  @Field(() => String, { description: 'In lower case; unique.' })
  @TextColumn('email')
  email!: string;

  @Field(() => String, { description: 'As the person is shown to others, at most 100 characters.' })
  @TextColumn('name')
  name!: string;

  /** Argon2id in PHC format. */
  @TextColumn('password_hash')
  passwordHash!: string;

  /** Set up the instance: manages top-level accounts and users, and sees every account. */
  @BooleanColumn('is_operator')
  isOperator!: boolean;

  @Field(() => Date, { description: 'When the person joined.' })
  @TimeColumn('created_at')
  createdAt!: Date;
}
