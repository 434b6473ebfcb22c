import { expect } from 'chai';
import { createAuthenticator, type Authenticator } from '../../../server/auth/authenticator.js';
import { createTokenService } from '../../../server/auth/token.service.js';
import { hashToken } from '../../../server/auth/tokens.js';
import { hookwatch } from '../../../server/storage/audit.js';
import type { Storage } from '../../../server/storage/data-source.js';
import type { Account } from '../../../server/storage/entities/account.js';
import { ApiToken } from '../../../server/storage/entities/api-token.js';
import { Membership } from '../../../server/storage/entities/membership.js';
import { Session } from '../../../server/storage/entities/session.js';
import { User } from '../../../server/storage/entities/user.js';
import { eachDatabase } from '../../helpers/databases.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';
import { addAccount, addPerson, addSession, addToken, byCookie, byToken, codeOf } from './people.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ago = (ms: number): Date => new Date(Date.now() - ms);

eachDatabase('The authenticator', (database) => {
  let storage: Storage;
  let authenticator: Authenticator;
  let account: Account;
  let admin: User;

  before(async () => {
    storage = await openTestStorage(await database.createUrl());
    account = await addAccount(storage, 'Acme');
    admin = await addPerson(storage, [[account, 'ADMIN']]);
  });

  beforeEach(() => {
    authenticator = createAuthenticator(storage);
  });

  after(() => storage.dispose());

  const changeSession = (cookie: string, change: Partial<Session>): Promise<unknown> =>
    storage.write((manager) => manager.update(Session, { tokenHash: hashToken(cookie) }, change));
  const tokenRow = (text: string): Promise<ApiToken> =>
    storage.read.findOneByOrFail(ApiToken, { tokenHash: hashToken(text) });

  it('knows a person by the session’s cookie, whose value is stored nowhere', async () => {
    const cookie = await addSession(storage, admin);
    const principal = await byCookie(authenticator, cookie);
    expect(principal).to.include({ kind: 'user', isOperator: false, sessionHash: hashToken(cookie) });
    expect(principal.user?.id).to.equal(admin.id);
    expect(JSON.stringify(await storage.read.find(Session))).to.not.include(cookie);
  });

  it('takes a wrong, an empty and no cookie for nobody', async () => {
    for (const sessionCookie of ['x', '', 'é'.repeat(5000), undefined]) {
      const principal = await authenticator.authenticate({ authorization: undefined, sessionCookie });
      expect(principal.kind).to.equal('anonymous');
    }
  });

  it('ends a session after 12 hours without use and 7 days after the sign-in', async () => {
    const kindAfter = async (change: Partial<Session>): Promise<string> => {
      const cookie = await addSession(storage, admin);
      await changeSession(cookie, change);
      return (await byCookie(authenticator, cookie)).kind;
    };
    expect(await kindAfter({ lastSeenAt: ago(12 * HOUR - MINUTE) })).to.equal('user');
    expect(await kindAfter({ lastSeenAt: ago(12 * HOUR + MINUTE) })).to.equal('anonymous');
    expect(await kindAfter({ createdAt: ago(7 * 24 * HOUR - MINUTE) })).to.equal('user');
    expect(await kindAfter({ createdAt: ago(7 * 24 * HOUR + MINUTE) })).to.equal('anonymous');
  });

  it('clears a person’s expired sessions away at the next sign-in, and no others', async () => {
    const [idle, old, live] = [
      await addSession(storage, admin),
      await addSession(storage, admin),
      await addSession(storage, admin),
    ];
    await changeSession(idle, { lastSeenAt: ago(13 * HOUR) });
    await changeSession(old, { createdAt: ago(8 * 24 * HOUR) });
    await addSession(storage, admin);
    const kept = (await storage.read.findBy(Session, { userId: admin.id })).map(({ tokenHash }) => tokenHash);
    expect(kept).to.include(hashToken(live));
    expect(kept).to.not.include(hashToken(idle));
    expect(kept).to.not.include(hashToken(old));
  });

  it('notes the use of a session and of a token at most once a minute', async () => {
    const cookie = await addSession(storage, admin);
    const text = await addToken(storage, account, admin, ['READ']);
    const seen = async (): Promise<Array<number | undefined>> => {
      authenticator.forget();
      await byCookie(authenticator, cookie);
      await byToken(authenticator, text);
      // Writes take turns: what is noted by now stands before this one, or on MySQL beside it.
      await writesAreDone(storage);
      const session = await storage.read.findOneByOrFail(Session, { tokenHash: hashToken(cookie) });
      return [session.lastSeenAt.getTime(), (await tokenRow(text)).lastUsedAt?.getTime()];
    };
    const first = ago(30_000);
    await changeSession(cookie, { lastSeenAt: first });
    await storage.write((manager) =>
      manager.update(ApiToken, { tokenHash: hashToken(text) }, { lastUsedAt: first }),
    );
    expect(await seen()).to.deep.equal([first.getTime(), first.getTime()]);
    await changeSession(cookie, { lastSeenAt: ago(61_000) });
    await storage.write((manager) =>
      manager.update(ApiToken, { tokenHash: hashToken(text) }, { lastUsedAt: ago(61_000) }),
    );
    const start = Date.now();
    await until('both are noted', async () => (await seen()).every((at) => at! >= start));
  });

  it('knows a program by its token, which is stored nowhere', async () => {
    const text = await addToken(storage, account, admin, ['READ', 'EVENTS_WRITE']);
    const principal = await byToken(authenticator, text);
    expect(principal).to.include({ kind: 'token', user: null, isOperator: false });
    expect([...principal.grants[0]!.permissions]).to.have.members(['READ', 'EVENTS_WRITE']);
    expect(JSON.stringify(await storage.read.find(ApiToken))).to.not.include(text);
  });

  it('refuses a bad token, even beside a good cookie', async () => {
    const sessionCookie = await addSession(storage, admin);
    const good = await addToken(storage, account, admin, ['READ']);
    const revoked = await addToken(storage, account, admin, ['READ'], { revokedAt: ago(1) });
    const expired = await addToken(storage, account, admin, ['READ'], { expiresAt: ago(1) });
    for (const text of ['x', `${good}x`, 'hw_000000000000000000000000000000000000', revoked, expired]) {
      const work = authenticator.authenticate({ authorization: `Bearer ${text}`, sessionCookie });
      expect(await codeOf(work), text).to.equal('UNAUTHENTICATED');
    }
    expect((await byToken(authenticator, good)).kind).to.equal('token');
  });

  it('reads no database for a token whose checksum is wrong', async () => {
    const unread = { ...storage, read: null as unknown as Storage['read'] };
    const work = byToken(createAuthenticator(unread), 'hw_000000000000000000000000000000000000');
    expect(await codeOf(work)).to.equal('UNAUTHENTICATED');
  });

  it('leaves other schemes to a proxy in front and looks at the cookie', async () => {
    const sessionCookie = await addSession(storage, admin);
    const principal = await authenticator.authenticate({ authorization: 'Basic YTpi', sessionCookie });
    expect(principal.user?.id).to.equal(admin.id);
  });

  it('takes the scheme in any capitals', async () => {
    const text = await addToken(storage, account, admin, ['READ']);
    const authorization = `bearer  ${text} `;
    const principal = await authenticator.authenticate({ authorization, sessionCookie: undefined });
    expect(principal.kind).to.equal('token');
  });

  it('ends a remembered token at once when it is revoked, and when it expires', async () => {
    const tokens = createTokenService({ storage, onRevoked: authenticator.forget });
    const text = await addToken(storage, account, admin, ['READ']);
    const principal = await byToken(authenticator, text);
    expect(await authenticator.refresh(principal)).to.not.equal(null);
    await tokens.revoke(await tokenRow(text), hookwatch);
    expect(await codeOf(byToken(authenticator, text))).to.equal('UNAUTHENTICATED');
    expect(await authenticator.refresh(principal)).to.equal(null);
    const short = await addToken(storage, account, admin, ['READ'], {
      expiresAt: new Date(Date.now() + 300),
    });
    await byToken(authenticator, short);
    await until(
      'it has expired',
      async () => (await codeOf(byToken(authenticator, short))) === 'UNAUTHENTICATED',
    );
  });

  it('refuses within 5 seconds what another process revoked', async () => {
    const elsewhere = createTokenService({ storage, onRevoked: () => undefined });
    const text = await addToken(storage, account, admin, ['READ']);
    const principal = await byToken(authenticator, text);
    await elsewhere.revoke(await tokenRow(text), hookwatch);
    await until('it is refused', async () => (await authenticator.refresh(principal)) === null, 5_000);
  });

  it('asks the database once for thousands of uses in a row', async () => {
    const text = await addToken(storage, account, admin, ['EVENTS_WRITE']);
    let reads = 0;
    const findOneBy: Storage['read']['findOneBy'] = (...query) => {
      reads += 1;
      return storage.read.findOneBy(...query);
    };
    const read = Object.assign(Object.create(storage.read) as Storage['read'], { findOneBy });
    const counted = createAuthenticator({ ...storage, read });
    await byToken(counted, text);
    const forOne = reads;
    await Promise.all(Array.from({ length: 5_000 }, () => byToken(counted, text)));
    expect(reads).to.equal(forOne);
  });

  it('lets a token do no more than its maker may do now', async () => {
    const maker = await addPerson(storage, [[account, 'ADMIN']]);
    const text = await addToken(storage, account, maker, ['READ', 'WEBHOOKS_WRITE', 'EVENTS_WRITE']);
    const may = async (): Promise<string[]> => {
      authenticator.forget();
      return [...(await byToken(authenticator, text)).grants[0]!.permissions];
    };
    expect(await may()).to.have.length(3);
    const membership = { userId: maker.id, accountId: account.id };
    await storage.write((manager) => manager.update(Membership, membership, { role: 'VIEWER' }));
    expect(await may()).to.deep.equal(['READ']);
    await storage.write((manager) => manager.delete(Membership, membership));
    expect(await may()).to.deep.equal([]);
    await storage.write((manager) => manager.delete(User, { id: maker.id }));
    expect(await may()).to.deep.equal([]);
  });

  it('tells a socket who its person is now', async () => {
    const person = await addPerson(storage, [[account, 'VIEWER']]);
    const cookie = await addSession(storage, person);
    const principal = await byCookie(authenticator, cookie);
    await storage.write((manager) =>
      manager.delete(Membership, { userId: person.id, accountId: account.id }),
    );
    authenticator.forget();
    expect((await authenticator.refresh(principal))?.grants).to.deep.equal([]);
    await storage.write((manager) => manager.delete(Session, { tokenHash: hashToken(cookie) }));
    authenticator.forget();
    expect(await authenticator.refresh(principal)).to.equal(null);
  });
});

/** On SQLite writes take turns; elsewhere this one at least comes after those that were begun. */
const writesAreDone = (storage: Storage): Promise<unknown> => storage.write((manager) => manager.count(User));
