import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { OPERATOR, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createToken } from '../../helpers/operations.js';
import { createBrowserUser, replyCode, type BrowserUser } from './browser-user.js';

const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }`;
const LIST = '{ viewer { sessions { id address userAgent createdAt lastSeenAt expiresAt isCurrent } } }';
const REVOKE = `mutation ($input: RevokeSessionInput!) {
  revokeSession(input: $input) { deletedId userErrors { code } }
}`;
const CHANGE = `mutation ($input: ChangePasswordInput!) {
  changePassword(input: $input) { userErrors { code } }
}`;

interface Session {
  id: string;
  address: string;
  userAgent: string;
  createdAt: string;
  expiresAt: string;
  isCurrent: boolean;
}

eachDatabase('Sessions', (database) => {
  let server: TestServer;
  const browser = async (password = OPERATOR.password): Promise<BrowserUser> => {
    const user = createBrowserUser(server.url);
    await user.send(SIGN_IN, { input: { email: OPERATOR.email, password } });
    return user;
  };
  const list = async (user: BrowserUser): Promise<Session[] | undefined> =>
    ((await user.send(LIST)).data as { viewer: { sessions: Session[] } | null }).viewer?.sessions;

  beforeEach(async () => {
    server = await startHookwatch(await database.createUrl());
  });

  afterEach(() => server.stop());

  it('are listed to whoever is signed in, with where and since when, and no cookie among them', async () => {
    const [one, two] = [await browser(), await browser()];
    const sessions = (await list(one))!;
    expect(sessions).to.have.length(3);
    const current = sessions.filter(({ isCurrent }) => isCurrent);
    expect(current).to.have.length(1);
    expect(current[0]!.address).to.match(/127\.0\.0\.1|::1/);
    expect(current[0]!.userAgent).to.equal('node');
    const hours = (Date.parse(current[0]!.expiresAt) - Date.parse(current[0]!.createdAt)) / 3_600_000;
    expect(hours).to.be.closeTo(12, 0.01);
    const text = JSON.stringify(sessions);
    for (const { cookie } of [one, two]) expect(text).to.not.include(cookie.split('=')[1]);
  });

  it('are ended one by one, at once, by nobody but their owner', async () => {
    const [one, two] = [await browser(), await browser()];
    const { id } = (await list(two))!.find(({ isCurrent }) => isCurrent)!;
    const token = server.withToken(await createToken(server.operator, server.accountId, 'READ'));
    const revoke = { input: { id } };
    expect(replyCode(await createBrowserUser(server.url).send(REVOKE, revoke))).to.equal('UNAUTHENTICATED');
    expect(replyCode(await token.send(REVOKE, revoke))).to.equal('FORBIDDEN');
    expect(await list(two)).to.have.length(3);
    expect(replyCode(await one.send(REVOKE, revoke))).to.equal('none');
    expect(await list(two)).to.equal(undefined);
    expect(await list(one)).to.have.length(2);
    expect(replyCode(await one.send(REVOKE, revoke))).to.equal('NOT_FOUND');
  });

  it('end with a new password, all but the one that set it', async () => {
    const [one, two] = [await browser(), await browser()];
    const newPassword = 'another-good-password';
    await one.send(CHANGE, { input: { currentPassword: OPERATOR.password, newPassword } });
    expect(await list(two)).to.equal(undefined);
    expect(await list(one)).to.have.length(1);
    expect(await list(await browser())).to.equal(undefined);
    expect(await list(await browser(newPassword))).to.have.length(2);
  });
});
