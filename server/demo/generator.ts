import { setTimeout as wait } from 'node:timers/promises';
import type { Company } from './company.js';
import { makeEvent, pick, type DemoEvent } from './events.js';

/** Something that happens without end, until it is stopped. */
export interface Generator {
  /** Resolves when the last call to the server is over. */
  stop(): Promise<void>;
}

/** Waits between two events, in ms. */
const SHORTEST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 1_100;
/** What is published at once at the start, so that no page is empty. */
const FIRST_EVENTS = 15;

const PUBLISH = `mutation ($input: PublishEventsInput!) {
  publishEvents(input: $input) { results { userErrors { message } } }
}`;

/** Publishes events for the company, one or two a second; `onError` hears of those that the server does not take. */
export function startGenerator(
  { publisher, samples, sites }: Company,
  onError: (error: Error) => void,
): Generator {
  const stopping = new AbortController();

  async function publish(events: DemoEvent[]): Promise<void> {
    try {
      await publisher.send(PUBLISH, { input: { events } });
    } catch (error) {
      onError(error as Error);
    }
  }

  async function run(): Promise<void> {
    await publish(Array.from({ length: FIRST_EVENTS }, () => makeEvent(pick(sites), samples)));
    while (!stopping.signal.aborted) {
      const waitMs = SHORTEST_WAIT_MS + Math.random() * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS);
      // Stopping ends the wait early.
      await wait(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) await publish([makeEvent(pick(sites), samples)]);
    }
  }

  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
