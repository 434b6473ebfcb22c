import { expect } from 'chai';
import type { Storage } from '../../../server/storage/data-source.js';
import { Invitation } from '../../../server/storage/entities/invitation.js';
import type { Role } from '../../../server/storage/entities/membership.js';
import { eachDatabase } from '../../helpers/databases.js';
import { OPERATOR, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createToken } from '../../helpers/operations.js';
import { openTestStorage } from '../../helpers/storage.js';
import { createBrowserUser, replyCode, type Asker, type BrowserUser } from '../auth/browser-user.js';
import { addPerson, browserOf } from '../auth/people.js';

const INVITE = `mutation ($input: InviteMemberInput!) {
  inviteMember(input: $input) { invitationUrl invitation { id email role } userErrors { path code } }
}`;
const REVOKE = `mutation ($input: RevokeInvitationInput!) {
  revokeInvitation(input: $input) { deletedId userErrors { code } }
}`;
const ACCEPT = `mutation ($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) {
    viewer { isOperator user { email name } memberships { role account { name } } } userErrors { path code }
  }
}`;
const PREVIEW = `query ($token: String!) {
  invitation(token: $token) { email accountName role isKnown expiresAt }
}`;
const UPDATE = `mutation ($input: UpdateMemberInput!) {
  updateMember(input: $input) { member { role user { email } } userErrors { path code } }
}`;
const REMOVE = `mutation ($input: RemoveMemberInput!) {
  removeMember(input: $input) { deletedId userErrors { path code } }
}`;
const LIST = `query ($id: ID!, $after: String) {
  account(id: $id) {
    members(first: 2, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { role since user { id email } } }
    }
  }
}`;
const PENDING = 'query ($id: ID!) { account(id: $id) { invitations { edges { node { email role } } } } }';
const PASSWORD = 'a-long-enough-password';

interface Listed {
  account: {
    members: {
      totalCount: number;
      pageInfo: { hasNextPage: boolean; endCursor: string };
      edges: Array<{ node: { role: Role; user: { id: string; email: string } } }>;
    };
  };
}

eachDatabase('Members', (database) => {
  let server: TestServer;
  let storage: Storage;
  let made = 0;
  /** An account of a test's own, with its admin. */
  const found = async (): Promise<{ id: string; name: string; admin: BrowserUser; adminId: string }> => {
    const name = `Company ${++made}`;
    const id = await createAccount(server.operator, name);
    const user = await addPerson(storage, [[{ id }, 'ADMIN']]);
    return { id, name, adminId: user.id, admin: await signedIn(user) };
  };
  const signedIn = (user: { id: string }): Promise<BrowserUser> => browserOf(server.url, storage, user);
  const invite = async (user: Asker, accountId: string, email: string, role = 'VIEWER'): Promise<string> => {
    const { data } = await user.send(INVITE, { input: { accountId, email, role } });
    const { inviteMember } = data as { inviteMember: { invitationUrl: string } };
    const url = new URL(inviteMember.invitationUrl);
    expect(`${url.origin}${url.pathname}`).to.equal(`${server.url}/invitation`);
    return url.searchParams.get('token')!;
  };
  const accept = (user: Asker, token: string, person: object = {}): ReturnType<Asker['send']> =>
    user.send(ACCEPT, { input: { token, ...person } });
  const list = async (user: Asker, id: string): Promise<string[]> => {
    const lines: string[] = [];
    let after: string | null = null;
    do {
      const { account }: Listed = (await user.send(LIST, { id, after })).data as Listed;
      lines.push(...account.members.edges.map(({ node }) => `${node.user.email} ${node.role}`));
      after = account.members.pageInfo.hasNextPage ? account.members.pageInfo.endCursor : null;
      if (after === null) expect(account.members.totalCount).to.equal(lines.length);
    } while (after !== null);
    return lines;
  };

  before(async () => {
    const url = await database.createUrl();
    server = await startHookwatch(url);
    storage = await openTestStorage(url);
  });

  after(async () => {
    await storage.dispose();
    await server.stop();
  });

  it('join by a link that works once: who is new chooses a name and a password', async () => {
    const { id, name, admin } = await found();
    const token = await invite(admin, id, ' Grace@Example.com');
    const person = { name: 'Grace', password: PASSWORD };
    const browser = createBrowserUser(server.url);
    expect((await browser.send(PREVIEW, { token })).data).to.deep.nested.include({
      'invitation.email': 'grace@example.com',
      'invitation.accountName': name,
      'invitation.role': 'VIEWER',
      'invitation.isKnown': false,
    });
    const short = await accept(browser, token, { name: ' ', password: 'short' });
    expect(JSON.stringify(short.data)).to.include('"name"').and.include('"password"');
    const answers = await Promise.all(
      [1, 2, 3].map(() => accept(createBrowserUser(server.url), token, person)),
    );
    const joined = answers.filter((answer) => replyCode(answer) === 'none');
    expect(joined).to.have.length(1);
    expect(joined[0]!.data).to.deep.equal({
      acceptInvitation: {
        viewer: {
          isOperator: false,
          user: { email: 'grace@example.com', name: 'Grace' },
          memberships: [{ role: 'VIEWER', account: { name } }],
        },
        userErrors: [],
      },
    });
    expect(replyCode(await accept(browser, token, person))).to.equal('INVALID_CREDENTIALS');
    expect((await browser.send(PREVIEW, { token })).data).to.deep.equal({ invitation: null });
  });

  it('who are known prove it with their password, or are signed in already', async () => {
    const [one, two] = [await found(), await found()];
    const first = await invite(one.admin, one.id, 'known@example.com');
    await accept(createBrowserUser(server.url), first, { name: 'Known', password: PASSWORD });
    const token = await invite(two.admin, two.id, 'known@example.com', 'ADMIN');
    const browser = createBrowserUser(server.url);
    const { data } = await browser.send(PREVIEW, { token });
    expect(data).to.deep.nested.include({ 'invitation.isKnown': true });
    const guess = { name: 'Somebody else', password: 'not-the-password' };
    expect(replyCode(await accept(browser, token, guess))).to.equal('INVALID_CREDENTIALS');
    expect(replyCode(await accept(two.admin, token))).to.equal('INVALID_CREDENTIALS');
    expect(replyCode(await accept(browser, token, { password: PASSWORD }))).to.equal('none');
    const third = await found();
    const again = await accept(browser, await invite(third.admin, third.id, 'known@example.com'));
    expect(replyCode(again)).to.equal('none');
    const viewer = await browser.send('{ viewer { user { name } memberships { role account { name } } } }');
    const { memberships, user } = (viewer.data as { viewer: { memberships: object[]; user: object } }).viewer;
    expect(user).to.deep.equal({ name: 'Known' });
    expect(memberships).to.have.deep.members([
      { role: 'VIEWER', account: { name: one.name } },
      { role: 'ADMIN', account: { name: two.name } },
      { role: 'VIEWER', account: { name: third.name } },
    ]);
  });

  it('cannot join with a link that was revoked, replaced, or has expired', async () => {
    const { id, admin } = await found();
    const person = { name: 'Late', password: PASSWORD };
    const refused = async (token: string): Promise<void> => {
      const browser = createBrowserUser(server.url);
      expect((await browser.send(PREVIEW, { token })).data).to.deep.equal({ invitation: null });
      expect(replyCode(await accept(browser, token, person))).to.equal('INVALID_CREDENTIALS');
    };
    const old = await invite(admin, id, 'late@example.com');
    const token = await invite(admin, id, 'late@example.com', 'ADMIN');
    await refused(old);
    expect((await admin.send(PENDING, { id })).data).to.deep.equal({
      account: { invitations: { edges: [{ node: { email: 'late@example.com', role: 'ADMIN' } }] } },
    });
    const { id: invitationId } = await storage.read.findOneByOrFail(Invitation, {
      email: 'late@example.com',
    });
    expect(replyCode(await admin.send(REVOKE, { input: { id: invitationId } }))).to.equal('none');
    await refused(token);
    const late = await invite(admin, id, 'late@example.com');
    await storage.write((manager) =>
      manager.update(Invitation, { email: 'late@example.com' }, { expiresAt: new Date(Date.now() - 1) }),
    );
    await refused(late);
    await refused('');
  });

  it('are listed page by page with the roles given on the account itself', async () => {
    const { id, admin, adminId } = await found();
    const emails = ['a@example.com', 'b@example.com', 'c@example.com'];
    for (const email of emails)
      await accept(createBrowserUser(server.url), await invite(admin, id, email), {
        ...{ name: 'Somebody', password: PASSWORD },
      });
    expect(await list(admin, id)).to.deep.equal([
      `${adminId.toLowerCase()}@example.com ADMIN`,
      ...emails.map((email) => `${email} VIEWER`),
    ]);
    const child = await createAccount(server.operator, 'Child', id);
    expect(await list(admin, child)).to.deep.equal([]);
  });

  it('see and change what is below their account, and lose it at once with their role', async () => {
    const { id, admin } = await found();
    const child = await createAccount(server.operator, 'Child', id);
    const user = await addPerson(storage, [[{ id }, 'VIEWER']]);
    const browser = await signedIn(user);
    const rename = async (): Promise<string> =>
      replyCode(
        await browser.send(
          'mutation ($input: RenameAccountInput!) { renameAccount(input: $input) { userErrors { code } } }',
          { input: { id: child, name: 'Child' } },
        ),
      );
    expect(await rename()).to.equal('FORBIDDEN');
    await admin.send(UPDATE, { input: { accountId: id, userId: user.id, role: 'ADMIN' } });
    expect(await rename()).to.equal('none');
    const removed = await admin.send(REMOVE, { input: { accountId: id, userId: user.id } });
    expect(removed.data).to.deep.equal({ removeMember: { deletedId: user.id, userErrors: [] } });
    expect(await rename()).to.equal('NOT_FOUND');
  });

  it('that are the last admin cannot go or step down, however many try at the same time', async () => {
    const { id, admin, adminId } = await found();
    const step = (userId: string): object => ({ input: { accountId: id, userId, role: 'VIEWER' } });
    expect(replyCode(await admin.send(UPDATE, step(adminId)))).to.equal('CONFLICT');
    const go = { input: { accountId: id, userId: adminId } };
    expect(replyCode(await admin.send(REMOVE, go))).to.equal('CONFLICT');
    const other = await addPerson(storage, [[{ id }, 'ADMIN']]);
    const both = await Promise.all([
      admin.send(UPDATE, step(other.id)),
      (await signedIn(other)).send(UPDATE, step(adminId)),
    ]);
    expect(both.map(replyCode).filter((code) => code === 'none')).to.have.length(1);
    const child = await createAccount(server.operator, 'Child', id);
    const below = await addPerson(storage, [[{ id: child }, 'ADMIN']]);
    const leave = { input: { accountId: child, userId: below.id } };
    expect(replyCode(await (await signedIn(below)).send(REMOVE, leave))).to.equal('none');
  });

  it('are invited and managed by admins only; for all others nothing is there', async () => {
    const { id, admin, adminId } = await found();
    const other = await found();
    await invite(admin, id, 'pending@example.com');
    const { id: invitationId } = await storage.read.findOneByOrFail(Invitation, { accountId: id });
    const token = await createToken(server.operator, id, 'READ', 'EVENTS_WRITE', 'WEBHOOKS_WRITE');
    const codes = async (user: Asker): Promise<string[]> => {
      const member = { accountId: id, userId: adminId };
      const replies = [
        await user.send(INVITE, { input: { accountId: id, email: 'x@example.com', role: 'ADMIN' } }),
        await user.send(UPDATE, { input: { ...member, role: 'ADMIN' } }),
        await user.send(REMOVE, { input: member }),
        await user.send(PENDING, { id }),
        await user.send(REVOKE, { input: { id: invitationId } }),
        await user.send('query ($id: ID!) { node(id: $id) { id } }', { id: invitationId }),
      ];
      return replies.map(replyCode);
    };
    const viewer = await signedIn(await addPerson(storage, [[{ id }, 'VIEWER']]));
    const readOnly = [...Array<string>(4).fill('FORBIDDEN'), 'NOT_FOUND', 'NOT_FOUND'];
    expect(await codes(viewer)).to.deep.equal(readOnly);
    expect(await codes(server.withToken(token))).to.deep.equal(readOnly);
    expect(await codes(other.admin)).to.deep.equal(Array(6).fill('NOT_FOUND'));
    expect(await codes(createBrowserUser(server.url))).to.deep.equal(Array(6).fill('UNAUTHENTICATED'));
    const stranger = { input: { accountId: id, userId: other.adminId, role: 'VIEWER' } };
    expect(replyCode(await admin.send(UPDATE, stranger))).to.equal('NOT_FOUND');
  });

  it('are not invited twice, nor without an address', async () => {
    const { id, admin } = await found();
    const code = async (email: string): Promise<string> =>
      replyCode(await admin.send(INVITE, { input: { accountId: id, email, role: 'ADMIN' } }));
    expect(await code('no address')).to.equal('INVALID');
    const { id: userId } = await addPerson(storage, [[{ id }, 'VIEWER']]);
    expect(await code(`${userId}@example.com`)).to.equal('DUPLICATE');
    expect(await code(OPERATOR.email)).to.equal('none');
  });
});
