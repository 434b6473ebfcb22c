import type { Logger } from '../observability/logger.js';
import type { Attempt } from '../storage/entities/attempt.js';
import { toAttempt, type AttemptSubject } from './attempt-row.js';
import { hintFor, outcomeFor } from './error-classes.js';
import { describe, type Exchange, type HttpRequest } from './exchange.js';
import type { HttpClient } from './http-client.js';
import type { DeliverableEvent, Judgement } from './providers/provider.js';
import type { ClaimedDelivery, RoundEnd } from './queue.js';
import { parseRetryAfter } from './retry-policy.js';
import { nextState } from './states.js';
import type { Target, Targets } from './targets.js';

/** A round's end with its last attempt; null when nothing was sent. */
export interface FinishedRound extends RoundEnd {
  attempt: Attempt | null;
  ownerPath: string;
}

export interface RoundDeps {
  http: HttpClient;
  targets: Targets;
  logger: Logger;
  userAgent: string;
  scheduleMs: readonly number[];
  quickRetries: number;
  /** Takes each attempt that is followed by a quick retry. */
  onRetried: (attempt: Attempt, ownerPath: string) => void;
}

/** Runs rounds: format, send with got's quick retries, judge. A failed request is data, never an exception. */
export interface Rounds {
  run(delivery: ClaimedDelivery): Promise<FinishedRound>;
  /** Sends a test once, outside the queue, to a target that need not be saved. */
  test(event: DeliverableEvent, subject: AttemptSubject, target: Target): Promise<Attempt>;
}

export function createRounds(deps: RoundDeps): Rounds {
  const { http, targets, userAgent } = deps;

  /** An event that cannot be formatted ends alone; the ones behind it go on. */
  function prepare(target: Target, event: DeliverableEvent, attempt: number): HttpRequest {
    const context = { sentAt: new Date(), userAgent };
    try {
      const { headers, body } = target.provider.format([{ ...event, attempt }], target.settings, context);
      return { url: target.resolvedUrl, headers, body };
    } catch (error) {
      const { deliveryId, eventId } = event;
      deps.logger.error({ deliveryId, eventId, reason: (error as Error).message }, 'event.format_failed');
      return { url: target.resolvedUrl, headers: {}, body: '', refusal: describe('FORMAT_FAILED') };
    }
  }

  async function run(delivery: ClaimedDelivery): Promise<FinishedRound> {
    let target = await targets.find(delivery.webhookId);
    if (!target?.active) return unsent(delivery, target);
    const subjectOf = (number: number): AttemptSubject => ({
      deliveryId: delivery.id,
      accountId: delivery.accountId,
      eventType: delivery.eventType,
      number: delivery.attemptCount + number,
      trigger: number === 1 ? delivery.trigger : 'RETRY',
      eventBody: delivery.body,
    });
    const event: DeliverableEvent = {
      eventId: delivery.eventId,
      deliveryId: delivery.id,
      accountId: delivery.accountId,
      occurredAt: new Date(delivery.occurredAt),
      body: delivery.body,
      attempt: delivery.attemptCount + 1,
    };
    const exchange = await http.send(
      async (number) => {
        target = (await targets.find(delivery.webhookId)) ?? target!;
        return prepare(target, event, delivery.attemptCount + number);
      },
      {
        retries: target.throttled ? 0 : deps.quickRetries,
        onRetried: (retried) =>
          deps.onRetried(
            toAttempt(subjectOf(retried.number), target!, retried, judge(target!, retried)),
            target!.ownerPath,
          ),
      },
    );
    const judgement = judge(target, exchange);
    const attempt = toAttempt(subjectOf(exchange.number), target, exchange, judgement);
    const next = nextState(
      delivery.roundCount,
      { outcome: judgement.outcome, gone: judgement.gone ?? false, retryAfterMs: retryAfterOf(exchange) },
      { scheduleMs: deps.scheduleMs, random: Math.random },
    );
    if (next.status === 'PENDING') attempt.nextAttemptAt = new Date(Date.now() + next.delayMs);
    return {
      delivery,
      attempt,
      attempts: exchange.number,
      ownerPath: target.ownerPath,
      outcome: judgement.outcome,
      errorClass: judgement.errorClass,
      hint: judgement.hint,
      next,
    };
  }

  return {
    run,
    async test(event, subject, target) {
      const exchange = await http.send(() => prepare(target, event, 1), { retries: 0 });
      return toAttempt(subject, target, exchange, judge(target, exchange));
    },
  };
}

/** The webhook was switched off or deleted between claim and request: nothing is sent, and its queue is held. */
const unsent = (delivery: ClaimedDelivery, target: Target | null): FinishedRound => ({
  delivery,
  attempt: null,
  attempts: 0,
  ownerPath: target?.ownerPath ?? '',
  outcome: null,
  errorClass: null,
  hint: null,
  next: { status: 'PENDING', delayMs: 0 },
});

function judge(target: Target, { reply, failure }: Exchange): Judgement {
  if (reply && !failure) return target.provider.judge(reply);
  const errorClass = failure?.errorClass ?? 'RESPONSE_MALFORMED';
  return { outcome: outcomeFor(errorClass), errorClass, hint: hintFor(errorClass), hecCode: null };
}

function retryAfterOf({ reply }: Exchange): number | null {
  const header = reply?.headers.find(({ name }) => name.toLowerCase() === 'retry-after');
  return header ? parseRetryAfter(header.value, Date.now()) : null;
}
