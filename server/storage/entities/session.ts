import { Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, TextColumn, TimeColumn } from '../columns.js';

@Entity('sessions')
export class Session {
  /** SHA-256 of the cookie's value, in hex. */
  @PrimaryColumn({ name: 'token_hash', type: 'varchar', length: 64 })
  tokenHash!: string;

  @IdColumn('user_id')
  userId!: string;

  @TextColumn('address')
  address!: string;

  @TextColumn('user_agent')
  userAgent!: string;

  @TimeColumn('created_at')
  createdAt!: Date;

  @TimeColumn('last_seen_at')
  lastSeenAt!: Date;
}
