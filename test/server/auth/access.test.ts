import { expect } from 'chai';
import { createAccess } from '../../../server/auth/access.js';
import { createAuthenticator, type Authenticator } from '../../../server/auth/authenticator.js';
import { anonymous, type Permission, type Principal } from '../../../server/auth/principal.js';
import type { Storage } from '../../../server/storage/data-source.js';
import type { Account } from '../../../server/storage/entities/account.js';
import { createId } from '../../../server/storage/ids.js';
import { eachDatabase } from '../../helpers/databases.js';
import { openTestStorage } from '../../helpers/storage.js';
import { addAccount, addPerson, addSession, addToken, byCookie, byToken, codeOf } from './people.js';

type Place = 'parent' | 'child' | 'grandchild' | 'sibling' | 'other' | 'unknown';

/** What requireAccount answers on parent, child, grandchild, sibling, other tenant, unknown. */
type Row = [string, string, string, string, string, string];

const places: Place[] = ['parent', 'child', 'grandchild', 'sibling', 'other', 'unknown'];
const permissions: Permission[] = ['READ', 'MANAGE', 'WEBHOOKS_WRITE', 'EVENTS_WRITE'];

const ok = 'none';
const no = 'NOT_FOUND';
const not = 'FORBIDDEN';
const nowhere: Row = [no, no, no, no, no, no];
const everywhere: Row = [ok, ok, ok, ok, ok, no];
const everywhereUnder = (answer: string): Row => [answer, answer, answer, answer, no, no];
const childOnly = (answer: string): Row => [no, answer, answer, no, no, no];
const nobody: Row = Array(6).fill('UNAUTHENTICATED') as Row;

/** Rows per permission, in the order of `permissions`. */
const expected: Record<string, [Row, Row, Row, Row]> = {
  operator: [everywhere, everywhere, everywhere, everywhere],
  'parent admin': [everywhereUnder(ok), everywhereUnder(ok), everywhereUnder(ok), everywhereUnder(ok)],
  'parent viewer': [everywhereUnder(ok), everywhereUnder(not), everywhereUnder(not), everywhereUnder(not)],
  'child admin': [childOnly(ok), childOnly(ok), childOnly(ok), childOnly(ok)],
  'child viewer': [childOnly(ok), childOnly(not), childOnly(not), childOnly(not)],
  'parent viewer and child admin': [
    everywhereUnder(ok),
    [not, ok, ok, not, no, no],
    [not, ok, ok, not, no, no],
    [not, ok, ok, not, no, no],
  ],
  'sibling’s admin': [
    [no, no, no, ok, no, no],
    [no, no, no, ok, no, no],
    [no, no, no, ok, no, no],
    [no, no, no, ok, no, no],
  ],
  'other tenant’s admin': [
    [no, no, no, no, ok, no],
    [no, no, no, no, ok, no],
    [no, no, no, no, ok, no],
    [no, no, no, no, ok, no],
  ],
  'person without a role': [nowhere, nowhere, nowhere, nowhere],
  'token READ': [everywhereUnder(ok), everywhereUnder(not), everywhereUnder(not), everywhereUnder(not)],
  'token EVENTS_WRITE': [nowhere, nowhere, nowhere, everywhereUnder(ok)],
  'token WEBHOOKS_WRITE': [nowhere, nowhere, everywhereUnder(ok), nowhere],
  'token with every scope': [
    everywhereUnder(ok),
    everywhereUnder(not),
    everywhereUnder(ok),
    everywhereUnder(ok),
  ],
  'token of the child': [childOnly(ok), childOnly(not), childOnly(not), childOnly(ok)],
  'token of a viewer': [
    everywhereUnder(ok),
    everywhereUnder(not),
    everywhereUnder(not),
    everywhereUnder(not),
  ],
  'token of nobody': [nowhere, nowhere, nowhere, nowhere],
  anonymous: [nobody, nobody, nobody, nobody],
};

/** The places whose paths readablePaths names; '' is everything. */
const readable: Record<string, Array<Place | ''>> = {
  operator: [''],
  'parent admin': ['parent'],
  'parent viewer': ['parent'],
  'child admin': ['child'],
  'child viewer': ['child'],
  'parent viewer and child admin': ['parent'],
  'sibling’s admin': ['sibling'],
  'other tenant’s admin': ['other'],
  'token READ': ['parent'],
  'token with every scope': ['parent'],
  'token of the child': ['child'],
  'token of a viewer': ['parent'],
};

eachDatabase('Access', (database) => {
  let storage: Storage;
  let authenticator: Authenticator;
  const ids = {} as Record<Place, string>;
  const paths = {} as Record<Place, string>;
  const principals: Record<string, Principal> = {};

  before(async () => {
    storage = await openTestStorage(await database.createUrl());
    authenticator = createAuthenticator(storage);
    const accounts = await makeTree(storage);
    for (const place of places) {
      ids[place] = accounts[place]?.id ?? createId('acc');
      paths[place] = accounts[place]?.path ?? '';
    }
    Object.assign(
      principals,
      await makePrincipals(storage, authenticator, accounts as Record<Place, Account>),
    );
  });

  after(() => storage.dispose());

  for (const [who, rows] of Object.entries(expected)) {
    permissions.forEach((permission, index) =>
      it(`of ${who} to ${permission} ends where it should`, async () => {
        const access = createAccess(principals[who]!, storage);
        const answers = await Promise.all(
          places.map((place) => codeOf(access.requireAccount(ids[place], permission))),
        );
        expect(answers).to.deep.equal(rows[index]);
        const found = await Promise.all(places.map((place) => access.findAccount(ids[place], permission)));
        expect(found.map((account) => account !== null)).to.deep.equal(
          answers.map((answer) => answer === ok),
        );
        expect(
          places.slice(0, 5).map((place) => access.can(permission, { path: paths[place] })),
        ).to.deep.equal(answers.slice(0, 5).map((answer) => answer === ok));
      }),
    );

    it(`of ${who} names the topmost readable paths only`, () => {
      const names = (readable[who] ?? []).map((place) => (place === '' ? '' : paths[place]));
      expect(createAccess(principals[who]!, storage).readablePaths()).to.deep.equal(names);
    });
  }

  it('answers forbidden and unknown ids with the very same words', async () => {
    const access = createAccess(principals['child admin']!, storage);
    const messages = await Promise.all(
      [ids.parent, ids.sibling, ids.other, ids.unknown, 'x', ''].map((id) =>
        access.requireAccount(id, 'READ').catch((error: Error) => error.message),
      ),
    );
    expect(new Set(messages).size).to.equal(1);
  });

  it('shows the strongest role that holds on an account', () => {
    const roles = (who: string): Array<string | null> =>
      (['parent', 'child', 'other'] as const).map((place) =>
        createAccess(principals[who]!, storage).roleOn({ path: paths[place] }),
      );
    expect(roles('operator')).to.deep.equal(['ADMIN', 'ADMIN', 'ADMIN']);
    expect(roles('parent viewer and child admin')).to.deep.equal(['VIEWER', 'ADMIN', null]);
    expect(roles('token with every scope')).to.deep.equal(['VIEWER', 'VIEWER', null]);
  });

  it('finds an account for whoever may do anything there, when no permission is named', async () => {
    const find = (who: string, place: Place): Promise<Account | null> =>
      createAccess(principals[who]!, storage).findAccount(ids[place]);
    expect((await find('token EVENTS_WRITE', 'child'))?.id).to.equal(ids.child);
    expect(await find('token of nobody', 'child')).to.equal(null);
    expect(await find('token EVENTS_WRITE', 'other')).to.equal(null);
    expect(await find('anonymous', 'child')).to.equal(null);
  });

  it('becomes that of somebody else', async () => {
    const access = createAccess(anonymous, storage).as(principals['child admin']!);
    expect((await access.requireAccount(ids.child, 'MANAGE')).id).to.equal(ids.child);
  });
});

async function makeTree(storage: Storage): Promise<Partial<Record<Place, Account>>> {
  const parent = await addAccount(storage, 'Parent');
  const child = await addAccount(storage, 'Child', parent);
  const grandchild = await addAccount(storage, 'Grandchild', child);
  const sibling = await addAccount(storage, 'Sibling', parent);
  const other = await addAccount(storage, 'Other');
  return { parent, child, grandchild, sibling, other };
}

async function makePrincipals(
  storage: Storage,
  authenticator: Authenticator,
  { parent, child, sibling, other }: Record<Place, Account>,
): Promise<Record<string, Principal>> {
  const person = async (
    ...[roles, isOperator]: DropFirst<Parameters<typeof addPerson>>
  ): Promise<Principal> =>
    byCookie(authenticator, await addSession(storage, await addPerson(storage, roles, isOperator)));
  const token = async (...args: DropFirst<Parameters<typeof addToken>>): Promise<Principal> =>
    byToken(authenticator, await addToken(storage, ...args));
  const admin = await addPerson(storage, [[parent, 'ADMIN']]);
  const viewer = await addPerson(storage, [[parent, 'VIEWER']]);
  return {
    anonymous,
    operator: await person([], true),
    'parent admin': await person([[parent, 'ADMIN']]),
    'parent viewer': await person([[parent, 'VIEWER']]),
    'child admin': await person([[child, 'ADMIN']]),
    'child viewer': await person([[child, 'VIEWER']]),
    'parent viewer and child admin': await person([
      [parent, 'VIEWER'],
      [child, 'ADMIN'],
    ]),
    'sibling’s admin': await person([[sibling, 'ADMIN']]),
    'other tenant’s admin': await person([[other, 'ADMIN']]),
    'person without a role': await person([]),
    'token READ': await token(parent, admin, ['READ']),
    'token EVENTS_WRITE': await token(parent, admin, ['EVENTS_WRITE']),
    'token WEBHOOKS_WRITE': await token(parent, admin, ['WEBHOOKS_WRITE']),
    'token with every scope': await token(parent, admin, ['READ', 'EVENTS_WRITE', 'WEBHOOKS_WRITE']),
    'token of the child': await token(child, admin, ['READ', 'EVENTS_WRITE']),
    'token of a viewer': await token(parent, viewer, ['READ', 'EVENTS_WRITE', 'WEBHOOKS_WRITE']),
    'token of nobody': await token(parent, null, ['READ', 'EVENTS_WRITE', 'WEBHOOKS_WRITE']),
  };
}

type DropFirst<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;
