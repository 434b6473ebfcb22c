import { expect } from 'chai';
import { In } from 'typeorm';
import type { Storage } from '../../../server/storage/data-source.js';
import { Delivery } from '../../../server/storage/entities/delivery.js';
import type { Role } from '../../../server/storage/entities/membership.js';
import { Webhook } from '../../../server/storage/entities/webhook.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import {
  createAccount,
  createToken,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';
import { createBrowserUser, replyCode, type BrowserUser } from '../auth/browser-user.js';
import { addPerson, browserOf } from '../auth/people.js';

const DELETE = `mutation ($input: DeleteAccountInput!) {
  deleteAccount(input: $input) { deletedId cancelledDeliveries userErrors { path code } }
}`;
const LOG = `query ($accountId: ID!) {
  account(id: $accountId) { hasChildren children { totalCount } }
  attempts(filter: { accountId: $accountId }) { edges { node { account { name } } } }
}`;

eachDatabase('Deleting an account', (database) => {
  let server: TestServer;
  let storage: Storage;
  let receiver: Receiver;
  const webhookOf = (accountId: string, change: object = {}): Promise<string> =>
    createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url, ...change },
    });
  const person = async (id: string, role: Role): Promise<BrowserUser> =>
    browserOf(server.url, storage, await addPerson(storage, [[{ id }, role]]));
  const remove = (id: string, confirmName: string): object => ({ input: { id, confirmName } });

  before(async () => {
    const url = await database.createUrl();
    server = await startHookwatch(url);
    storage = await openTestStorage(url);
    receiver = await startReceiver();
  });

  after(async () => {
    await receiver.close();
    await storage.dispose();
    await server.stop();
  });

  it('cancels what is queued there and below, says how much, and ends webhooks, tokens and roles', async () => {
    const id = await createAccount(server.operator, 'Doomed', server.accountId);
    const child = await createAccount(server.operator, 'Child', id);
    const token = server.withToken(await createToken(server.operator, child, 'READ', 'EVENTS_WRITE'));
    const admin = await person(id, 'ADMIN');
    const webhooks = [await webhookOf(id, { includeChildAccounts: true }), await webhookOf(child)];
    receiver.always(503);
    await publish(token, newBehavior(child), newBehavior(child));
    expect((await server.operator.send(DELETE, remove(id, 'Doomed'))).data).to.deep.equal({
      deleteAccount: { deletedId: id, cancelledDeliveries: 4, userErrors: [] },
    });
    const rows = await storage.read.findBy(Webhook, { id: In(webhooks) });
    const left = rows.map(({ active, deletedAt, signingSecret }) => [
      active,
      deletedAt !== null,
      signingSecret,
    ]);
    expect(left).to.deep.equal(Array(2).fill([false, true, null]));
    expect(
      (await storage.read.findBy(Delivery, { webhookId: In(webhooks), status: 'CANCELLED' })).length,
    ).to.equal(4);
    expect(replyCode(await token.send('{ viewer { isOperator } }'))).to.equal('UNAUTHENTICATED');
    const seen = await admin.send('{ viewer { memberships { role } } accounts { totalCount } }');
    expect(seen.data).to.deep.equal({ viewer: { memberships: [] }, accounts: { totalCount: 0 } });
    const [result] = await publish(server.operator, newBehavior(child));
    expect(result!.userErrors.map(({ code }) => code)).to.deep.equal(['NOT_FOUND']);
  });

  it('leaves its log to those above, but nothing that could be changed', async () => {
    const above = await createAccount(server.operator, 'Above', server.accountId);
    const id = await createAccount(server.operator, 'Gone', above);
    await webhookOf(above, { includeChildAccounts: true });
    receiver.always(200);
    await publish(server.operator, newBehavior(id));
    await liveAttempts(server.operator, (log) => log.some(({ account }) => account.id === id));
    const parent = await person(above, 'ADMIN');
    expect(replyCode(await parent.send(DELETE, remove(id, 'Gone')))).to.equal('none');
    const { data } = await parent.send(LOG, { accountId: above });
    expect(data).to.deep.equal({
      account: { hasChildren: false, children: { totalCount: 0 } },
      attempts: { edges: [{ node: { account: { name: 'Gone' } } }] },
    });
    const changes = [
      'mutation ($id: ID!) { renameAccount(input: { id: $id, name: "Back" }) { userErrors { code } } }',
      'mutation ($id: ID!) { createAccount(input: { parentId: $id, name: "New" }) { userErrors { code } } }',
      'mutation ($id: ID!) { deleteAccount(input: { id: $id, confirmName: "Gone" }) { userErrors { code } } }',
      'mutation ($id: ID!) { inviteMember(input: { accountId: $id, email: "a@b.c", role: ADMIN }) { userErrors { code } } }',
      'mutation ($id: ID!) { createApiToken(input: { accountId: $id, name: "x", scopes: [READ] }) { userErrors { code } } }',
      'mutation ($id: ID!) { saveWebhook(input: { accountId: $id, provider: CUSTOM, targetUrl: "https://example.com" }) { userErrors { code } } }',
    ];
    for (const change of changes)
      expect(replyCode(await parent.send(change, { id })), change).to.equal('NOT_FOUND');
    expect(await createAccount(server.operator, 'Gone', above)).to.match(/^acc_/);
  });

  it('takes the name again, and the role of an admin above', async () => {
    const id = await createAccount(server.operator, 'Kept', server.accountId);
    const code = async (user: BrowserUser, name: string, account = id): Promise<string> =>
      replyCode(await user.send(DELETE, remove(account, name)));
    const above = await person(server.accountId, 'ADMIN');
    expect(await code(above, 'kept')).to.equal('INVALID');
    expect(await code(await person(server.accountId, 'VIEWER'), 'Kept')).to.equal('FORBIDDEN');
    expect(await code(await person(id, 'ADMIN'), 'Kept')).to.equal('FORBIDDEN');
    expect(await code(above, 'My company', server.accountId)).to.equal('FORBIDDEN');
    expect(await code(createBrowserUser(server.url), 'Kept')).to.equal('UNAUTHENTICATED');
    const other = await createAccount(server.operator, 'Other tenant');
    expect(await code(await person(other, 'ADMIN'), 'Kept')).to.equal('NOT_FOUND');
    expect(replyCode(await server.operator.send(DELETE, remove(other, 'Other tenant')))).to.equal('none');
    expect(await code(above, ' Kept ')).to.equal('none');
  });
});
