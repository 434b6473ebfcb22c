import { expect } from 'chai';
import type { Storage } from '../../../server/storage/data-source.js';
import type { User } from '../../../server/storage/entities/user.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type ApiUser, type TestServer } from '../../helpers/hookwatch.js';
import {
  createAccount,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
  saveWebhook,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';
import { mutation } from '../accounts/audit-cases.js';
import { replyCode } from '../auth/browser-user.js';
import { addPerson, addSession } from '../auth/people.js';

interface Health {
  data: { webhookHealth: { name: string; account: Record<string, unknown> } } | null;
  errors?: Array<{ extensions: { code: string } }>;
}

/** What an admin may see and a viewer may not, and what lies above the account. */
const HEALTH = `subscription ($id: ID!) {
  webhookHealth(accountId: $id) { name account { viewerRole parent { name } apiTokens { totalCount } } }
}`;
const REPLAY = mutation('replayDeliveries', 'matchedCount replay { id } userErrors { code }');
const PROGRESS = 'subscription ($id: ID!) { replayProgress(id: $id) { status succeededCount } }';

eachDatabase('Whoever has lost a role', (database) => {
  let server: TestServer;
  let storage: Storage;
  let receiver: Receiver;

  before(async () => {
    const url = await database.createUrl();
    receiver = await startReceiver();
    server = await startHookwatch(url);
    storage = await openTestStorage(url);
  });

  after(async () => {
    await storage.dispose();
    await server.stop();
    await receiver.close();
  });

  const makeWebhook = (accountId: string, change: object = {}): Promise<string> =>
    createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url, name: 'Before', ...change },
    });

  /** Somebody who is admin of these accounts. */
  async function admin(...accountIds: string[]): Promise<{ person: User; user: ApiUser }> {
    const person = await addPerson(
      storage,
      accountIds.map((id) => [{ id }, 'ADMIN']),
    );
    return { person, user: server.withCookie(`hookwatch=${await addSession(storage, person)}`) };
  }

  const remove = (accountId: string, { id: userId }: User): Promise<unknown> =>
    server.operator.ask(mutation('removeMember', 'deletedId userErrors { code }'), {
      input: { accountId, userId },
    });

  /** Follows the health of an account's webhooks; `next` answers what comes next. */
  function follow(user: ApiUser, id: string): { next(): Promise<Health>; end(): Promise<unknown> } {
    const stream = user.socket().iterate({ query: HEALTH, variables: { id } });
    return {
      next: async () => ((await stream.next()) as IteratorResult<Health, undefined>).value!,
      end: async () => stream.return?.(),
    };
  }

  it('of an admin sees no more of it in what they still follow as a viewer', async () => {
    const accountId = await createAccount(server.operator, 'Demoted', server.accountId);
    const id = await makeWebhook(accountId);
    const { person, user } = await admin(accountId);
    const health = follow(user, accountId);
    const { account } = (await health.next()).data!.webhookHealth;
    expect(account).to.deep.include({ viewerRole: 'ADMIN', apiTokens: { totalCount: 0 } });
    await server.operator.ask(mutation('updateMember', 'userErrors { code }'), {
      input: { accountId, userId: person.id, role: 'VIEWER' },
    });
    await saveWebhook(server.operator, { id, expectedVersion: 1, name: 'After' });
    const { data, errors } = await health.next();
    expect([data, errors![0]!.extensions.code]).to.deep.equal([null, 'FORBIDDEN']);
    await health.end();
  });

  it('above an account sees nothing above it any more in what they still follow', async () => {
    const accountId = await createAccount(server.operator, 'Below', server.accountId);
    const id = await makeWebhook(accountId);
    const { person, user } = await admin(server.accountId, accountId);
    const health = follow(user, accountId);
    expect((await health.next()).data!.webhookHealth.account['parent']).to.not.equal(null);
    await remove(server.accountId, person);
    await saveWebhook(server.operator, { id, expectedVersion: 1, name: 'After' });
    const { name, account } = (await health.next()).data!.webhookHealth;
    expect([name, account['parent']]).to.deep.equal(['After', null]);
    await health.end();
  });

  it('is told no more of a replay that goes on', async () => {
    const accountId = await createAccount(server.operator, 'Replayed', server.accountId);
    const webhookId = await makeWebhook(accountId);
    await publish(server.operator, newBehavior(accountId));
    await liveAttempts(server.operator, ({ length }) => length > 0);
    // What is sent now has no answer yet.
    let answer = (): void => undefined;
    receiver.always(() => new Promise((resolve) => (answer = () => resolve(200))));
    const { person, user } = await admin(accountId);
    const input = { filter: { webhookIds: [webhookId] }, dryRun: false };
    const { replayDeliveries } = await user.ask<{ replayDeliveries: { replay: { id: string } } }>(REPLAY, {
      input,
    });
    const progress = user.socket().iterate<{ replayProgress: unknown }>({
      query: PROGRESS,
      variables: { id: replayDeliveries.replay.id },
    });
    expect((await progress.next()).done).to.equal(false);
    await remove(accountId, person);
    for (let last = await progress.next(); !last.done; last = await progress.next());
    // It ended for them alone: the replay still waits for the answer.
    const { replay } = await server.operator.ask<{ replay: object }>(
      'query ($id: ID!) { replay(id: $id) { succeededCount failedCount } }',
      { id: replayDeliveries.replay.id },
    );
    expect(replay).to.deep.equal({ succeededCount: 0, failedCount: 0 });
    answer();
    receiver.always(200);
  });

  it('comes back by no invitation that they made before', async () => {
    const accountId = await createAccount(server.operator, 'Left', server.accountId);
    const { person, user } = await admin(accountId);
    const { inviteMember } = await user.ask<{ inviteMember: { invitationUrl: string } }>(
      mutation('inviteMember', 'invitationUrl userErrors { code }'),
      { input: { accountId, email: `other-self-of-${person.email}`, role: 'ADMIN' } },
    );
    const token = new URL(inviteMember.invitationUrl).searchParams.get('token')!;
    const preview = async (): Promise<unknown> =>
      (
        await server.nobody.ask<{ invitation: unknown }>(
          'query ($token: String!) { invitation(token: $token) { role } }',
          { token },
        )
      ).invitation;
    expect(await preview()).to.deep.equal({ role: 'ADMIN' });
    await remove(accountId, person);
    expect(await preview()).to.equal(null);
    const input = { token, name: 'Other self', password: 'a-good-long-password' };
    const accept = mutation('acceptInvitation', 'viewer { isOperator } userErrors { code }');
    expect(replyCode(await server.nobody.send(accept, { input }))).to.equal('INVALID_CREDENTIALS');
    const { account } = await server.operator.ask<{ account: object }>(
      'query ($id: ID!) { account(id: $id) { members { totalCount } invitations { totalCount } } }',
      { id: accountId },
    );
    expect(account).to.deep.equal({ members: { totalCount: 0 }, invitations: { totalCount: 0 } });
  });

  it('is not told again what a replay under their key found there', async () => {
    const lost = await createAccount(server.operator, 'Lost', server.accountId);
    const kept = await createAccount(server.operator, 'Kept', server.accountId);
    const { person, user } = await admin(lost, kept);
    const input = {
      ...{ filter: { webhookIds: [await makeWebhook(lost)] }, dryRun: false },
      idempotencyKey: 'mine',
    };
    const first = await user.ask<{ replayDeliveries: { replay: object | null } }>(REPLAY, { input });
    expect(first.replayDeliveries.replay).to.not.equal(null);
    await remove(lost, person);
    const again = await user.ask<{ replayDeliveries: object }>(REPLAY, { input });
    expect(again.replayDeliveries).to.deep.equal({
      ...{ matchedCount: 0, replay: null, userErrors: [{ code: 'IDEMPOTENCY_CONFLICT' }] },
    });
  });
});
