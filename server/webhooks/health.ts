import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Storage } from '../storage/data-source.js';
import { DELETED, QueueHead } from '../storage/entities/queue-head.js';
import type { Webhook } from '../storage/entities/webhook.js';

export const WebhookHealthState = {
  HEALTHY: 'HEALTHY',
  FAILING: 'FAILING',
  MISCONFIGURED: 'MISCONFIGURED',
  AUTO_DISABLED: 'AUTO_DISABLED',
  INACTIVE: 'INACTIVE',
} as const;
export type WebhookHealthState = (typeof WebhookHealthState)[keyof typeof WebhookHealthState];
registerEnumType(WebhookHealthState, {
  name: 'WebhookHealthState',
  description: 'How a webhook fares.',
  valuesConfig: {
    HEALTHY: { description: 'The last round succeeded, or none has run yet.' },
    FAILING: { description: 'Rounds fail; retries go on.' },
    MISCONFIGURED: { description: 'It cannot work until a person changes it; its queue is held.' },
    AUTO_DISABLED: { description: 'The receiver is gone, or failed for too long; its queue is held.' },
    INACTIVE: { description: 'Switched off by a person; its queue is held.' },
  },
});

@ObjectType({ description: 'How a webhook fares, and what waits for it.' })
export class WebhookHealth {
  @Field(() => WebhookHealthState, { description: 'The state in one word.' })
  state!: WebhookHealthState;

  @Field(() => String, { nullable: true, description: 'The last failure’s error class; null when healthy.' })
  reason!: string | null;

  @Field(() => String, { nullable: true, description: 'What to do about it, one sentence.' })
  hint!: string | null;

  @Field(() => Date, {
    nullable: true,
    description: 'Since when it has been failing or held; null when healthy.',
  })
  since!: Date | null;

  @Field(() => Int, { description: 'Rounds in a row that failed.' })
  consecutiveFailures!: number;

  @Field(() => Date, {
    nullable: true,
    description: 'When it is disabled unless a delivery succeeds before.',
  })
  autoDisableAt!: Date | null;

  @Field(() => Int, {
    description: 'Deliveries that wait for a person; where more than 10,000 wait, as of some seconds ago.',
  })
  heldDeliveries!: number;

  @Field(() => Int, {
    description:
      'Deliveries that are due or wait for a retry; where more than 10,000 wait, as of some seconds ago.',
  })
  pendingDeliveries!: number;

  @Field(() => Date, { nullable: true, description: 'When the oldest pending delivery was queued.' })
  oldestPendingAt!: Date | null;
}

export interface HealthService {
  healthOf(webhook: Webhook): Promise<WebhookHealth>;
  /** Of each webhook of an account something that differs when its health or its settings do, by its id. */
  standings(accountId: string): Promise<Map<string, string>>;
}

export interface HealthServiceDeps {
  storage: Storage;
  autoDisableAfterMs: number;
  /** What waits for a webhook. */
  waitingOf: (webhookId: string) => Promise<{ pending: number; held: number; oldestPendingAt: Date | null }>;
}

export function createHealthService({
  storage,
  autoDisableAfterMs,
  waitingOf,
}: HealthServiceDeps): HealthService {
  return {
    async healthOf(webhook) {
      const head = await storage.read.findOneBy(QueueHead, { webhookId: webhook.id });
      const { pending, held, oldestPendingAt } = await waitingOf(webhook.id);
      const state = stateOf(webhook, head);
      const healthy = state === 'HEALTHY';
      return {
        state,
        reason: healthy ? null : (head?.errorClass ?? null),
        hint: healthy ? null : (head?.hint ?? null),
        since: healthy ? null : (head?.failingSince ?? null),
        consecutiveFailures: head?.consecutiveFailures ?? 0,
        autoDisableAt:
          state === 'FAILING' && head?.failingSince
            ? new Date(head.failingSince.getTime() + autoDisableAfterMs)
            : null,
        heldDeliveries: held,
        pendingDeliveries: pending,
        oldestPendingAt,
      };
    },
    async standings(accountId) {
      const rows = await storage.read.query<Array<{ id: string }>>(
        `select w.id, w.version, w.active, q.hold_reason, q.consecutive_failures, q.failing_since, q.error_class
          from webhooks w join queues q on q.webhook_id = w.id
          where w.account_id = ? and w.deleted_at is null order by w.id`,
        [accountId],
      );
      return new Map(rows.map((row) => [row.id, JSON.stringify(row)]));
    },
  };
}

function stateOf(webhook: Webhook, head: QueueHead | null): WebhookHealthState {
  if (!webhook.active || head?.holdReason === DELETED) return 'INACTIVE';
  if (head?.holdReason) return head.holdReason;
  return head && head.consecutiveFailures > 0 ? 'FAILING' : 'HEALTHY';
}
