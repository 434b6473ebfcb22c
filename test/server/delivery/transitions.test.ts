import { expect } from 'chai';
import {
  createQueue,
  type ClaimedDelivery,
  type NextState,
  type Queue,
} from '../../../server/delivery/queue.js';
import { cancelQueues, discardHeld, holdQueue, resumeQueue } from '../../../server/delivery/queue-holds.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import { addDeliveries, addQueue, claimSome, ended } from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';

/** Where a delivery can stand; WAITING and LEASED are both PENDING. */
const states = ['WAITING', 'LEASED', 'HELD', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
type State = (typeof states)[number];

/** A delivery in its queue, and the claim that has it, or had it before it came to stand where it is. */
interface Subject {
  id: string;
  webhookId: string;
  claim: ClaimedDelivery;
}

/** What happens to a delivery, and where it then stands by where it stood; what is not named stays where it is. */
interface Transition {
  event: string;
  happens: (subject: Subject, storage: Storage, queue: Queue) => Promise<unknown>;
  leads: Partial<Record<State, State>>;
}

const ends =
  (next: NextState): Transition['happens'] =>
  ({ claim }, storage, queue) =>
    storage.write((manager) => queue.complete(manager, [ended(claim, next)]));

const transitions: Transition[] = [
  {
    event: 'a claim',
    happens: (_subject, _storage, queue) => claimSome(queue, 10),
    leads: { WAITING: 'LEASED' },
  },
  {
    event: 'a heartbeat',
    happens: ({ claim }, _storage, queue) => queue.extend([claim]),
    leads: {},
  },
  {
    event: 'a release',
    happens: ({ claim }, _storage, queue) => queue.release([claim]),
    leads: { LEASED: 'WAITING' },
  },
  { event: 'a round that succeeds', happens: ends({ status: 'SUCCEEDED' }), leads: { LEASED: 'SUCCEEDED' } },
  { event: 'a round that fails for good', happens: ends({ status: 'FAILED' }), leads: { LEASED: 'FAILED' } },
  {
    event: 'a round that fails for now',
    happens: ends({ status: 'PENDING', delayMs: 60_000 }),
    leads: { LEASED: 'WAITING' },
  },
  {
    event: 'a hold, and a round that then fails for now',
    async happens(subject, storage, queue) {
      await storage.write((manager) =>
        holdQueue(storage, manager, subject.webhookId, { reason: 'INACTIVE', errorClass: null, hint: null }),
      );
      await ends({ status: 'PENDING', delayMs: 60_000 })(subject, storage, queue);
    },
    leads: { WAITING: 'HELD', LEASED: 'HELD' },
  },
  {
    event: 'a hold',
    happens: ({ webhookId }, storage) =>
      storage.write((manager) =>
        holdQueue(storage, manager, webhookId, { reason: 'INACTIVE', errorClass: null, hint: null }),
      ),
    leads: { WAITING: 'HELD' },
  },
  {
    event: 'a resumption',
    happens: ({ webhookId }, storage) => storage.write((manager) => resumeQueue(storage, manager, webhookId)),
    leads: { HELD: 'WAITING' },
  },
  {
    event: 'a discard',
    happens: ({ webhookId }, storage) => storage.write((manager) => discardHeld(storage, manager, webhookId)),
    leads: { HELD: 'CANCELLED' },
  },
  {
    event: 'the webhook’s deletion',
    happens: ({ webhookId }, storage) =>
      storage.write((manager) => cancelQueues(storage, manager, [webhookId])),
    leads: { WAITING: 'CANCELLED', LEASED: 'CANCELLED', HELD: 'CANCELLED' },
  },
  {
    event: 'a repair of a queue that is not held',
    happens: (_subject, _storage, queue) => queue.repair(),
    leads: { HELD: 'WAITING' },
  },
];

eachDatabase('A delivery', (database) => {
  let storage: Storage;
  let queue: Queue;

  before(async () => {
    storage = await openTestStorage(await database.createUrl());
    queue = createQueue({ storage, leaseMs: 60_000, autoDisableAfterMs: 1e9 });
  });

  beforeEach(() => storage.write((manager) => manager.query('delete from queues')));

  after(() => storage.dispose());

  async function subjectIn(state: State): Promise<Subject> {
    const webhookId = await addQueue(storage);
    const [id] = await addDeliveries(storage, webhookId, 1);
    const [claim] = await claimSome(queue, 1);
    const [status, dueAt, completedAt] =
      state === 'WAITING' || state === 'LEASED' ? ['PENDING', 1, null] : [state, null, 1];
    if (state !== 'LEASED')
      await storage.write(async (manager) => {
        await manager.query(
          'update deliveries set status = ?, next_attempt_at = ?, completed_at = ?, lease_token = null where id = ?',
          [status, dueAt, state === 'HELD' ? null : completedAt, id],
        );
        await manager.query('update queues set next_due_at = 1');
      });
    return { id: id!, webhookId, claim: claim! };
  }

  interface Row {
    status: string;
    lease_token: string | null;
    next_attempt_at: number | string | null;
    completed_at: number | string | null;
  }

  async function stateOf({ id }: Subject): Promise<State> {
    const [row] = await storage.read.query<Row[]>(
      'select status, lease_token, next_attempt_at, completed_at from deliveries where id = ?',
      [id],
    );
    const { status, lease_token, next_attempt_at, completed_at } = row!;
    // Each state has what belongs to it, and nothing else.
    expect(next_attempt_at !== null, 'due').to.equal(status === 'PENDING');
    expect(completed_at !== null, 'completed').to.equal(!['PENDING', 'HELD'].includes(status));
    if (status !== 'PENDING') expect(lease_token).to.equal(null);
    return status === 'PENDING' ? (lease_token === null ? 'WAITING' : 'LEASED') : (status as State);
  }

  for (const { event, happens, leads } of transitions)
    for (const state of states)
      it(`that is ${state} is ${leads[state] ?? state} after ${event}`, async () => {
        const subject = await subjectIn(state);
        await happens(subject, storage, queue);
        expect(await stateOf(subject)).to.equal(leads[state] ?? state);
      });

  it('that is LEASED is HELD after a round that shows that a person must act, and what waits with it', async () => {
    const subject = await subjectIn('LEASED');
    const [other] = await addDeliveries(storage, subject.webhookId, 1);
    await ends({ status: 'HELD', reason: 'MISCONFIGURED' })(subject, storage, queue);
    expect(await stateOf(subject)).to.equal('HELD');
    expect(await stateOf({ ...subject, id: other! })).to.equal('HELD');
  });

  it('that is LEASED by another claim meanwhile is left to that one', async () => {
    const subject = await subjectIn('WAITING');
    const [claim] = await claimSome(queue, 1);
    for (const { event, happens } of transitions.slice(1, 6)) {
      await happens(subject, storage, queue);
      expect(await stateOf(subject), event).to.equal('LEASED');
    }
    await ends({ status: 'SUCCEEDED' })({ ...subject, claim: claim! }, storage, queue);
    expect(await stateOf(subject)).to.equal('SUCCEEDED');
  });
});
