import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { newBehavior, publish } from '../../helpers/operations.js';

const IDS = [
  'é',
  '\ud800',
  '𝒳'.repeat(300),
  '\u202e<script>',
  'a\0b',
  '',
  'x'.repeat(10_000),
  "' or ''='",
  '%',
];

const queries = [
  'query ($id: ID!) { account(id: $id) { id } }',
  'query ($id: ID!) { delivery(id: $id) { id } }',
  'query ($id: ID!) { event(id: $id) { id } }',
  'query ($id: ID!) { node(id: $id) { id } }',
  'query ($id: ID!) { replay(id: $id) { id } }',
  'query ($id: ID!) { webhook(id: $id) { id } }',
  'query ($id: ID!) { attempts(filter: { accountId: $id }) { totalCount } }',
  'query ($id: ID!) { auditEntries(accountId: $id) { totalCount } }',
  'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { deletedId } }',
  'mutation ($id: ID!) { retryDelivery(input: { id: $id }) { delivery { id } } }',
  'mutation ($id: ID!) { revokeApiToken(input: { id: $id }) { deletedId } }',
  'mutation ($id: ID!) { revokeSession(input: { id: $id }) { deletedId } }',
  'mutation ($id: ID!) { testWebhook(input: { webhookId: $id, eventType: NEW_SCRIPT }) { attempt { id } } }',
];

eachDatabase('An id that could be none', (database) => {
  let server: TestServer;

  before(async () => {
    server = await startHookwatch(await database.createUrl());
  });

  after(() => server.stop());

  for (const query of queries)
    it(`is as unknown as any other to ${/\{ (\w+)/.exec(query)![1]!}`, async () => {
      for (const id of IDS) {
        const { errors } = await server.operator.send(query, { id });
        expect(errors?.[0]!.extensions.code, JSON.stringify(id)).to.equal('NOT_FOUND');
      }
    });

  it('is refused alone among events', async () => {
    const results = await publish(
      server.operator,
      ...[...IDS, server.accountId].map((id) => newBehavior(id)),
    );
    expect(results.map(({ userErrors }) => userErrors[0]?.code ?? null)).to.deep.equal([
      ...IDS.map(() => 'NOT_FOUND'),
      null,
    ]);
  });

  it('filters nothing in', async () => {
    const { deliveries } = await server.operator.ask<{ deliveries: { totalCount: number } }>(
      'query ($ids: [ID!]) { deliveries(filter: { webhookIds: $ids }) { totalCount } }',
      { ids: IDS },
    );
    expect(deliveries.totalCount).to.equal(0);
  });
});
