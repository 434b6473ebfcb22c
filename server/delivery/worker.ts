import type { Logger } from '../observability/logger.js';
import { CIRCUIT_OPENS_AT } from './circuit.js';
import type { ClaimedDelivery, Queue } from './queue.js';
import type { FinishedRound, Rounds } from './round.js';

/**
 * Claims due deliveries and runs their rounds.
 *
 * In hand is what this worker has leased: `ready` waits for a slot, `running` is on the wire. It claims up to twice
 * as much as may run, so that a slot that comes free has work at once; claims, results and slots meet only here.
 */
export interface Worker {
  start(): void;
  /** There may be work: look now. */
  nudge(): void;
  /** Takes back what the recorder has written. */
  settled(rounds: readonly FinishedRound[]): void;
  /** Stops claiming, gives back what was not sent, lets rounds end for `graceMs` at most. */
  stop(graceMs: number): Promise<void>;
}

export interface WorkerDeps {
  queue: Queue;
  rounds: Rounds;
  logger: Logger;
  /** Takes each round that ended. */
  onFinished: (round: FinishedRound) => void;
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
  running: number;
}

export function createWorker(deps: WorkerDeps): Worker {
  const { queue, rounds, logger, concurrency, webhookConcurrency } = deps;
  const lanes = new Map<string, Lane>();
  /** Every lease of ours, from its claim until its result is written. */
  const leased = new Map<string, ClaimedDelivery>();
  let running = 0;
  let ready = 0;
  let claiming = false;
  let nudged = false;
  let stopping = false;
  let sleep: NodeJS.Timeout | null = null;
  let heartbeat: NodeJS.Timeout | null = null;
  let repair: NodeJS.Timeout | null = null;
  let onIdle: (() => void) | null = null;

  const roomFor = (webhookId: string): number => {
    const lane = lanes.get(webhookId);
    return 2 * webhookConcurrency - (lane ? lane.running + lane.ready.length : 0);
  };

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
      const room = 2 * concurrency - running - ready;
      if (stopping || room < concurrency / 2) return;
      const full = [...lanes.keys()].filter((webhookId) => roomFor(webhookId) < webhookConcurrency / 2);
      const claimed = await queue.claim({ limit: room, roomFor, full });
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

  /** Goes round the lanes, one round each, while there are slots. */
  function dispatch(): void {
    for (let started = true; started && running < concurrency && ready > 0;) {
      started = false;
      for (const lane of lanes.values()) {
        if (running >= concurrency) return;
        if (lane.running >= webhookConcurrency) continue;
        const delivery = lane.ready.shift();
        if (!delivery) continue;
        ready -= 1;
        started = true;
        void runRound(lane, delivery);
      }
    }
  }

  async function runRound(lane: Lane, delivery: ClaimedDelivery): Promise<void> {
    lane.running += 1;
    running += 1;
    try {
      const round = await rounds.run(delivery);
      deps.onFinished(round);
      if (opensCircuit(round)) await giveBack(lane);
    } catch (error) {
      logger.error({ deliveryId: delivery.id, reason: (error as Error).message }, 'round.failed');
      leased.delete(delivery.id);
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
    settled(written) {
      for (const { delivery } of written)
        if (leased.get(delivery.id)?.leaseToken === delivery.leaseToken) leased.delete(delivery.id);
      void look();
    },
    async stop(graceMs) {
      stopping = true;
      for (const timer of [sleep, repair]) if (timer) clearTimeout(timer);
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
