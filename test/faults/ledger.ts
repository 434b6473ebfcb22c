import type { ReceivedRequest, Receiver } from '../helpers/receiver.js';
import { until } from '../helpers/until.js';

/** What a receiver has accepted, by the event's id. */
export interface Ledger {
  /** How often each event was accepted. */
  readonly accepted: ReadonlyMap<string, number>;
  /** Ids that came with another body than before. */
  readonly changed: ReadonlySet<string>;
  /** Resolves when as many different events were accepted; rejects after two minutes. */
  reached(count: number): Promise<unknown>;
  /** Resolves at the next request. */
  nextRequest(): Promise<void>;
}

export interface Habits {
  random: () => number;
  /** The part of the requests that is answered 503. */
  refusing: number;
  /** Every answer takes up to so long, so that requests are on the wire at any moment. */
  slowestMs: number;
}

/** What Splunk says of a request that it has taken; others do not look at it. */
const ACCEPTED = { body: '{"text":"Success","code":0}' };

/** The events that a request brings: one with its id in a header, or a batch for Splunk. */
function eventsIn({ headers, body }: ReceivedRequest): Array<{ id: string; body: string }> {
  const id = headers['webhook-id'];
  if (id !== undefined) return [{ id: String(id), body }];
  return body.split('\n').map((line) => {
    const { fields } = JSON.parse(line) as { fields: { hookwatch_event_id: string } };
    return { id: fields.hookwatch_event_id, body: line };
  });
}

/** Lets a receiver keep a ledger: an event counts as accepted once its request is answered 200. */
export function keepLedger(receiver: Receiver, { random, refusing, slowestMs }: Habits): Ledger {
  const accepted = new Map<string, number>();
  const bodies = new Map<string, string>();
  const changed = new Set<string>();
  let onRequest: Array<() => void> = [];

  function note(request: ReceivedRequest): void {
    for (const { id, body } of eventsIn(request)) {
      if ((bodies.get(id) ?? body) !== body) changed.add(id);
      bodies.set(id, body);
      accepted.set(id, (accepted.get(id) ?? 0) + 1);
    }
  }

  receiver.always(async (request) => {
    for (const resolve of onRequest.splice(0)) resolve();
    const isRefused = random() < refusing;
    await new Promise((resolve) => setTimeout(resolve, random() * slowestMs));
    if (isRefused) return 503;
    note(request);
    return ACCEPTED;
  });
  return {
    accepted,
    changed,
    reached: (count) => until(`${count} events are accepted`, async () => accepted.size >= count, 120_000),
    nextRequest: () => new Promise((resolve) => (onRequest = [...onRequest, resolve])),
  };
}
