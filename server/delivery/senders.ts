import { Worker } from 'node:worker_threads';
import type { ClaimedDelivery } from './queue.js';
import type { FinishedRound, RoundDeps, Rounds } from './round.js';
import {
  createOutbox,
  type FromSender,
  type SenderConfig,
  type TargetNews,
  type ToSender,
} from './sender-protocol.js';
import { dataOf, type Target } from './target.js';

/**
 * Runs rounds on threads of their own, so that requests use the processor's cores and wait for no database. `run`
 * rejects when its thread has ended: then nobody knows what it has sent.
 */
export interface Senders extends Pick<Rounds, 'run'> {
  /** Ends the requests under way as `ABORTED`; there are no more after them. */
  cutOff(): void;
  dispose(): Promise<void>;
}

export interface SendersDeps extends Pick<RoundDeps, 'findTarget' | 'logError' | 'onRetried' | 'onTooLarge'> {
  /** How many threads, from 1; each starts when there is work for it. */
  threads: number;
  config: SenderConfig;
}

/** A thread that leaves so many pings without an answer hangs: it is ended, and the next work starts another. */
const PING_EVERY_MS = 5_000;
const MOST_PINGS = 6;

interface Job {
  deliveries: readonly ClaimedDelivery[];
  resolve: (ended: FinishedRound[]) => void;
  reject: (error: Error) => void;
}

/** One thread, and what it was given. */
interface Sender extends Pick<Rounds, 'run'> {
  jobs: ReadonlyMap<number, Job>;
  tell: (message: ToSender) => void;
  end(): Promise<unknown>;
}

export function createSenders(deps: SendersDeps): Senders {
  const senders = new Set<Sender>();
  let isCutOff = false;
  let disposed = false;

  function start(): Sender {
    const sender = startSender(deps, () => senders.delete(sender));
    senders.add(sender);
    if (isCutOff) sender.tell({ kind: 'abort' });
    return sender;
  }

  /** With little to do, the first thread and its open connections do it all. */
  function leastBusy(): Sender {
    let least: Sender | null = null;
    for (const sender of senders) if (!least || sender.jobs.size < least.jobs.size) least = sender;
    return least && (least.jobs.size === 0 || senders.size === deps.threads) ? least : start();
  }

  return {
    async run(target, deliveries) {
      if (disposed) throw new Error('The sending threads were ended.');
      return leastBusy().run(target, deliveries);
    },
    cutOff() {
      isCutOff = true;
      for (const { tell } of senders) tell({ kind: 'abort' });
    },
    async dispose() {
      disposed = true;
      await Promise.all([...senders].map((sender) => sender.end()));
    },
  };
}

function startSender(deps: SendersDeps, onEnd: () => void): Sender {
  const jobs = new Map<number, Job>();
  /** As the thread was told last. */
  const told = new Map<string, Target>();
  let lastJob = 0;
  let pings = 0;
  let reason = 'The sending thread was ended.';
  const thread = new Worker(new URL('./sender-thread.js', import.meta.url), { workerData: deps.config });
  const tell = createOutbox<ToSender>((messages) => thread.postMessage(messages));

  function newsOf(webhookId: string, target: Target | null): TargetNews {
    if (!target) {
      told.delete(webhookId);
      return 'DELETED';
    }
    if (told.get(webhookId) === target) return 'AS_BEFORE';
    told.set(webhookId, target);
    return dataOf(target);
  }

  function answer({ question, webhookId }: Extract<FromSender, { kind: 'findTarget' }>): void {
    deps.findTarget(webhookId).then(
      (target) => tell({ kind: 'target', question, webhookId, news: newsOf(webhookId, target) }),
      (error: Error) => tell({ kind: 'unknown', question, reason: error.message }),
    );
  }

  function settle(id: number, conclude: (job: Job) => void): void {
    const job = jobs.get(id);
    jobs.delete(id);
    if (job) conclude(job);
  }

  function hear(message: FromSender): void {
    switch (message.kind) {
      case 'ended':
        return settle(message.job, ({ deliveries, resolve }) => {
          const byId = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
          resolve(message.ends.map((end) => Object.assign(end, { delivery: byId.get(end.delivery)! })));
        });
      case 'failed':
        return settle(message.job, ({ reject }) => reject(new Error(message.reason)));
      case 'retried':
        return deps.onRetried(message.attempts, message.ownerPath);
      case 'tooLarge':
        return deps.onTooLarge(message.webhookId, message.size);
      case 'findTarget':
        return answer(message);
      case 'logged':
        return deps.logError(message.fields, message.message);
      case 'pong':
        pings = 0;
    }
  }

  const watch = setInterval(() => {
    if (pings >= MOST_PINGS) {
      reason = 'The sending thread did not answer any more.';
      void thread.terminate();
    }
    pings += 1;
    tell({ kind: 'ping' });
  }, PING_EVERY_MS);

  thread.on('message', (messages: FromSender[]) => messages.forEach(hear));
  thread.on('error', (error) => (reason = error.message));
  thread.on('exit', () => {
    clearInterval(watch);
    onEnd();
    if (jobs.size > 0) deps.logError({ requests: jobs.size, reason }, 'sender.ended');
    for (const { reject } of jobs.values()) reject(new Error(reason));
    jobs.clear();
  });

  return {
    jobs,
    tell,
    run: (target, deliveries) =>
      new Promise((resolve, reject) => {
        const { webhookId } = target;
        jobs.set((lastJob += 1), { deliveries, resolve, reject });
        tell({ kind: 'run', job: lastJob, webhookId, news: newsOf(webhookId, target), deliveries });
      }),
    end: () => thread.terminate(),
  };
}
