import { setTimeout as wait } from 'node:timers/promises';
import { startLocalServer, type LocalReply, type LocalRequest, type LocalServer } from './local-server.js';

/** Each outage of the flaky receiver, and the good time before it, in ms. */
const OUTAGE_MS = 14_000;
const GOOD_TIME_MS = 40_000;

const between = (min: number, max: number): number => min + Math.random() * (max - min);

const json = (status: number, body: object, headers: Record<string, string> = {}): LocalReply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

const accept = ({ headers }: LocalRequest): LocalReply => json(202, { accepted: headers['webhook-id'] });

/** Acknowledges everything that brings its key, as good receivers do. */
export const startHealthyReceiver = (key: string): Promise<LocalServer> =>
  startLocalServer({
    async answer(request) {
      await wait(between(8, 45), undefined, { signal: request.signal });
      return request.headers['x-api-key'] === key ? accept(request) : json(401, { error: 'wrong x-api-key' });
    },
  });

/** Answers 503 now and then, and for a while to everything: the first is a quick retry's work, the second the schedule's. */
export function startFlakyReceiver(): Promise<LocalServer> {
  const startedAt = performance.now();
  const isDown = (): boolean =>
    (performance.now() - startedAt) % (GOOD_TIME_MS + OUTAGE_MS) > GOOD_TIME_MS || Math.random() < 0.08;
  return startLocalServer({
    async answer(request) {
      await wait(between(15, 120), undefined, { signal: request.signal });
      return isDown() ? json(503, { error: 'down for maintenance' }) : accept(request);
    },
  });
}

/** Takes its time, and sometimes more of it than `timeoutMs`, the time-out of deliveries. */
export const startSlowReceiver = (timeoutMs: number): Promise<LocalServer> =>
  startLocalServer({
    async answer(request) {
      const delayMs = Math.random() < 0.1 ? timeoutMs * 2 : between(0.15, 0.7) * timeoutMs;
      await wait(delayMs, undefined, { signal: request.signal });
      return accept(request);
    },
  });
