import type { Logger } from '../observability/logger.js';
import { within } from '../observability/within.js';
import { countFitting, takeBatch, type BatchLimits } from './batches.js';
import { CIRCUIT_OPENS_AT } from './circuit.js';
import { createPaces } from './pace.js';
import type { ClaimedDelivery, Queue } from './queue.js';
import type { FinishedRound } from './round.js';

/**
 * Claims due deliveries and runs their rounds.
 *
 * In hand is what this worker has leased: deliveries that are `ready` wait for a slot, requests that are `running` are
 * on the wire. It claims more than may run, and more again before it is through with that, so that a slot that comes
 * free has work at once; claims, results and slots meet only here. What is ready when a slot comes free goes out
 * together where the webhook takes several events a request; nothing waits for company.
 */
export interface Worker {
  start(): void;
  /** There may be work: look now. */
  nudge(): void;
  /** How many requests are on the wire, and how many deliveries are claimed and not yet recorded. */
  load(): { inFlight: number; leased: number };
  /** Takes back what the recorder has written. */
  settled(rounds: readonly FinishedRound[]): void;
  /** Stops claiming, gives back what was not sent, lets rounds end for `graceMs`, then has the rest cut off. */
  stop(graceMs: number, cutOff: () => void): Promise<void>;
}

export interface WorkerDeps {
  queue: Queue;
  /** Sends deliveries of one webhook, in one request unless the receiver asks for more; answers how each one ended. */
  send: (deliveries: readonly ClaimedDelivery[]) => Promise<FinishedRound[]>;
  findManner: (webhookId: string) => Promise<Manner>;
  logger: Logger;
  /** Takes the rounds that ended with one request. */
  onFinished: (rounds: readonly FinishedRound[]) => void;
  concurrency: number;
  webhookConcurrency: number;
  leaseMs: number;
  /** Whether other processes publish too: then the queue is looked at every 200 ms, else only when it is due. */
  shared: boolean;
}

/** So many times the requests that may run are in hand: of a webhook, and in all. */
const AHEAD_OF_WEBHOOK = 4;
const AHEAD = 2;
/** While there is no room, webhooks that are new in hand get so many requests each, up to so many times the slots. */
const FIRST_OF_NEW = 4;
const MOST_LANES = 4;
const SHARED_POLL_MS = 200;
const LONGEST_SLEEP_MS = 5_000;
const REPAIR_EVERY_MS = 5_000;
/** At the end: how long the database may take to give leases back, and rounds that are cut off to see it. */
const GIVE_BACK_WITHIN_MS = 2_000;
const CUT_OFF_WITHIN_MS = 1_000;

/** How a webhook is sent to. */
export interface Manner {
  /** What fits into a request; null: one event. */
  limits: BatchLimits | null;
  /** Whether its requests are spread over time: then none waits here, or several would go at once later. */
  throttled: boolean;
}

/** What this worker holds of one webhook. */
interface Lane {
  webhookId: string;
  ready: ClaimedDelivery[];
  /** Requests. */
  running: number;
  /** There was more than the last look took. */
  hasMore: boolean;
  /** Rounds in a row that failed, as far as this worker knows. */
  failures: number;
  /** The last failure that opened the circuit: until it is written, nothing is sent and nothing claimed. */
  openedBy: FinishedRound | null;
}

export function createWorker(deps: WorkerDeps): Worker {
  const { queue, logger, concurrency, webhookConcurrency } = deps;
  const lanes = new Map<string, Lane>();
  /** Every lease of ours, from its claim until its result is written. */
  const leased = new Map<string, ClaimedDelivery>();
  /** Of the webhooks that had work in the last look, or have some in hand. */
  const manners = new Map<string, Manner>();
  const paces = createPaces();
  /** The last slots are for webhooks that have none: where many receivers are slow, others find some. */
  const slotsForNew = Math.floor(concurrency / 4);
  let running = 0;
  let ready = 0;
  /** Every lease in hand lasts until then at least, by this process's steady clock. */
  let leasedUntil = 0;
  let claiming = false;
  let nudged = false;
  /** Between start and stop: a process that only serves the API claims nothing. */
  let active = false;
  let sleep: NodeJS.Timeout | null = null;
  let slowLane: NodeJS.Timeout | null = null;
  let heartbeat: NodeJS.Timeout | null = null;
  let repair: NodeJS.Timeout | null = null;
  let onIdle: (() => void) | null = null;

  const limitsOf = (webhookId: string): BatchLimits | null => manners.get(webhookId)?.limits ?? null;
  const perRequest = (webhookId: string): number => limitsOf(webhookId)?.maxEvents ?? 1;

  /** What one request takes along in plenty need not be at hand several times over. */
  const isAhead = (webhookId: string): boolean => !limitsOf(webhookId) && !manners.get(webhookId)?.throttled;

  /** Room for deliveries. */
  function roomFor(webhookId: string): number {
    const lane = lanes.get(webhookId);
    if (lane?.openedBy) return 0;
    const requests = (isAhead(webhookId) ? AHEAD_OF_WEBHOOK : 1) * webhookConcurrency - (lane?.running ?? 0);
    return requests * perRequest(webhookId) - (lane?.ready.length ?? 0);
  }

  const roomForNew = (webhookId: string): number => FIRST_OF_NEW * perRequest(webhookId);

  function isFull(webhookId: string): boolean {
    const least = manners.get(webhookId)?.throttled ? 1 : webhookConcurrency;
    return roomFor(webhookId) < (limitsOf(webhookId)?.maxEvents ?? least);
  }

  /** Whether slots might soon find nothing ready, although there was more than there was room for. */
  const isRunningOut = ({ webhookId, ready, openedBy, hasMore }: Lane): boolean =>
    hasMore && !openedBy && ready.length < webhookConcurrency && isAhead(webhookId);

  /** Room for requests; what waits for others of its own webhook takes no room from anybody else's. */
  function room(): number {
    let waiting = 0;
    for (const { webhookId, ready, running: ownRunning } of lanes.values())
      waiting += Math.min(Math.ceil(ready.length / perRequest(webhookId)), webhookConcurrency - ownRunning);
    return AHEAD * concurrency - running - waiting;
  }

  /** Reads how webhooks send before their work is shared out, and forgets those that have none. */
  async function readManners(webhookIds: string[]): Promise<void> {
    for (const known of manners.keys()) if (!lanes.has(known)) manners.delete(known);
    await Promise.all(webhookIds.map(async (id) => manners.set(id, await deps.findManner(id))));
  }

  async function look(onlyIfDue = false): Promise<void> {
    if (claiming || !active) {
      nudged = true;
      return;
    }
    claiming = true;
    nudged = false;
    try {
      if (!onlyIfDue || (await isAnyDue())) await claimWhileRoom();
    } catch (error) {
      logger.error({ reason: (error as Error).message }, 'queue.claim_failed');
      sleepFor(1_000);
    } finally {
      claiming = false;
    }
    if (nudged && active) void look();
  }

  const isDue = (inMs: number | null): boolean => inMs !== null && inMs <= 0;

  const fullLanes = (): string[] => [...lanes.keys()].filter(isFull);

  /** A question is cheaper than a claim, and mostly enough where a worker looks for what others have published. */
  async function isAnyDue(): Promise<boolean> {
    const full = fullLanes();
    const dueInMs = await queue.dueInMs(full);
    for (const lane of lanes.values()) lane.hasMore = full.includes(lane.webhookId);
    sleepFor(dueInMs ?? LONGEST_SLEEP_MS);
    return isDue(dueInMs);
  }

  const isAnyNewDue = async (inHand: readonly string[]): Promise<boolean> =>
    slotsForNew > 0 && inHand.length < MOST_LANES * concurrency && isDue(await queue.dueInMs(inHand));

  async function claimWhileRoom(): Promise<void> {
    for (;;) {
      const free = room();
      const isTight = free < concurrency / 2;
      const full = isTight ? [...lanes.keys()] : fullLanes();
      if (!active) return;
      // What ends makes room, and looks again.
      if (isTight && !(await isAnyNewDue(full))) return sleepFor(SHARED_POLL_MS);
      const claimed = await queue.claim({
        ...{ full, perRequest, prepare: readManners },
        ...(isTight ? { limit: slotsForNew, roomFor: roomForNew } : { limit: free, roomFor }),
        fitting: (webhookId, due, requests) => countFitting(due, limitsOf(webhookId), requests),
      });
      dropStale();
      for (const delivery of claimed) take(delivery);
      dispatch();
      nudged = false;
      if (!(await isAnyDue()) || claimed.length === 0) return;
    }
  }

  function sleepFor(ms: number): void {
    if (sleep) clearTimeout(sleep);
    if (!active) return;
    const longest = deps.shared ? SHARED_POLL_MS : LONGEST_SLEEP_MS;
    sleep = setTimeout(() => void look(true), Math.max(1, Math.min(longest, ms)));
  }

  function take(delivery: ClaimedDelivery): void {
    const inHand = leased.get(delivery.id);
    if (inHand) {
      // The clock was set forward, or the heartbeat came late: it is ours still, and is not to be sent twice.
      inHand.leaseToken = delivery.leaseToken;
      return;
    }
    leased.set(delivery.id, delivery);
    laneOf(delivery).ready.push(delivery);
    ready += 1;
  }

  function laneOf({ webhookId, webhookFailures }: ClaimedDelivery): Lane {
    const lane = lanes.get(webhookId) ?? {
      ...{ webhookId, ready: [], running: 0, hasMore: true, failures: webhookFailures, openedBy: null },
    };
    lanes.set(webhookId, lane);
    return lane;
  }

  /** After a standstill longer than a lease, what was ready may be in other hands: it is not sent from here. */
  function dropStale(): void {
    const now = performance.now();
    if (now < leasedUntil) return;
    leasedUntil = now + deps.leaseMs;
    for (const lane of lanes.values()) {
      for (const { id } of lane.ready) leased.delete(id);
      ready -= lane.ready.length;
      lane.ready = [];
      removeIfEmpty(lane);
    }
  }

  function removeIfEmpty(lane: Lane): void {
    if (lane.running === 0 && lane.ready.length === 0 && !lane.openedBy) lanes.delete(lane.webhookId);
  }

  const mayStart = (lane: Lane): boolean =>
    lane.ready.length > 0 &&
    !lane.openedBy &&
    lane.running < webhookConcurrency &&
    (lane.running === 0 || running < concurrency - slotsForNew);

  /** Goes round the lanes, one request each, while there are slots; comes back for lanes that are slowed down. */
  function dispatch(): void {
    dropStale();
    if (slowLane) clearTimeout(slowLane);
    slowLane = null;
    const now = performance.now();
    let waitMs = Infinity;
    for (let started = true; started && running < concurrency && ready > 0;) {
      started = false;
      for (const lane of lanes.values()) {
        if (running >= concurrency) return;
        if (!mayStart(lane)) continue;
        const pace = paces.of(lane.webhookId);
        const deliveries = takeBatch(lane.ready, limitsOf(lane.webhookId), pace.allowance(now));
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
      const ended = await deps.send(deliveries);
      follow(lane, ended);
      deps.onFinished(ended);
      if (ended.some(({ slowDown }) => slowDown)) paces.of(lane.webhookId).slowDown(performance.now());
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
      removeIfEmpty(lane);
      if (active) dispatch();
      // What is sent next is claimed while the last of it is on the wire, not after that has been written.
      if (active && isRunningOut(lane)) void look();
      if (running === 0) onIdle?.();
    }
  }

  /** Counts what went out in one request as one failure; stops sending when these are too many, or are to be the last. */
  function follow(lane: Lane, ended: readonly FinishedRound[]): void {
    const failed = ended.find(({ outcome }) => outcome === 'RETRYABLE' || outcome === 'MISCONFIGURED');
    if (ended.some(({ outcome }) => outcome === 'SUCCEEDED')) lane.failures = 0;
    else if (failed) lane.failures += 1;
    const isLast = failed?.next.status === 'HELD' || (failed?.retryAfterMs ?? 0) > 0;
    if (failed && (isLast || lane.failures >= CIRCUIT_OPENS_AT)) lane.openedBy = failed;
  }

  /** What waits for a webhook that fails is given back, so that it does not use up its schedule. */
  async function giveBack(...from: Lane[]): Promise<void> {
    const returned = from.flatMap((lane) => lane.ready.splice(0));
    ready -= returned.length;
    for (const lane of from) {
      lane.openedBy = null;
      removeIfEmpty(lane);
    }
    for (const { id } of returned) leased.delete(id);
    try {
      await queue.release(returned);
    } catch (error) {
      // They are claimed again when their leases end.
      logger.error({ reason: (error as Error).message }, 'queue.release_failed');
    }
  }

  async function beat(): Promise<void> {
    const startedAt = performance.now();
    if (startedAt >= leasedUntil) dropStale();
    try {
      await queue.extend([...leased.values()]);
      leasedUntil = startedAt + deps.leaseMs;
    } catch (error) {
      logger.error({ reason: (error as Error).message }, 'queue.heartbeat_failed');
    }
  }

  async function sweep(): Promise<void> {
    paces.tidy(performance.now());
    try {
      await queue.repair();
    } catch (error) {
      logger.error({ reason: (error as Error).message }, 'queue.repair_failed');
    }
  }

  return {
    start() {
      active = true;
      leasedUntil = performance.now() + deps.leaseMs;
      heartbeat = setInterval(() => void beat(), deps.leaseMs / 3);
      repair = setInterval(() => void sweep(), REPAIR_EVERY_MS);
      void sweep().then(() => look());
    },
    nudge: () => void look(),
    load: () => ({ inFlight: running, leased: leased.size }),
    settled(written) {
      for (const round of written) {
        const { id, webhookId, leaseToken } = round.delivery;
        if (leased.get(id)?.leaseToken === leaseToken) leased.delete(id);
        const lane = lanes.get(webhookId);
        if (lane?.openedBy === round) void giveBack(lane).then(() => look());
      }
      void look(true);
    },
    async stop(graceMs, cutOff) {
      active = false;
      for (const timer of [sleep, slowLane, repair]) if (timer) clearTimeout(timer);
      await within(GIVE_BACK_WITHIN_MS, giveBack(...lanes.values())).catch(() => undefined);
      if (running > 0) await waitForIdle(graceMs);
      cutOff();
      if (running > 0) await waitForIdle(CUT_OFF_WITHIN_MS);
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
