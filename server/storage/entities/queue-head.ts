import { Entity, PrimaryColumn } from 'typeorm';
import { FloatColumn, IntegerColumn, LongTextColumn, TextColumn, TimeColumn } from '../columns.js';

/** Why a webhook's queue is held: it waits for a person. */
export type HoldReason = 'INACTIVE' | 'MISCONFIGURED' | 'AUTO_DISABLED';

/** What a deleted webhook's queue is held for, for ever: all that waits in it is cancelled. */
export const DELETED = 'DELETED';

/** The head of one webhook's queue, and how its receiver fares: what workers share about a webhook. */
@Entity('queues')
export class QueueHead {
  @PrimaryColumn({ name: 'webhook_id', type: 'varchar', length: 30 })
  webhookId!: string;

  /** When this queue is worth a claim; null: nothing is due, or the queue is held. */
  @TimeColumn('next_due_at', { nullable: true })
  nextDueAt!: Date | null;

  @TextColumn('hold_reason', { nullable: true, length: 20 })
  holdReason!: HoldReason | typeof DELETED | null;

  /** When what was held last was discarded, while some of it still has to be cancelled. */
  @TimeColumn('discarded_at', { nullable: true })
  discardedAt!: Date | null;

  /** Since when deliveries have still to follow what was decided of their queue; null: they do. */
  @TimeColumn('settling_since', { nullable: true })
  settlingSince!: Date | null;

  /** Rounds in a row that failed; 0 after a success. */
  @IntegerColumn('consecutive_failures')
  consecutiveFailures!: number;

  /** When the first of these rounds failed, or when the queue was held. */
  @TimeColumn('failing_since', { nullable: true })
  failingSince!: Date | null;

  @TextColumn('error_class', { nullable: true })
  errorClass!: string | null;

  @LongTextColumn('hint', { nullable: true })
  hint!: string | null;

  /** While the circuit is open: when the next probe may be sent. */
  @TimeColumn('probe_at', { nullable: true })
  probeAt!: Date | null;

  /** Milliseconds between requests of a throttled webhook. */
  @FloatColumn('interval_ms', { nullable: true })
  intervalMs!: number | null;

  /** When the next request of a throttled webhook may go out. */
  @TimeColumn('throttle_at', { nullable: true })
  throttleAt!: Date | null;
}
