import type { Logger } from '../observability/logger.js';
import { takeBatch, type BatchLimits } from './batches.js';
import { CIRCUIT_OPENS_AT } from './circuit.js';
import { createPaces } from './pace.js';
import type { ClaimedDelivery, Queue } from './queue.js';
import type { FinishedRound, Rounds } from './round.js';

/**
 * Claims due deliveries and runs their rounds.
 *
 * In hand is what this worker has leased: deliveries that are `ready` wait for a slot, requests that are `running` are
 * on the wire. It claims up to twice as many requests as may run, so that a slot that comes free has work at once;
 * claims, results and slots meet only here. What is ready when a slot comes free goes out together where the webhook
 * takes several events a request; nothing waits for company.
 */
export interface Worker {
  start(): void;
  /** There may be work: look now. */
  nudge(): void;
  /** How many requests are on the wire, and how many deliveries are claimed and not yet recorded. */
  load(): { inFlight: number; leased: number };
  /** Takes back what the recorder has written. */
  settled(rounds: readonly FinishedRound[]): void;
  /** Stops claiming, gives back what was not sent, lets rounds end for `graceMs` at most. */
  stop(graceMs: number): Promise<void>;
}

export interface WorkerDeps {
  queue: Queue;
  rounds: Rounds;
  /** What fits into a request of a webhook; null: one event. */
  findLimits: (webhookId: string) => Promise<BatchLimits | null>;
  logger: Logger;
  /** Takes the rounds that ended with one request. */
  onFinished: (rounds: readonly FinishedRound[]) => void;
  concurrency: number;
  webhookConcurrency: number;
  leaseMs: number;
  /** Whether other processes publish too: then the queue is looked at every 100 ms, else only when it is due. */
  shared: boolean;
}

const SHARED_POLL_MS = 100;
const LONGEST_SLEEP_MS = 5_000;
const REPAIR_EVERY_MS = 5_000;

/** What this worker holds of one webhook. */
interface Lane {
  webhookId: string;
  ready: ClaimedDelivery[];
  /** Requests. */
  running: number;
}

const perRequest = (limits: BatchLimits | null | undefined): number => limits?.maxEvents ?? 1;

export function createWorker(deps: WorkerDeps): Worker {
  const { queue, rounds, logger, concurrency, webhookConcurrency } = deps;
  const lanes = new Map<string, Lane>();
  /** Every lease of ours, from its claim until its result is written. */
  const leased = new Map<string, ClaimedDelivery>();
  /** Of the webhooks that had work in the last look, or have some in hand. */
  const limitsOf = new Map<string, BatchLimits | null>();
  const paces = createPaces();
  let running = 0;
  let ready = 0;
  let claiming = false;
  let nudged = false;
  let stopping = false;
  let sleep: NodeJS.Timeout | null = null;
  let slowLane: NodeJS.Timeout | null = null;
  let heartbeat: NodeJS.Timeout | null = null;
  let repair: NodeJS.Timeout | null = null;
  let onIdle: (() => void) | null = null;

  /** Room for deliveries; what one request takes along in plenty need not be at hand twice over. */
  function roomFor(webhookId: string): number {
    const lane = lanes.get(webhookId);
    const limits = limitsOf.get(webhookId);
    const requests = (limits ? 1 : 2) * webhookConcurrency - (lane?.running ?? 0);
    return requests * perRequest(limits) - (lane?.ready.length ?? 0);
  }

  const isFull = (webhookId: string): boolean =>
    roomFor(webhookId) < (limitsOf.get(webhookId)?.maxEvents ?? webhookConcurrency / 2);

  /** Room for requests. */
  function room(): number {
    let waiting = 0;
    for (const lane of lanes.values())
      waiting += Math.ceil(lane.ready.length / perRequest(limitsOf.get(lane.webhookId)));
    return 2 * concurrency - running - waiting;
  }

  /** Reads how webhooks send before their work is shared out, and forgets those that have none. */
  async function readLimits(webhookIds: string[]): Promise<void> {
    for (const known of limitsOf.keys()) if (!lanes.has(known)) limitsOf.delete(known);
    await Promise.all(webhookIds.map(async (id) => limitsOf.set(id, await deps.findLimits(id))));
  }

  async function look(): Promise<void> {
    if (claiming || stopping) {
      nudged = true;
      return;
    }
    claiming = true;
    nudged = false;
    try {
      await claimWhileRoom();
    } catch (error) {
      logger.error({ reason: (error as Error).message }, 'queue.claim_failed');
      sleepFor(1_000);
    } finally {
      claiming = false;
    }
    if (nudged && !stopping) void look();
  }

  async function claimWhileRoom(): Promise<void> {
    for (;;) {
      const limit = room();
      if (stopping || limit < concurrency / 2) return;
      const full = [...lanes.keys()].filter(isFull);
      const claimed = await queue.claim({
        ...{ limit, roomFor, full, prepare: readLimits },
        perRequest: (webhookId) => perRequest(limitsOf.get(webhookId)),
      });
      for (const delivery of claimed) take(delivery);
      dispatch();
      if (claimed.length > 0 || nudged) {
        nudged = false;
        continue;
      }
      sleepFor(full.length > 0 ? LONGEST_SLEEP_MS : ((await queue.dueInMs()) ?? LONGEST_SLEEP_MS));
      return;
    }
  }

  function sleepFor(ms: number): void {
    if (sleep) clearTimeout(sleep);
    if (stopping) return;
    const longest = deps.shared ? SHARED_POLL_MS : LONGEST_SLEEP_MS;
    sleep = setTimeout(() => void look(), Math.max(1, Math.min(longest, ms)));
  }

  function take(delivery: ClaimedDelivery): void {
    leased.set(delivery.id, delivery);
    const lane = lanes.get(delivery.webhookId) ?? { webhookId: delivery.webhookId, ready: [], running: 0 };
    lanes.set(delivery.webhookId, lane);
    lane.ready.push(delivery);
    ready += 1;
  }

  /** Goes round the lanes, one request each, while there are slots; comes back for lanes that are slowed down. */
  function dispatch(): void {
    if (slowLane) clearTimeout(slowLane);
    slowLane = null;
    const now = performance.now();
    let waitMs = Infinity;
    for (let started = true; started && running < concurrency && ready > 0;) {
      started = false;
      for (const lane of lanes.values()) {
        if (running >= concurrency) return;
        if (lane.running >= webhookConcurrency || lane.ready.length === 0) continue;
        const pace = paces.of(lane.webhookId);
        const limits = limitsOf.get(lane.webhookId) ?? null;
        const deliveries = takeBatch(lane.ready, limits, pace.allowance(now));
        if (deliveries.length === 0) {
          waitMs = Math.min(waitMs, pace.waitMs(now));
          continue;
        }
        pace.count(deliveries.length, now);
        ready -= deliveries.length;
        started = true;
        void runRounds(lane, deliveries);
      }
    }
    if (waitMs < Infinity) slowLane = setTimeout(dispatch, waitMs);
  }

  /** Sends what goes out in one request. */
  async function runRounds(lane: Lane, deliveries: readonly ClaimedDelivery[]): Promise<void> {
    lane.running += 1;
    running += 1;
    try {
      const ended = await rounds.run(deliveries);
      deps.onFinished(ended);
      if (ended.some(({ slowDown }) => slowDown)) paces.of(lane.webhookId).slowDown(performance.now());
      if (ended.some(opensCircuit)) await giveBack(lane);
    } catch (error) {
      const { webhookId } = lane;
      logger.error(
        { webhookId, deliveries: deliveries.length, reason: (error as Error).message },
        'round.failed',
      );
      for (const { id } of deliveries) leased.delete(id);
    } finally {
      lane.running -= 1;
      running -= 1;
      if (lane.running === 0 && lane.ready.length === 0) lanes.delete(lane.webhookId);
      if (!stopping) dispatch();
      if (running === 0) onIdle?.();
    }
  }

  const opensCircuit = ({ next, delivery, attempts }: FinishedRound): boolean =>
    next.status === 'HELD' ||
    (next.status === 'PENDING' && attempts > 0 && delivery.webhookFailures + 1 >= CIRCUIT_OPENS_AT);

  /** What waits for a webhook that fails is given back, so that it does not use up its schedule. */
  async function giveBack(lane: Lane): Promise<void> {
    const returned = lane.ready.splice(0);
    ready -= returned.length;
    for (const { id } of returned) leased.delete(id);
    await queue.release(returned);
  }

  async function beat(): Promise<void> {
    try {
      await queue.extend([...leased.values()]);
    } catch (error) {
      logger.error({ reason: (error as Error).message }, 'queue.heartbeat_failed');
    }
  }

  async function sweep(): Promise<void> {
    paces.tidy(performance.now());
    try {
      await queue.repairHeads();
    } catch (error) {
      logger.error({ reason: (error as Error).message }, 'queue.repair_failed');
    }
  }

  return {
    start() {
      heartbeat = setInterval(() => void beat(), deps.leaseMs / 3);
      repair = setInterval(() => void sweep(), REPAIR_EVERY_MS);
      void sweep().then(look);
    },
    nudge: () => void look(),
    load: () => ({ inFlight: running, leased: leased.size }),
    settled(written) {
      for (const { delivery } of written)
        if (leased.get(delivery.id)?.leaseToken === delivery.leaseToken) leased.delete(delivery.id);
      void look();
    },
    async stop(graceMs) {
      stopping = true;
      for (const timer of [sleep, slowLane, repair]) if (timer) clearTimeout(timer);
      for (const lane of lanes.values()) await giveBack(lane);
      if (running > 0) await waitForIdle(graceMs);
      if (heartbeat) clearInterval(heartbeat);
    },
  };

  function waitForIdle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
