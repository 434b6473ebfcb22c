import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import {
  createAccount,
  createToken,
  createWebhook,
  newBehavior,
  publish,
  type PublishResult,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { mutation } from '../accounts/audit-cases.js';
import { replyCode } from '../auth/browser-user.js';

/** Texts that are no id, though a database may take some of them for this one, or fail. */
const lookalikesOf = (id: string): string[] => [
  ...[
    `${id} `,
    ` ${id}`,
    `${id}${' '.repeat(400)}`,
    id.toLowerCase(),
    `${id}\0`,
    `${id}é`,
    `é${id.slice(1)}`,
  ],
  ...[id.replace('_', '＿'), '\ud800', '', "' or ''='", 'x'.repeat(10_000)],
];

eachDatabase('What looks like an id or a key', (database) => {
  let server: TestServer;
  let receiver: Receiver;
  let webhookId: string;

  before(async () => {
    receiver = await startReceiver();
    server = await startHookwatch(await database.createUrl());
    webhookId = await createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
    });
  });

  after(async () => {
    await server.stop();
    await receiver.close();
  });

  it('names nothing, whatever is asked for by it', async () => {
    const { operator, accountId } = server;
    for (const id of lookalikesOf(webhookId))
      for (const field of ['node', 'webhook', 'event', 'delivery', 'replay'])
        expect(
          replyCode(await operator.send(`query ($id: ID!) { ${field}(id: $id) { id } }`, { id })),
          `${field} ${id}`,
        ).to.equal('NOT_FOUND');
    for (const id of lookalikesOf(accountId))
      for (const field of ['attempts(filter: { accountId: $id })', 'auditEntries(accountId: $id)'])
        expect(
          replyCode(await operator.send(`query ($id: ID!) { ${field} { totalCount } }`, { id })),
          `${field} ${id}`,
        ).to.equal('NOT_FOUND');
  });

  it('changes nothing', async () => {
    const { operator, accountId } = server;
    const user = await operator.ask<{ viewer: { user: { id: string } } }>('{ viewer { user { id } } }');
    const changes: Array<[name: string, fields: string, id: string, input: (id: string) => object]> = [
      ['deleteWebhook', 'deletedId', webhookId, (id) => ({ id })],
      ['setWebhookActive', 'webhook { id }', webhookId, (id) => ({ id, active: false })],
      ['testWebhook', 'attempt { id }', webhookId, (id) => ({ webhookId: id, eventType: 'NEW_BEHAVIOR' })],
      [
        'updateMember',
        'member { role }',
        user.viewer.user.id,
        (userId) => ({ accountId, userId, role: 'ADMIN' }),
      ],
      ['createAccount', 'account { id }', accountId, (parentId) => ({ name: 'Below', parentId })],
    ];
    for (const [name, fields, id, input] of changes)
      for (const wrong of lookalikesOf(id))
        expect(
          replyCode(
            await operator.send(mutation(name, `${fields} userErrors { code }`), { input: input(wrong) }),
          ),
          `${name} ${wrong}`,
        ).to.equal('NOT_FOUND');
  });

  it('finds nothing as a filter, and an empty list finds nothing either', async () => {
    const { operator, accountId } = server;
    await publish(operator, newBehavior(accountId));
    await receiver.waitFor(1);
    const count = async (filter: object): Promise<number> => {
      const { deliveries } = await operator.ask<{ deliveries: { totalCount: number } }>(
        'query ($filter: DeliveryFilter) { deliveries(filter: $filter) { totalCount } }',
        { filter },
      );
      return deliveries.totalCount;
    };
    expect(await count({ siteId: 'site-1' })).to.equal(1);
    for (const filter of [
      ...[{ webhookIds: lookalikesOf(webhookId) }, { accountIds: lookalikesOf(accountId) }],
      ...[{ eventId: 'é' }, { errorClasses: ['é', '\ud800'] }, { siteId: 'site-1 ' }, { siteId: 'SITE-1' }],
      ...[{ webhookIds: [] }, { httpStatuses: [] }, { errorClasses: [] }],
    ])
      expect(await count(filter), JSON.stringify(filter)).to.equal(0);
  });

  it('is a key of its own, also with a space more or in other letters', async () => {
    const { operator, accountId } = server;
    const keyed = (idempotencyKey: string): object => newBehavior(accountId, { idempotencyKey });
    const keys = ['key', 'key ', 'Key', 'kéy', 'key\0', 'key\t'];
    const isRepeated = (results: PublishResult[]): boolean[] =>
      results.map(({ deduplicated }) => deduplicated);
    for (const key of keys)
      expect(isRepeated(await publish(operator, keyed(key))), key).to.deep.equal([false]);
    const again = await publish(operator, ...keys.map(keyed));
    expect(isRepeated(again)).to.deep.equal(keys.map(() => true));
    expect(new Set(again.map(({ event }) => event!.id)).size).to.equal(keys.length);
  });

  it('is refused as a key, alone, where it is half of a character', async () => {
    const { operator, accountId } = server;
    const [half, otherHalf, whole] = await publish(
      operator,
      newBehavior(accountId, { idempotencyKey: '\ud83d' }),
      newBehavior(accountId, { idempotencyKey: '\ude42' }),
      newBehavior(accountId, { idempotencyKey: '\ud83d\ude42' }),
    );
    expect([half, otherHalf, whole].map((result) => result!.userErrors[0]?.code)).to.deep.equal([
      ...['INVALID', 'INVALID', undefined],
    ]);
    const input = { filter: { webhookIds: [webhookId] }, dryRun: false, idempotencyKey: '\ud83d' };
    const replay = mutation('replayDeliveries', 'replay { id } userErrors { code }');
    expect(replyCode(await operator.send(replay, { input }))).to.equal('INVALID');
  });

  it('of another tenant is as unknown as any other', async () => {
    const other = await createAccount(server.operator, 'Other tenant');
    const stranger = server.withToken(await createToken(server.operator, other, 'READ', 'WEBHOOKS_WRITE'));
    for (const id of [webhookId, ...lookalikesOf(webhookId)]) {
      const { errors } = await stranger.send('query ($id: ID!) { webhook(id: $id) { id } }', { id });
      expect(errors!.map(({ message }) => message)).to.deep.equal([
        'No such webhook, or you may not see it.',
      ]);
    }
  });
});
