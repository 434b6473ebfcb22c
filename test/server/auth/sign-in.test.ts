import { expect } from 'chai';
import { createSqlite } from '../../helpers/databases.js';
import { OPERATOR, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createBrowserUser, replyCode, type BrowserUser } from './browser-user.js';

const VIEWER = `viewer {
  isOperator user { email } token { id }
  memberships { role account { name viewerRole hasChildren parent { id } apiTokens { totalCount } } }
}`;
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { ${VIEWER} userErrors { path code message } } }`;
const CHANGE = `mutation ($input: ChangePasswordInput!) {
  changePassword(input: $input) { viewer { user { email } } userErrors { path code } }
}`;

describe('Signing in', () => {
  let server: TestServer;
  let url: string;
  let removeDatabase: () => Promise<void>;
  const start = async (): Promise<void> => {
    server = await startHookwatch(url);
  };
  const signIn = (user: BrowserUser, change: object = {}): ReturnType<BrowserUser['send']> =>
    user.send(SIGN_IN, { input: { ...OPERATOR, ...change } });
  const isSignedIn = async (user: BrowserUser): Promise<boolean> =>
    JSON.stringify((await user.send('{ viewer { isOperator } }')).data).includes('true');

  beforeEach(async () => {
    const database = await createSqlite();
    ({ url, remove: removeDatabase } = database);
    await start();
  });

  afterEach(async () => {
    await server.stop();
    await removeDatabase();
  });

  it('answers who one is, and everything below, as of now', async () => {
    const { data } = await signIn(createBrowserUser(server.url), { email: ' Operator@EXAMPLE.com ' });
    const account = {
      ...{ name: 'My company', viewerRole: 'ADMIN', hasChildren: false, parent: null },
      apiTokens: { totalCount: 0 },
    };
    expect(data).to.deep.equal({
      signIn: {
        viewer: {
          ...{ isOperator: true, user: { email: OPERATOR.email }, token: null },
          memberships: [{ role: 'ADMIN', account }],
        },
        userErrors: [],
      },
    });
  });

  it('sets a cookie that scripts and other sites cannot use', async () => {
    const { cookies } = await signIn(createBrowserUser(server.url));
    expect(cookies).to.have.length(1);
    expect(cookies[0]).to.match(/^hookwatch=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('looks the same for a wrong password and for nobody', async () => {
    const user = createBrowserUser(server.url);
    const known = await signIn(user, { password: 'a wrong password' });
    const unknown = await signIn(user, { email: 'nobody@example.com' });
    expect(known).to.deep.equal(unknown);
    expect(replyCode(known)).to.equal('INVALID_CREDENTIALS');
    expect(user.cookie).to.equal('');
  });

  it('counts each alias of one document as a guess, and a right password no longer helps', async () => {
    const aliases = Array.from(
      { length: 20 },
      (_, index) =>
        `a${index}: signIn(input: { email: "${OPERATOR.email}x", password: "guess ${index}" }) { userErrors { code } }`,
    );
    const { data } = await createBrowserUser(server.url).send(`mutation { ${aliases.join(' ')} }`);
    const codes = Object.values(data as Record<string, { userErrors: Array<{ code: string }> }>).map(
      ({ userErrors }) => userErrors[0]!.code,
    );
    expect(codes).to.deep.equal([
      ...Array<string>(10).fill('INVALID_CREDENTIALS'),
      ...Array<string>(10).fill('TOO_MANY_ATTEMPTS'),
    ]);
    const right = await signIn(createBrowserUser(server.url));
    expect(replyCode(right)).to.equal('TOO_MANY_ATTEMPTS');
    expect(JSON.stringify(right.data)).to.include('wait 15 minutes');
  });

  it('lets 16 people in at the same time', async () => {
    const replies = await Promise.all(
      Array.from({ length: 16 }, () => signIn(createBrowserUser(server.url))),
    );
    expect(replies.map(replyCode)).to.deep.equal(Array<string>(16).fill('none'));
  });

  it('again renews the session: the old one is over', async () => {
    const user = createBrowserUser(server.url);
    await signIn(user);
    const before = createBrowserUser(server.url, user.cookie);
    expect(await isSignedIn(before)).to.equal(true);
    await signIn(user);
    expect(user.cookie).to.not.equal(before.cookie);
    expect([await isSignedIn(before), await isSignedIn(user)]).to.deep.equal([false, true]);
  });

  it('out ends the session at once and clears the cookie; out again is no error', async () => {
    const user = createBrowserUser(server.url);
    await signIn(user);
    const stolen = createBrowserUser(server.url, user.cookie);
    expect(await isSignedIn(stolen)).to.equal(true);
    const { data, cookies } = await user.send('mutation { signOut }');
    expect(data).to.deep.equal({ signOut: true });
    expect(cookies[0]).to.match(/^hookwatch=; Max-Age=0; Path=\//);
    expect(await isSignedIn(stolen)).to.equal(false);
    expect((await user.send('mutation { signOut }')).data).to.deep.equal({ signOut: true });
  });

  it('survives a restart of the server', async () => {
    const user = createBrowserUser(server.url);
    await signIn(user);
    await server.stop();
    await start();
    expect(await isSignedIn(createBrowserUser(server.url, user.cookie))).to.equal(true);
  });

  it('takes a new password only with the old one, and ends all other sessions', async () => {
    const [user, other] = [createBrowserUser(server.url), createBrowserUser(server.url)];
    await signIn(user);
    await signIn(other);
    const change = (currentPassword: string, newPassword: string): ReturnType<BrowserUser['send']> =>
      user.send(CHANGE, { input: { currentPassword, newPassword } });
    expect(replyCode(await change('a wrong password', 'another password'))).to.equal('INVALID_CREDENTIALS');
    expect(replyCode(await change(OPERATOR.password, 'short'))).to.equal('INVALID');
    expect(await isSignedIn(other)).to.equal(true);
    expect((await change(OPERATOR.password, 'another password')).data).to.deep.equal({
      changePassword: { viewer: { user: { email: OPERATOR.email } }, userErrors: [] },
    });
    expect([await isSignedIn(user), await isSignedIn(other)]).to.deep.equal([true, false]);
    expect(replyCode(await signIn(other))).to.equal('INVALID_CREDENTIALS');
    expect(replyCode(await signIn(other, { password: 'another password' }))).to.equal('none');
  });

  it('is needed to change a password', async () => {
    const input = { currentPassword: OPERATOR.password, newPassword: 'another password' };
    expect(replyCode(await createBrowserUser(server.url).send(CHANGE, { input }))).to.equal(
      'UNAUTHENTICATED',
    );
  });
});
