import { Entity, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../columns.js';

/** The one-time link that opens a new instance; the newest is valid, until somebody has used it. */
@Entity('setup_links')
export class SetupLink {
  /** SHA-256 of the link's token, in hex. */
  @PrimaryColumn({ name: 'token_hash', type: 'varchar', length: 64 })
  tokenHash!: string;

  @TimeColumn('created_at')
  createdAt!: Date;
}
