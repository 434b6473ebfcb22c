import { Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, JsonColumn, TimeColumn } from '../columns.js';

/** A request that a receiver has taken and not confirmed yet; its deliveries wait. */
@Entity('pending_acks')
export class PendingAck {
  @IdColumn('webhook_id', { primary: true })
  webhookId!: string;

  /** The receiver's numbers count within it. */
  @PrimaryColumn({ name: 'channel', type: 'varchar', length: 36 })
  channel!: string;

  @PrimaryColumn({ name: 'ack_id', type: 'bigint' })
  ackId!: number;

  @JsonColumn('delivery_ids')
  deliveryIds!: string[];

  @TimeColumn('next_poll_at')
  nextPollAt!: Date;

  /** When its deliveries are sent again. */
  @TimeColumn('expires_at')
  expiresAt!: Date;
}
