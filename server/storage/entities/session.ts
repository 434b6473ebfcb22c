import { Field, ID, ObjectType } from 'type-graphql';
import { Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, TextColumn, TimeColumn } from '../columns.js';

@ObjectType({ description: 'A browser in which somebody is signed in.' })
@Entity('sessions')
export class Session {
  /** SHA-256 of the cookie's value, in hex. */
  @PrimaryColumn({ name: 'token_hash', type: 'varchar', length: 64 })
  tokenHash!: string;

  @Field(() => ID, { description: 'To end it with; worth nothing as a cookie.' })
  @IdColumn('id')
  id!: string;

  @IdColumn('user_id')
  userId!: string;

  @Field(() => String, { description: 'The network address of the sign-in.' })
  @TextColumn('address')
  address!: string;

  @Field(() => String, { description: 'What the browser said that it is, at most 200 characters.' })
  @TextColumn('user_agent')
  userAgent!: string;

  @Field(() => Date, { description: 'When the person signed in.' })
  @TimeColumn('created_at')
  createdAt!: Date;

  @Field(() => Date, { description: 'When it was last used, to the minute.' })
  @TimeColumn('last_seen_at')
  lastSeenAt!: Date;
}
