import type { ObjectLiteral } from 'typeorm';
import type { Storage } from '../../../server/storage/data-source.js';
import { ApiToken } from '../../../server/storage/entities/api-token.js';
import { Attempt } from '../../../server/storage/entities/attempt.js';
import { AuditEntry } from '../../../server/storage/entities/audit-entry.js';
import { Delivery } from '../../../server/storage/entities/delivery.js';
import { Event } from '../../../server/storage/entities/event.js';
import { Invitation } from '../../../server/storage/entities/invitation.js';
import { Webhook } from '../../../server/storage/entities/webhook.js';
import type { ApiUser, TestServer } from '../../helpers/hookwatch.js';
import {
  createAccount,
  createToken,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
} from '../../helpers/operations.js';
import type { BrowserUser } from '../auth/browser-user.js';
import { addPerson, browserOf } from '../auth/people.js';

/** Parent, its child and the child's sibling are one tenant; other is another. */
export type Place = 'parent' | 'child' | 'sibling' | 'other';
export const places: readonly Place[] = ['parent', 'child', 'sibling', 'other'];

/** Things that belong to an account, by the names of their types. */
export const things = {
  ...{ Account: 'acc', Webhook: 'whk', Event: 'evt', Delivery: 'dlv', Attempt: 'att', ApiToken: 'tok' },
  ...{ Invitation: 'inv', Replay: 'rpl', AuditEntry: 'aud' },
};
export type Thing = keyof typeof things;

/** One of each thing of a place, for questions about it. */
export type Ids = Record<Thing | 'guestId' | 'sessionId' | 'marker', string>;

/** Ids like any, of nothing. */
export const unknownIds: Ids = {
  ...(Object.fromEntries(
    Object.entries(things).map(([type, prefix]) => [type, `${prefix}_01AAAAAAAAAAAAAAAAAAAAAAAA`]),
  ) as Record<Thing, string>),
  guestId: 'usr_01AAAAAAAAAAAAAAAAAAAAAAAA',
  sessionId: 'ses_01AAAAAAAAAAAAAAAAAAAAAAAA',
  marker: 'site-of-nobody',
};

export interface Principal {
  name: string;
  /** How it says who it is, over HTTP and over a WebSocket. */
  headers: Record<string, string>;
  /** Where it reads. */
  sees: readonly Place[];
  /** Where it manages. */
  manages: readonly Place[];
  isNobody?: true;
}

export interface World {
  principals: Principal[];
  /** Every thing of each place, by type. */
  all: Record<Place, Record<Thing, string[]>>;
  ids: Record<Place, Ids>;
}

const tenant: Place[] = ['parent', 'child', 'sibling'];

/** Fills a fresh server with one of everything in each place, and with the eight who ask. */
export async function createWorld(server: TestServer, storage: Storage, receiverUrl: string): Promise<World> {
  const { operator } = server;
  const parent = await createAccount(operator, 'Parent');
  const accounts: Record<Place, string> = {
    parent,
    child: await createAccount(operator, 'Child', parent),
    sibling: await createAccount(operator, 'Sibling', parent),
    other: await createAccount(operator, 'Other'),
  };
  const people = {} as Record<Place, People>;
  for (const place of places) {
    const add = (role: 'ADMIN' | 'VIEWER'): Promise<Person> =>
      addSignedIn(server, storage, accounts[place], role);
    people[place] = { admin: await add('ADMIN'), viewer: await add('VIEWER'), guest: await add('VIEWER') };
    await addThings(operator, accounts[place], place === 'parent', receiverUrl);
  }
  const seen = liveAttempts(operator, (log) => log.length === 6);
  for (const place of places)
    await publish(operator, newBehavior(accounts[place], { siteId: markerOf(place), siteName: place }));
  await seen;
  const all = await collect(storage, accounts);
  for (const place of places)
    all[place].Replay = [await replay(people[place].admin.user, all[place].Webhook[0]!)];
  const ids = Object.fromEntries(
    await Promise.all(
      places.map(async (place) => [place, await idsOf(all[place], place, people[place].guest)]),
    ),
  ) as Record<Place, Ids>;
  return { principals: await createPrincipals(operator, accounts, people), all, ids };
}

interface Person {
  id: string;
  user: BrowserUser;
}

/** The guest asks nothing: it is asked about. */
type People = Record<'admin' | 'viewer' | 'guest', Person>;

/** The account above. */
export const above: Partial<Record<Place, Place>> = { child: 'parent', sibling: 'parent' };

const markerOf = (place: Place): string => `site-of-${place}`;

async function addSignedIn(
  server: TestServer,
  storage: Storage,
  accountId: string,
  role: 'ADMIN' | 'VIEWER',
): Promise<Person> {
  const person = await addPerson(storage, [[{ id: accountId }, role]]);
  return {
    id: person.id,
    user: await browserOf(server.url, storage, person),
  };
}

async function addThings(
  operator: ApiUser,
  accountId: string,
  includeChildAccounts: boolean,
  targetUrl: string,
): Promise<void> {
  await createWebhook(operator, { accountId, provider: 'CUSTOM', targetUrl, includeChildAccounts });
  await createToken(operator, accountId, 'READ');
  await operator.ask(
    'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { userErrors { code } } }',
    { input: { accountId, email: `guest@${accountId.toLowerCase()}.example`, role: 'VIEWER' } },
  );
}

async function replay(admin: Person['user'], webhookId: string): Promise<string> {
  const { data } = await admin.send(
    'mutation ($input: ReplayDeliveriesInput!) { replayDeliveries(input: $input) { replay { id } } }',
    { input: { filter: { webhookIds: [webhookId] }, dryRun: false } },
  );
  return (data as { replayDeliveries: { replay: { id: string } } }).replayDeliveries.replay.id;
}

/** Reads past the API what each account owns. */
async function collect(
  { read }: Storage,
  accounts: Record<Place, string>,
): Promise<Record<Place, Record<Thing, string[]>>> {
  const idsIn = async (
    entity: new () => ObjectLiteral & { id: string },
    owner: 'accountId' | 'ownerId',
    id: string,
  ): Promise<string[]> =>
    (await read.find(entity, { where: { [owner]: id }, order: { id: 'ASC' } })).map((row) => row.id);
  const ofAccount = async (id: string): Promise<Record<Thing, string[]>> => ({
    Account: [id],
    Webhook: await idsIn(Webhook, 'accountId', id),
    Event: await idsIn(Event, 'accountId', id),
    Delivery: await idsIn(Delivery, 'ownerId', id),
    Attempt: await idsIn(Attempt, 'ownerId', id),
    ApiToken: await idsIn(ApiToken, 'accountId', id),
    Invitation: await idsIn(Invitation, 'accountId', id),
    AuditEntry: await idsIn(AuditEntry, 'accountId', id),
    Replay: [],
  });
  const entries = places.map(async (place) => [place, await ofAccount(accounts[place])]);
  return Object.fromEntries(await Promise.all(entries)) as Record<Place, Record<Thing, string[]>>;
}

async function idsOf(all: Record<Thing, string[]>, place: Place, guest: Person): Promise<Ids> {
  const firsts = Object.fromEntries(Object.entries(all).map(([type, ids]) => [type, ids[0]]));
  const { data } = await guest.user.send('{ viewer { sessions { id } } }');
  const [session] = (data as { viewer: { sessions: Array<{ id: string }> } }).viewer.sessions;
  return {
    ...(firsts as Record<Thing, string>),
    ...{ guestId: guest.id, sessionId: session!.id, marker: markerOf(place) },
  };
}

async function createPrincipals(
  operator: ApiUser,
  accounts: Record<Place, string>,
  people: Record<Place, People>,
): Promise<Principal[]> {
  const person = (
    name: string,
    { user }: Person,
    sees: readonly Place[],
    manages: readonly Place[],
  ): Principal => ({ name, headers: { cookie: user.cookie }, sees, manages });
  const token = async (): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await createToken(operator, accounts.parent, 'READ')}`,
  });
  const revoked = await token();
  await revokeNewest(operator, accounts.parent);
  return [
    person('the parent’s admin', people.parent.admin, tenant, tenant),
    person('the parent’s viewer', people.parent.viewer, tenant, []),
    { name: 'the parent’s token', headers: await token(), sees: tenant, manages: [] },
    person('the child’s admin', people.child.admin, ['child'], ['child']),
    person('the sibling’s admin', people.sibling.admin, ['sibling'], ['sibling']),
    person('the other tenant’s admin', people.other.admin, ['other'], ['other']),
    { name: 'a revoked token', headers: revoked, sees: [], manages: [], isNobody: true },
    { name: 'nobody', headers: {}, sees: [], manages: [], isNobody: true },
  ];
}

async function revokeNewest(operator: ApiUser, accountId: string): Promise<void> {
  const { account } = await operator.ask<{
    account: { apiTokens: { edges: Array<{ node: { id: string } }> } };
  }>('query ($id: ID!) { account(id: $id) { apiTokens(first: 1) { edges { node { id } } } } }', {
    id: accountId,
  });
  await operator.ask(
    'mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { deletedId } }',
    { input: { id: account.apiTokens.edges[0]!.node.id } },
  );
}
