import { expect } from 'chai';
import { findFreePort } from '../helpers/processes.js';
import { hostileReplies } from '../helpers/hostile-replies.js';
import { startRawReceiver, type Script } from '../helpers/raw-receiver.js';
import type { Fault } from './fault.js';
import { startScene } from './scene.js';
import { addTenant } from './tenant.js';

const TIMEOUT_MS = 2_000;
const LATEST_MS = TIMEOUT_MS + 250;
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

interface Misbehaviour {
  name: string;
  /** null: nothing listens there. */
  script: Script | null;
  errorClass: string;
}

const redirect = (location: string): Script => {
  return (socket) =>
    socket.end(`HTTP/1.1 307 Elsewhere\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
};

const misbehaviours: Misbehaviour[] = [
  ...hostileReplies,
  { name: 'refuses the connection', script: null, errorClass: 'CONNECTION_REFUSED' },
  { name: 'redirects to itself', script: redirect('/'), errorClass: 'REDIRECT' },
  { name: 'redirects elsewhere', script: redirect('http://169.254.169.254/'), errorClass: 'REDIRECT' },
];

/** Row 12: receivers that do anything but answer. */
export const replyFaults: Fault[] = [
  {
    row: 12,
    title: `receivers misbehave in ${misbehaviours.length} ways: each ends in time, logged as what it is, its socket closed and its slot free`,
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: {
          ...{ DELIVERY_TIMEOUT: `${TIMEOUT_MS}ms`, QUICK_RETRIES: '0', RETRY_SCHEDULE: '1h' },
          // With one slot in all, nothing else is delivered while that one is taken.
          DELIVERY_CONCURRENCY: '1',
        },
      });
      const others: string[] = [];
      let slowestMs = 0;
      for (const { name, script, errorClass } of misbehaviours) {
        const receiver = script && (await stage.open(startRawReceiver(script), (it) => it.close()));
        const tenant = await addTenant(scene, receiver?.url ?? `http://127.0.0.1:${await findFreePort()}`);
        const attempt = await tenant.attempt(LATEST_MS);
        expect(attempt, name).to.include({ errorClass, outcome: 'RETRYABLE' });
        expect(attempt.timings.totalMs, name).to.be.below(LATEST_MS);
        slowestMs = Math.max(slowestMs, attempt.timings.totalMs);
        await receiver?.idle();
        expect(receiver?.requests.length ?? 1, name).to.equal((await tenant.log(1)).length);
        others.push(...(await scene.publish()));
        await scene.delivered(others);
      }
      return `the slowest ended after ${slowestMs.toFixed(0)} ms, with ${TIMEOUT_MS} ms allowed; the webhook beside them got all ${others.length}`;
    },
  },
  {
    row: 12,
    title: 'a receiver has closed the connection that was kept: the same request again at once, one attempt',
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: { QUICK_RETRIES: '0', RETRY_SCHEDULE: '1h', SENDER_THREADS: '1' },
      });
      const receiver = await stage.open(
        startRawReceiver((socket, number) =>
          number === 2 ? void socket.resetAndDestroy() : void socket.write(OK),
        ),
        (it) => it.close(),
      );
      const tenant = await addTenant(scene, receiver.url);
      for (let events = 1; events <= 2; events += 1) {
        await tenant.publish();
        await tenant.log(events);
      }
      const log = await tenant.log(2);
      expect(log.map(({ outcome }) => outcome)).to.deep.equal(['SUCCEEDED', 'SUCCEEDED']);
      expect(receiver.sockets).to.have.lengthOf(2);
      expect(receiver.requests[2]).to.equal(receiver.requests[1]);
      return '2 events, 2 attempts, 3 requests, of which 2 are the same';
    },
  },
];
