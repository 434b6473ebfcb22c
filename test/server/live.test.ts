import { expect } from 'chai';
import { createAttemptTopic, type AttemptTopic, type LiveAttempt } from '../../server/live/topics.js';
import { Attempt } from '../../server/storage/entities/attempt.js';
import { eachDatabase } from '../helpers/databases.js';
import { startHookwatch, type ApiUser, type TestServer } from '../helpers/hookwatch.js';
import {
  attempts,
  createAccount,
  createToken,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
} from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';

interface Batch {
  attempts: Array<{ id: string }>;
  cursor: string;
  missed: number;
}

const openStream = (user: ApiUser, after: string) =>
  user.socket().iterate<{ attempts: Batch }>({
    query: 'subscription ($after: String) { attempts(after: $after) { attempts { id } cursor missed } }',
    variables: { after },
  });

/** Follows the stream after a cursor until `count` attempts have come. */
async function follow(user: ApiUser, after: string, count: number): Promise<Batch[]> {
  const stream = openStream(user, after);
  const batches: Batch[] = [];
  for await (const { data } of stream) {
    if (data) batches.push(data.attempts);
    if (batches.flatMap((batch) => batch.attempts).length >= count) break;
  }
  return batches;
}

const idsOf = (batches: Batch[]): string[] => batches.flatMap((batch) => batch.attempts.map(({ id }) => id));

eachDatabase('The live stream', (database) => {
  let server: TestServer;
  let receiver: Receiver;

  before(async () => {
    receiver = await startReceiver();
    server = await startHookwatch(await database.createUrl());
    await createWebhook(server.operator, {
      accountId: server.accountId,
      provider: 'CUSTOM',
      targetUrl: receiver.url,
    });
  });

  after(async () => {
    await server.stop();
    await receiver.close();
  });

  const send = (count: number): Promise<unknown> =>
    publish(server.operator, ...Array.from({ length: count }, () => newBehavior(server.accountId)));

  it('goes on after a cursor without a gap and without a repetition, oldest first', async () => {
    await send(5);
    await liveAttempts(server.operator, (seen) => seen.length === 5);
    const first = (await attempts(server.operator)).at(-1)!;
    const { attempts: log } = await server.operator.ask<{
      attempts: { edges: Array<{ cursor: string; node: { id: string } }> };
    }>('{ attempts(last: 1) { edges { cursor node { id } } } }');
    expect(log.edges[0]!.node.id).to.equal(first.id);
    const missed = follow(server.operator, log.edges[0]!.cursor, 14);
    await send(10);
    const ids = idsOf(await missed);
    const all = (await attempts(server.operator)).map(({ id }) => id).reverse();
    expect(ids).to.deep.equal(all.slice(1));
  });

  it('hands on the cursor of each batch, from which the next stream goes on', async () => {
    const [newest] = await attempts(server.operator);
    const start = Buffer.from(newest!.id).toString('base64url');
    const first = follow(server.operator, start, 3);
    await send(3);
    const cursor = (await first).at(-1)!.cursor;
    const second = follow(server.operator, cursor, 2);
    await send(2);
    const ids = [...idsOf(await first), ...idsOf(await second)];
    const all = (await attempts(server.operator))
      .slice(0, 5)
      .map(({ id }) => id)
      .reverse();
    expect(ids).to.deep.equal(all);
  });

  it('shows nobody what belongs to another account', async () => {
    const other = await createAccount(server.operator, 'Other');
    const stranger = server.withToken(await createToken(server.operator, other, 'READ', 'EVENTS_WRITE'));
    await createWebhook(server.operator, { accountId: other, provider: 'CUSTOM', targetUrl: receiver.url });
    const seen = liveAttempts(stranger, (log) => log.length > 0);
    await send(3);
    await publish(stranger, newBehavior(other));
    expect((await seen).map(({ account }) => account.id)).to.deep.equal([other]);
    expect((await attempts(stranger)).map(({ account }) => account.id)).to.deep.equal([other]);
    const [hidden] = await stranger
      .socket()
      .iterate({
        query: 'subscription ($id: ID) { attempts(filter: { accountId: $id }) { cursor } }',
        variables: { id: server.accountId },
      })
      .next()
      .then(({ value }) => (value as { errors: Array<{ extensions: { code: string } }> }).errors);
    expect(hidden!.extensions.code).to.equal('NOT_FOUND');
  });

  it('ends when the token of its subscriber is revoked', async () => {
    const secret = await createToken(server.operator, server.accountId, 'READ');
    const reader = server.withToken(secret);
    const { viewer } = await reader.ask<{ viewer: { token: { id: string } } }>('{ viewer { token { id } } }');
    const log = await attempts(reader);
    const secondNewest = Buffer.from(log[1]!.id).toString('base64url');
    const stream = openStream(reader, secondNewest);
    const { value } = (await stream.next()) as IteratorResult<{ data: { attempts: Batch } }, undefined>;
    expect(idsOf([value!.data.attempts])).to.deep.equal([log[0]!.id]);
    await server.operator.ask(
      'mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { deletedId } }',
      { input: { id: viewer.token.id } },
    );
    await send(1);
    // Unless the whole socket is closed first, as all of a revoked token are.
    const isOver = (stream.next() as Promise<IteratorResult<unknown>>).then(
      ({ done }) => done,
      ({ code }: { code: number }) => code === 4403,
    );
    expect(await isOver).to.equal(true);
  });
});

describe('The topic of attempts', () => {
  const live = (id: number): LiveAttempt => ({
    attempt: Object.assign(new Attempt(), { id: String(id) }),
    ownerPath: 'a/',
  });
  const everything = { key: '', accepts: () => true };
  type Viewer = ReturnType<AttemptTopic['subscribe']>;

  it('keeps at most 1,000 for a subscriber that does not read, and says how many it dropped', async () => {
    const topic = createAttemptTopic();
    const stream = topic.subscribe(everything);
    for (let id = 0; id < 10_000; id += 1) topic.publish([live(id)]);
    const { value } = await stream.next();
    expect(value).to.include({ missed: 9_000 });
    expect(value!.attempts.map(({ id }) => id).slice(0, 1)).to.deep.equal(['9000']);
    await stream.return();
  });

  it('batches what comes within 100 ms', async () => {
    const topic = createAttemptTopic();
    const stream = topic.subscribe(everything);
    topic.publish([live(1)]);
    const first = await stream.next();
    topic.publish([live(2)]);
    const second = stream.next();
    topic.publish([live(3)]);
    expect(first.value!.attempts).to.have.lengthOf(1);
    expect((await second).value!.attempts.map(({ id }) => id)).to.deep.equal(['2', '3']);
    await stream.return();
  });

  it('hands the very same batch to all who follow the same and keep up, and a slow one its own', async () => {
    const topic = createAttemptTopic();
    const [first, second, slow] = [1, 2, 3].map(() => topic.subscribe(everything)) as [
      Viewer,
      Viewer,
      Viewer,
    ];
    topic.publish([live(1)]);
    const before = await Promise.all([first.next(), second.next()]);
    expect(before[0].value).to.equal(before[1].value);
    topic.publish([live(2)]);
    const after = await Promise.all([first.next(), second.next()]);
    expect(after[0].value).to.equal(after[1].value);
    const own = (await slow.next()).value!;
    expect(own.attempts.map(({ id }) => id)).to.deep.equal(['1', '2']);
    expect(own.missed).to.equal(0);
    await second.return();
    topic.publish([live(3)]);
    expect((await first.next()).value!.attempts.map(({ id }) => id)).to.deep.equal(['3']);
    expect(topic.subscriberCount()).to.equal(2);
    topic.dispose();
  });

  it('keeps apart who follows something else', async () => {
    const topic = createAttemptTopic();
    const odd = topic.subscribe({ key: 'odd', accepts: ({ attempt }) => Number(attempt.id) % 2 === 1 });
    const all = topic.subscribe(everything);
    topic.publish([live(1), live(2)]);
    expect((await odd.next()).value!.attempts.map(({ id }) => id)).to.deep.equal(['1']);
    expect((await all.next()).value!.attempts.map(({ id }) => id)).to.deep.equal(['1', '2']);
    topic.dispose();
  });

  it('ends while it waits, by its subscriber and by the server', async () => {
    const topic = createAttemptTopic();
    const [left, cut] = [topic.subscribe(everything), topic.subscribe(everything)];
    const waiting = [left.next(), cut.next()];
    await left.return();
    topic.dispose();
    expect(await Promise.all(waiting)).to.deep.equal([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
  });
});
