import { expect } from 'chai';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { openRawSocket } from '../../helpers/raw-socket.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';
import { fields, namesOf } from './fields.js';
import { probes, type Probe } from './probes.js';
import { operationOf, selectionOf, types } from './selections.js';
import {
  above,
  createWorld,
  places,
  things,
  unknownIds,
  type Ids,
  type Place,
  type Principal,
  type Thing,
  type World,
} from './world.js';

interface Reply {
  data?: Record<string, unknown> | null;
  errors?: Array<{ message: string; extensions: { code: string } }>;
}

const WHERE = 'test/server/isolation/fields.ts: add its name to whom it is for (one word)';

describe('The isolation matrix', () => {
  it('lists every field of the schema, and nothing else', () => {
    const inSchema = types.flatMap((type) =>
      Object.keys(type.getFields()).map((name) => `${type.name}.${name}`),
    );
    const listed = Object.entries(fields).flatMap(([type, audiences]) =>
      Object.values(audiences)
        .flatMap(namesOf)
        .map((name) => `${type}.${name}`),
    );
    const missing = inSchema.filter((field) => !listed.includes(field));
    const gone = listed.filter((field) => !inSchema.includes(field));
    expect(missing, `Fields that nobody decided about. In ${WHERE}`).to.deep.equal([]);
    expect(gone, `Fields that are no more. Remove them from ${WHERE}`).to.deep.equal([]);
    expect(listed.length, 'fields that stand there twice').to.equal(new Set(listed).size);
  });

  it('asks at every root field', () => {
    for (const [kind, asked] of Object.entries(probes))
      expect(
        Object.keys(asked),
        `The fields of ${kind} in test/server/isolation/probes.ts: add what is to be asked there`,
      ).to.have.members(namesOf(fields[kind]!.roots));
  });

  it('walks every type of thing that has an id', () => {
    const withId = types.filter((type) => type.getInterfaces().length > 0).map(({ name }) => name);
    expect(
      withId.filter((name) => name !== 'User'),
      'In test/server/isolation/world.ts: add the type to `things`, and one of it to each place',
    ).to.have.members(Object.keys(things));
  });
});

eachDatabase('Isolation', (database) => {
  let server: TestServer;
  let storage: Storage;
  let receiver: Receiver;
  let world: World;

  before(async function () {
    this.timeout(60_000);
    receiver = await startReceiver();
    const url = await database.createUrl();
    server = await startHookwatch(url);
    storage = await openTestStorage(url);
    world = await createWorld(server, storage, receiver.url);
  });

  after(async () => {
    await storage.dispose();
    await server.stop();
    await receiver.close();
  });

  async function ask({ headers }: Principal, query: string, variables: object): Promise<Reply> {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Reply;
  }

  /** The first answer of a stream. */
  async function follow({ headers }: Principal, query: string, variables: object): Promise<Reply> {
    const { send, next, closed, socket } = await openRawSocket(server.url, { headers });
    send({ type: 'connection_init' });
    const opened = await Promise.race([next(), closed]);
    if (typeof opened === 'number')
      return { errors: [{ message: 'closed', extensions: { code: 'UNAUTHENTICATED' } }] };
    send({ id: '1', type: 'subscribe', payload: { query, variables } });
    const { type, payload } = await next();
    socket.terminate();
    return type === 'error' ? { errors: payload as Reply['errors'] } : (payload as Reply);
  }

  /** Fails when a reply names anything that the asker may not see. */
  function checkNames({ name, sees }: Principal, reply: Reply, question: string): void {
    const text = JSON.stringify(reply);
    for (const place of places.filter((one) => !sees.includes(one)))
      for (const [type, ids] of Object.entries(world.all[place]))
        for (const id of ids)
          expect(text.includes(id), `${name} is told of the ${type} ${id} in ${place}: ${question}`).to.equal(
            false,
          );
  }

  for (const type of Object.keys(things) as Thing[])
    it(`shows each ${type} to those who may see it, whole, and to others as if it were not there`, async () => {
      for (const principal of world.principals)
        for (const place of places)
          for (const id of world.all[place][type]) await askForThing(principal, type, place, id);
    });

  async function askForThing(principal: Principal, type: Thing, place: Place, id: string): Promise<void> {
    const maySee = (fields[type]!.readers ? principal.sees : principal.manages).includes(place);
    const question = (selection: string): string =>
      `query ($id: ID!) { node(id: $id) { __typename ... on ${type} { ${selection} } } }`;
    for (const audience of ['readers', 'admins'] as const) {
      const query = question(selectionOf(type, audience) || 'id');
      const reply = await ask(principal, query, { id });
      const title = `${type} ${id} in ${place}, asked by ${principal.name} for what ${audience} get`;
      if (!maySee) expect(reply, title).to.deep.equal(await ask(principal, query, { id: unknownIds[type] }));
      else if (audience === 'admins' && fields[type]!.admins && !principal.manages.includes(place))
        expect(codesOf(reply), title).to.satisfy(
          (codes: string[]) => codes.every((code) => code === 'FORBIDDEN') && codes.length > 0,
        );
      else {
        expect(codesOf(reply), title).to.deep.equal([]);
        expect(reply.data, title).to.have.nested.property('node.__typename', type);
      }
      checkNames(principal, reply, title);
    }
  }

  for (const kind of ['Query', 'Mutation', 'Subscription'] as const)
    for (const [name, list] of Object.entries(probes[kind]!))
      for (const [index, probe] of (list ?? []).entries())
        it(`keeps ${kind}.${name} (${index + 1}) to ${probe.askers}`, async () => {
          for (const principal of world.principals)
            for (const place of probe.of ? places : places.slice(0, 1))
              await askAtRoot(kind, name, probe, principal, place);
        });

  async function askAtRoot(
    kind: 'Query' | 'Mutation' | 'Subscription',
    name: string,
    probe: Probe,
    principal: Principal,
    place: Place,
  ): Promise<void> {
    const send = kind === 'Subscription' ? follow : ask;
    const about = (ids: Ids): Promise<Reply> => {
      const given = probe.of?.(ids) ?? {};
      const variables = kind === 'Mutation' ? { input: given } : given;
      return send(principal, operationOf(kind, name, variables), variables);
    };
    const title = `${kind}.${name} of ${place}, asked by ${principal.name}`;
    if (probe.destroys && principal.manages.includes(place)) return;
    const reply = await about(world.ids[place]);
    checkNames(principal, reply, title);
    expect(expectedCodes(probe, principal, place), `${title}: ${JSON.stringify(reply)}`).to.include(
      outcomeOf(reply),
    );
    const isHidden = !principal.sees.includes(place) && !['everyone', 'people'].includes(probe.askers);
    if (probe.of && isHidden)
      expect(reply, `${title}, compared with what is unknown`).to.deep.equal(await about(unknownIds));
  }
});

const codesOf = ({ errors }: Reply): string[] => (errors ?? []).map(({ extensions }) => extensions.code);

interface Payload {
  userErrors?: Array<{ code: string }>;
  results?: Payload[];
}

/** `done` when nothing was refused, `corrected` when only the input was; else the code. */
function outcomeOf(reply: Reply): string {
  const [code] = codesOf(reply);
  if (code !== undefined) return code;
  const payload = Object.values(reply.data ?? {})[0] as Payload | null;
  const userErrors = payload?.results?.[0]?.userErrors ?? payload?.userErrors ?? [];
  const [first] = userErrors;
  if (!first) return 'done';
  return first.code === 'NOT_FOUND' ? 'NOT_FOUND' : 'corrected';
}

function expectedCodes(probe: Probe, principal: Principal, place: Place): string[] {
  if (principal.headers['authorization'] !== undefined && principal.isNobody) return ['UNAUTHENTICATED'];
  if (probe.askers === 'everyone') return ['done'];
  if (principal.isNobody) return ['UNAUTHENTICATED'];
  if (probe.askers === 'people' || probe.askers === 'lists') return ['done'];
  if (probe.askers === 'writers' && principal.manages.length === 0) return ['FORBIDDEN'];
  if (probe.askers === 'others') return ['FORBIDDEN', 'NOT_FOUND'];
  if (!principal.sees.includes(place)) return ['NOT_FOUND'];
  if (probe.askers === 'superiors')
    return [principal.manages.some((managed) => managed === above[place]) ? 'corrected' : 'FORBIDDEN'];
  if (probe.askers === 'readers' || principal.manages.includes(place)) return ['done', 'corrected'];
  return [probe.hides ? 'NOT_FOUND' : 'FORBIDDEN'];
}
