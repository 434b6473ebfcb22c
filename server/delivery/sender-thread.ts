import { parentPort, workerData } from 'node:worker_threads';
import { createEgressGuard } from './egress-guard.js';
import { createHttpClient } from './http-client.js';
import { createRounds, type FinishedRound } from './round.js';
import {
  createOutbox,
  type FromSender,
  type SenderConfig,
  type SentEnd,
  type ToSender,
} from './sender-protocol.js';
import { createTarget, type Target } from './target.js';

/** Waits to be told of a webhook. */
interface Question {
  resolve: (target: Target | null) => void;
  reject: (error: Error) => void;
}

/*
 * A thread that runs rounds: it formats, signs, sends and judges, and never sees the database. It knows of a webhook
 * what it is told with the first delivery after each change, and asks again before every quick retry.
 */
const port = parentPort!;
const { userAgent, scheduleMs, ackTimeoutMs, quickRetries, ...egress } = workerData as SenderConfig;
const targets = new Map<string, Target>();
const questions = new Map<number, Question>();
let lastQuestion = 0;

const tell = createOutbox<FromSender>((messages) => port.postMessage(messages));

const http = createHttpClient({ guard: createEgressGuard(egress), timeoutMs: egress.timeoutMs });
const rounds = createRounds({
  ...{ http, userAgent, scheduleMs, ackTimeoutMs, quickRetries },
  findTarget: (webhookId) =>
    new Promise((resolve, reject) => {
      questions.set((lastQuestion += 1), { resolve, reject });
      tell({ kind: 'findTarget', question: lastQuestion, webhookId });
    }),
  logError: (fields, message) => tell({ kind: 'logged', fields, message }),
  onRetried: (attempts, ownerPath) => tell({ kind: 'retried', attempts, ownerPath }),
  onTooLarge: (webhookId, size) => tell({ kind: 'tooLarge', webhookId, size }),
});

/** The webhook as it is now. */
function learn({ webhookId, news }: Extract<ToSender, { webhookId: string }>): Target | null {
  if (news === 'DELETED') targets.delete(webhookId);
  else if (news !== 'AS_BEFORE') targets.set(webhookId, createTarget(news));
  return targets.get(webhookId) ?? null;
}

/** Changed in place, as a copy of each would cost as much as the rest of its way. */
const named = (end: FinishedRound): SentEnd => Object.assign(end, { delivery: end.delivery.id });

async function run(message: Extract<ToSender, { kind: 'run' }>): Promise<void> {
  const { job, deliveries } = message;
  try {
    const ended = await rounds.run(learn(message)!, deliveries);
    tell({ kind: 'ended', job, ends: ended.map(named) });
  } catch (error) {
    tell({ kind: 'failed', job, reason: (error as Error).message });
  }
}

function settle(id: number, conclude: (question: Question) => void): void {
  const question = questions.get(id);
  questions.delete(id);
  if (question) conclude(question);
}

function hear(message: ToSender): void {
  switch (message.kind) {
    case 'run':
      return void run(message);
    case 'target':
      return settle(message.question, ({ resolve }) => resolve(learn(message)));
    case 'unknown':
      return settle(message.question, ({ reject }) => reject(new Error(message.reason)));
    case 'abort':
      return http.dispose();
    case 'ping':
      return tell({ kind: 'pong' });
  }
}

port.on('message', (messages: ToSender[]) => messages.forEach(hear));
