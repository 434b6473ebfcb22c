import type { Logger } from '../observability/logger.js';
import type { Storage } from '../storage/data-source.js';
import type { Exchange } from './exchange.js';
import { groupBy } from './group-by.js';
import type { HttpClient } from './http-client.js';
import { confirmAcks, expireAcks, takeDueAcks, type PendingAck } from './queue-acks.js';
import { holdQueue } from './queue-holds.js';
import type { Target } from './target.js';
import type { Targets } from './targets.js';

/**
 * Asks receivers for the acknowledgments that deliveries wait for.
 *
 * What is waited for is in the database, so that it outlives this process; whoever takes a row to ask for it moves its
 * next time, so that no two workers ask at once. A crash between an answer and its commit leaves the row: it is asked
 * for once more, in vain, and the events go out again with the same ids.
 */
export interface Acknowledgments {
  start(): void;
  /** Asks for all that is due now. */
  poll(): Promise<void>;
  /** Ends, and the question under way with it. */
  dispose(): Promise<void>;
}

export interface AcknowledgmentsDeps {
  storage: Storage;
  targets: Targets;
  http: HttpClient;
  logger: Logger;
  userAgent: string;
  pollEveryMs: number;
  /** Rounds after which a delivery that is not confirmed has failed. */
  mostRounds: number;
  /** There is work for the queue. */
  onExpired: () => void;
}

/** As many numbers as the kept part of an answer has room for. */
const MOST_A_QUESTION = 500;

export function createAcknowledgments(deps: AcknowledgmentsDeps): Acknowledgments {
  const { storage, targets, http, logger } = deps;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();
  const stopping = new AbortController();

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      const due = await storage.write((manager) =>
        takeDueAcks(storage, manager, deps.pollEveryMs, MOST_A_QUESTION),
      );
      const questions = groupBy(
        due,
        ({ webhookId, channel }) => `${webhookId} ${channel}`,
        (ack) => ack,
      );
      await Promise.all([...questions.values()].map((acks) => ask(acks).catch(logFailure)));
      if (due.length < MOST_A_QUESTION) return;
    }
  }

  async function ask(acks: PendingAck[]): Promise<void> {
    const [{ webhookId, channel }] = acks as [PendingAck];
    const target = await targets.find(webhookId);
    // The channel is another one after the target URL has changed: the old receiver is not asked any more.
    const isReachable = target !== null && channelOf(target) === channel;
    const confirmed = isReachable ? await question(target, acks) : new Set<number>();
    const now = await storage.now(storage.read);
    const indexed = acks.filter(({ id }) => confirmed.has(id));
    const expired = acks.filter(({ id, expiresAt }) => !confirmed.has(id) && expiresAt <= now);
    if (indexed.length + expired.length === 0) return;
    await storage.write(async (manager) => {
      await confirmAcks(storage, manager, indexed);
      await expireAcks(storage, manager, expired, deps.mostRounds);
    });
    const counts = { webhookId, confirmed: indexed.length, expired: expired.length };
    logger[expired.length > 0 ? 'warn' : 'info'](counts, 'acknowledgments.answered');
    if (expired.length > 0) deps.onExpired();
  }

  /** The numbers that the receiver confirms. */
  async function question(target: Target, acks: readonly PendingAck[]): Promise<Set<number>> {
    const { provider, settings, webhookId } = target;
    const ids = acks.map(({ id }) => id);
    const context = { sentAt: new Date(), userAgent: deps.userAgent };
    const request = provider.acknowledgments!.format(ids, settings, context);
    const exchange = await http.send(() => request, { retries: 0, signal: stopping.signal });
    const { reply, failure } = exchange;
    const confirmed = reply && !failure ? provider.acknowledgments!.readConfirmed(reply) : null;
    if (confirmed) return new Set(confirmed);
    const reason = failure?.errorClass ?? 'HEC_REJECTED';
    logger.warn({ webhookId, httpStatus: reply?.status, reason }, 'acknowledgments.unanswered');
    await holdIfMisconfigured(target, exchange);
    return new Set();
  }

  /** A refusal that lasts until a person acts holds the queue, as it would have held the events. */
  async function holdIfMisconfigured(
    { provider, webhookId }: Target,
    { reply, failure }: Exchange,
  ): Promise<void> {
    const judgement = reply && !failure ? provider.judge(reply) : null;
    if (judgement?.outcome !== 'MISCONFIGURED') return;
    const { errorClass, hint } = judgement;
    await storage.write((manager) =>
      holdQueue(storage, manager, webhookId, { reason: 'MISCONFIGURED', errorClass, hint }),
    );
  }

  const logFailure = (error: Error): void =>
    logger.error({ reason: error.message }, 'acknowledgments.failed');

  const pollOrLog = (): void => {
    running = running.then(poll).catch(logFailure);
  };

  return {
    poll,
    start() {
      pollOrLog();
      timer = setInterval(pollOrLog, deps.pollEveryMs);
    },
    async dispose() {
      stopping.abort();
      if (timer) clearInterval(timer);
      await running;
    },
  };
}

const channelOf = ({ provider, settings }: Target): string | null =>
  provider.acknowledgments?.channelOf(settings) ?? null;
