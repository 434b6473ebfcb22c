import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { toAttempt, toAttempts, type AttemptSubject, type NewAttempt } from './attempt-row.js';
import { byEventTime, sizeOf, type RequestSize } from './batches.js';
import { hintFor, outcomeFor } from './error-classes.js';
import { describe, type Exchange, type HttpReply, type HttpRequest } from './exchange.js';
import type { HttpClient } from './http-client.js';
import type { DeliverableEvent, FormattedRequest, Judgement } from './providers/provider.js';
import type { Ack, ClaimedDelivery, RoundEnd } from './queue.js';
import { parseRetryAfter } from './retry-policy.js';
import type { Scrubber } from './scrubber.js';
import { nextState } from './states.js';
import type { Target } from './target.js';
import { verdictOf } from './verdicts.js';

/** A round's end with its last attempt; null when nothing was sent. */
export interface FinishedRound extends RoundEnd {
  attempt: NewAttempt | null;
  ownerPath: string;
  /** It was delivered, and the receiver asks for fewer. */
  slowDown: boolean;
}

export interface RoundDeps {
  http: HttpClient;
  /** The webhook as saved last, before it is tried again; null when it is deleted. */
  findTarget: (webhookId: string) => Promise<Target | null>;
  /** Logs a defect of ours. */
  logError: (fields: object, message: string) => void;
  userAgent: string;
  scheduleMs: readonly number[];
  ackTimeoutMs: number;
  quickRetries: number;
  /** Takes the attempts that are followed by another one in the same round. */
  onRetried: (attempts: readonly NewAttempt[], ownerPath: string) => void;
  /** The receiver of a webhook found a request too large. */
  onTooLarge: (webhookId: string, size: RequestSize) => void;
}

/** Runs rounds: format, send with got's quick retries, judge. A failed request is data, never an exception. */
export interface Rounds {
  /** Sends deliveries of one webhook, in one request unless the receiver asks for more; answers how each one ended. */
  run(target: Target, deliveries: readonly ClaimedDelivery[]): Promise<FinishedRound[]>;
  /** Sends a test once, outside the queue, to a target that need not be saved. */
  test(event: DeliverableEvent, subject: AttemptSubject, target: Target): Promise<NewAttempt>;
}

const pack = promisify<string, { level: number }, Buffer>(gzip);

export function createRounds(deps: RoundDeps): Rounds {
  const { http, userAgent } = deps;

  /** An event that cannot be formatted ends alone; the ones behind it go on. */
  async function prepare(target: Target, events: readonly DeliverableEvent[]): Promise<HttpRequest> {
    const url = target.resolvedUrl;
    let formatted: FormattedRequest;
    try {
      formatted = target.provider.format(events, target.settings, { sentAt: new Date(), userAgent });
    } catch (error) {
      const ids = events.map(({ deliveryId, eventId }) => ({ deliveryId, eventId }));
      deps.logError({ events: ids, reason: (error as Error).message }, 'event.format_failed');
      return { url, headers: {}, body: '', refusal: describe('FORMAT_FAILED') };
    }
    const { headers, body } = formatted;
    if (!formatted.gzip) return { url, headers, body };
    return { url, headers, body: await pack(body, { level: constants.Z_BEST_SPEED }), unpackedBody: body };
  }

  /** Sends deliveries in one request; `before` counts those that the round has made with them already. */
  async function send(
    first: Target,
    deliveries: readonly ClaimedDelivery[],
    before: number,
  ): Promise<FinishedRound[]> {
    let target = first;
    const log = (exchange: Exchange, judgementOf: (index: number) => Judgement): NewAttempt[] => {
      const subjects = deliveries.map((delivery) => toSubject(delivery, before + exchange.number));
      return toAttempts(subjects, target, exchange, judgementOf);
    };
    const exchange = await http.send(
      async (number) => {
        if (before + number > 1) target = (await deps.findTarget(target.webhookId)) ?? target;
        const events = deliveries.map((delivery) => toEvent(delivery, before + number));
        return prepare(target, events);
      },
      {
        retries: target.throttled ? 0 : deps.quickRetries,
        onRetried(retried) {
          const judgement = judge(target, retried);
          const attempts = log(retried, () => judgement);
          deps.onRetried(attempts, target.ownerPath);
        },
      },
    );
    const judgement = judge(target, exchange);
    const verdict = verdictOf(judgement, deliveries.length);
    const attempts = log(exchange, verdict.judgementOf);
    const requests = before + exchange.number;
    // What is sent in one request is tried again in one.
    const chance = Math.random();
    const ends = verdict.over.map((index) =>
      conclude(deliveries[index]!, attempts[index]!, target, {
        ...{ exchange, requests, chance, judgement: verdict.judgementOf(index) },
      }),
    );
    if (verdict.again.length === 0) return ends;
    if (judgement.splitBatch) deps.onTooLarge(target.webhookId, sizeOf(deliveries));
    const isSent = judgement.errorClass !== 'FORMAT_FAILED';
    if (isSent) {
      deps.onRetried(
        verdict.again.flat().map((index) => attempts[index]!),
        target.ownerPath,
      );
      // What these share with the others is on its way with them.
      for (const { attempt } of ends) if (attempt) attempt.sharedRequest = null;
    }
    for (const part of verdict.again) {
      const again = part.map((index) => deliveries[index]!);
      ends.push(...(await send(target, again, isSent ? requests : before)));
    }
    return ends;
  }

  /** Decides what becomes of a delivery after its last request. */
  function conclude(
    delivery: ClaimedDelivery,
    attempt: NewAttempt,
    target: Target,
    { exchange, requests, chance, judgement }: Conclusion,
  ): FinishedRound {
    const { errorClass, hint, gone = false, slowDown = false } = judgement;
    // What we cut off ourselves does not count against the receiver, nor against the schedule.
    const outcome = errorClass === 'ABORTED' ? null : judgement.outcome;
    const retryAfterMs = retryAfterOf(exchange);
    const next = nextState(
      delivery.roundCount,
      { outcome, gone, retryAfterMs, ack: ackOf(target, judgement) },
      { scheduleMs: deps.scheduleMs, ackTimeoutMs: deps.ackTimeoutMs, random: () => chance },
    );
    if (next.status === 'PENDING' && !next.ack) attempt.nextAttemptAt = new Date(Date.now() + next.delayMs);
    return {
      delivery,
      attempt,
      attempts: requests,
      sharedRequestId: attempt.sharedRequestId,
      ownerPath: target.ownerPath,
      outcome,
      errorClass,
      hint,
      next,
      slowDown,
      retryAfterMs,
    };
  }

  return {
    run: (target, deliveries) => send(target, byEventTime(deliveries), 0),
    async test(event, subject, target) {
      const exchange = await http.send(() => prepare(target, [event]), { retries: 0 });
      return toAttempt(subject, target, exchange, judge(target, exchange));
    },
  };
}

/** The last request of a round. */
interface Conclusion {
  exchange: Exchange;
  /** How many the round took. */
  requests: number;
  /** From 0 to below 1. */
  chance: number;
  judgement: Judgement;
}

const toEvent = (delivery: ClaimedDelivery, number: number): DeliverableEvent => ({
  eventId: delivery.eventId,
  deliveryId: delivery.id,
  accountId: delivery.accountId,
  occurredAt: new Date(delivery.occurredAt),
  body: delivery.body,
  attempt: delivery.attemptCount + number,
});

const toSubject = (delivery: ClaimedDelivery, number: number): AttemptSubject => ({
  deliveryId: delivery.id,
  accountId: delivery.accountId,
  eventType: delivery.eventType,
  number: delivery.attemptCount + number,
  trigger: number === 1 ? delivery.trigger : 'RETRY',
  eventBody: delivery.body,
});

/** The webhook was switched off or deleted between claim and request: nothing is sent, and its queue is held. */
export const unsent = (delivery: ClaimedDelivery, target: Target | null): FinishedRound => ({
  delivery,
  attempt: null,
  attempts: 0,
  sharedRequestId: null,
  retryAfterMs: null,
  ownerPath: target?.ownerPath ?? '',
  outcome: null,
  errorClass: null,
  hint: null,
  next: { status: 'PENDING', delayMs: 0 },
  slowDown: false,
});

function judge(target: Target, { reply, failure }: Exchange): Judgement {
  const judgement = reply && !failure ? target.provider.judge(scrubbed(reply, target.scrub)) : null;
  const lacksAck =
    judgement?.outcome === 'SUCCEEDED' && channelOf(target) !== null && judgement.ackId === undefined;
  if (judgement && !lacksAck) return judgement;
  const errorClass = lacksAck ? 'ACK_MISSING' : (failure?.errorClass ?? 'RESPONSE_MALFORMED');
  return {
    ...{ outcome: outcomeFor(errorClass), errorClass, hint: hintFor(errorClass) },
    hecCode: judgement?.hecCode ?? null,
  };
}

const channelOf = ({ provider, settings }: Target): string | null =>
  provider.acknowledgments?.channelOf(settings) ?? null;

/** What is to be asked for before the delivery counts as done; null: nothing. */
function ackOf(target: Target, { ackId }: Judgement): Ack | null {
  const channel = channelOf(target);
  return channel === null || ackId === undefined ? null : { channel, id: ackId };
}

function retryAfterOf({ reply }: Exchange): number | null {
  const header = reply?.headers.find(({ name }) => name.toLowerCase() === 'retry-after');
  return header ? parseRetryAfter(header.value, Date.now()) : null;
}

/** A hint may quote a header of a refusal, such as where it redirects to. */
const scrubbed = (reply: HttpReply, scrub: Scrubber): HttpReply =>
  reply.status < 300
    ? reply
    : { ...reply, headers: reply.headers.map(({ name, value }) => ({ name, value: scrub.text(value) })) };
