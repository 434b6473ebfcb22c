import { createQueue } from '../../server/delivery/queue.js';
import { claimSome, ended } from './queued.js';
import { openTestStorage } from './storage.js';

/**
 * A worker in a process of its own, without receivers: `queue-worker.js URL LEASE_MS [CLAIMS]`. It fails each delivery
 * once and then delivers it, until nothing is pending; or, after so many claims, it keeps the next one and does no more.
 */
const [url = '', leaseMs, claims = 'Infinity'] = process.argv.slice(2);
const storage = await openTestStorage(url);
const queue = createQueue({ storage, leaseMs: Number(leaseMs), autoDisableAfterMs: 1e9 });

const isPending = async (): Promise<boolean> =>
  (await storage.read.query<unknown[]>(`select id from deliveries where status = 'PENDING' limit 1`)).length >
  0;

for (let claimed = 0; await isPending();) {
  const deliveries = await claimSome(queue, 20);
  if (deliveries.length === 0) continue;
  claimed += 1;
  if (claimed > Number(claims)) {
    console.log('keeps what it claimed');
    await new Promise(() => setInterval(() => undefined, 1_000));
  }
  // Of each webhook some fail and some do not: no circuit opens.
  const rounds = deliveries.map((delivery) =>
    ended(
      delivery,
      delivery.roundCount === 0 && delivery.id.endsWith('A')
        ? { status: 'PENDING', delayMs: 1 }
        : { status: 'SUCCEEDED' },
    ),
  );
  await storage.write((manager) => queue.complete(manager, rounds));
}
console.log('nothing is pending');
await storage.dispose();
