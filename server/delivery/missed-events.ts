import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { below } from '../storage/below.js';
import { Account } from '../storage/entities/account.js';
import { Event } from '../storage/entities/event.js';
import { Webhook } from '../storage/entities/webhook.js';
import { createLongList, unindexed, type LongList, type Way } from '../storage/long-list.js';
import { idsBetween, MOST_WAYS, restrict } from './delivery-filter.js';
import { toMissedFilter, type MissedFilter } from './missed-filter.js';
import { lockHeads } from './queue-heads.js';
import {
  idsAfter,
  MADE_AT_ONCE,
  newestIdOf,
  type Draft,
  type ReplayScope,
  type ReplaySource,
} from './replay-source.js';
import type { ReplaySourcesDeps } from './replay-sources.js';

/** Whether a webhook `w`, of account `o`, gets the events of account `a`, as it is set now. */
const ENTITLED = `w.deleted_at is null
  and a.path between o.path and case when w.include_child_accounts then concat(o.path, '~') else o.path end`;

/** Whether it wants the event and none of its deliveries, whatever became of them, is of this event. */
const MISSED = `instr(w.event_types, concat('"', event.type, '"')) > 0 and not exists (select 1 from deliveries d
  where d.event_id = event.id and ${unindexed('d.webhook_id')} = w.id)`;

/** Which webhooks have missed events since when. */
interface Missing {
  webhookIds: readonly string[];
  /** Their accounts are at or below these paths. */
  paths: readonly string[];
  /** In milliseconds since 1970. */
  since: number;
}

/**
 * What events and webhooks lack a delivery of, though it is due by how the webhooks are set now: such as those that were
 * published while a webhook was switched off.
 */
export function createMissedEvents(
  { storage, retentionMs }: ReplaySourcesDeps,
  { paths, filter: given }: ReplayScope,
): ReplaySource {
  const filter = toMissedFilter(given);
  const { webhookIds } = filter;
  const mostEvents = Math.max(1, Math.floor(MADE_AT_ONCE / webhookIds.length));

  /** Of older events, deliveries may have been made and removed. */
  const sinceWhen = async (manager: EntityManager): Promise<number> =>
    Math.max(filter.createdAfter.getTime(), (await storage.now(manager)) - retentionMs);

  const list = async (ids: readonly string[]): Promise<LongList<Event>> =>
    listMissed(storage.read, filter, { webhookIds: ids, paths, since: await sinceWhen(storage.read) });

  return {
    newestId: () => newestIdOf(storage.read, 'events'),
    async count(lastId) {
      let count = 0;
      for (const id of webhookIds) count += await (await list([id])).count(idsAfter('', lastId));
      return count;
    },
    async find(range, signal) {
      const events = await list(webhookIds);
      const found = await events.read({ ...range, direction: 'ASC', limit: mostEvents, signal });
      return { ids: found.map(({ id }) => id), isLast: found.length < mostEvents };
    },
    async decide(manager, ids) {
      // Of several replays of a webhook, the next one sees what this one has made.
      await lockHeads(storage, manager, webhookIds);
      return findMissed(manager, ids, { webhookIds, paths, since: await sinceWhen(manager) });
    },
  };
}

/** The events, by their ids alone, that one of the webhooks at least has missed and that match the filter. */
async function listMissed(
  manager: EntityManager,
  filter: MissedFilter,
  missing: Missing,
): Promise<LongList<Event>> {
  const { createdBefore } = filter;
  return createLongList({
    ...{ manager, entity: Event, alias: 'event' },
    ways: await findWays(manager, filter, missing),
    within: idsBetween('evt', { createdAfter: new Date(missing.since), createdBefore }),
    restrict: (query) =>
      whereMissed(
        filterEvents(query.select('event.id'), filter),
        missing,
        (condition) => `exists (select 1 from webhooks w join accounts o on o.id = w.account_id
          join accounts a on a.id = event.accountId where ${condition})`,
      ),
  });
}

/** What each of these events lacks. */
const findMissed = (manager: EntityManager, ids: readonly string[], missing: Missing): Promise<Draft[]> =>
  whereMissed(
    manager
      .createQueryBuilder(Event, 'event')
      .innerJoin(Account, 'a', 'a.id = event.accountId')
      .innerJoin(Webhook, 'w', 'w.id in (:...webhookIds)')
      .innerJoin(Account, 'o', 'o.id = w.accountId')
      .select('event.id', 'eventId')
      .addSelect('w.id', 'webhookId')
      .addSelect('event.accountId', 'accountId')
      .addSelect('o.id', 'ownerId')
      .addSelect('event.type', 'eventType')
      .whereInIds(ids),
    missing,
  )
    .orderBy('event.id')
    .addOrderBy('w.id')
    .getRawMany<Draft>();

/** Restricts to what webhooks have missed, by a condition on `w`, `o` and `a`, or what `having` makes of it. */
function whereMissed(
  query: SelectQueryBuilder<Event>,
  missing: Missing,
  having = (condition: string): string => condition,
): SelectQueryBuilder<Event> {
  const { sql, parameters } = entitled(missing);
  return query
    .andWhere('event.receivedAt >= :since', { since: missing.since })
    .andWhere(having(`${sql} and ${MISSED}`), parameters);
}

/** A condition on `w`, `o` and `a`: the webhook is one of these. */
function entitled({ webhookIds, paths }: Missing): { sql: string; parameters: object } {
  const { sql, parameters } = below('o.path', paths);
  return {
    sql: `w.id in (:...webhookIds) and ${sql} and ${ENTITLED}`,
    parameters: { ...parameters, webhookIds },
  };
}

function filterEvents(query: SelectQueryBuilder<Event>, filter: MissedFilter): SelectQueryBuilder<Event> {
  const { accountIds, eventTypes, siteId, bodyContains, createdBefore } = filter;
  restrict(query, 'event.accountId', accountIds);
  restrict(query, 'event.type', eventTypes);
  if (siteId != null) query.andWhere('event.siteId = :siteId', { siteId });
  if (bodyContains) query.andWhere('instr(event.body, :bodyContains) > 0', { bodyContains });
  if (createdBefore) query.andWhere('event.receivedAt < :before', { before: createdBefore.getTime() });
  return query;
}

/** The accounts whose events these webhooks get; null: look through those of all. */
async function findWays(
  manager: EntityManager,
  { accountIds }: MissedFilter,
  missing: Missing,
): Promise<Way[] | null> {
  const { sql, parameters } = entitled(missing);
  const query = manager
    .createQueryBuilder(Webhook, 'w')
    .innerJoin(Account, 'o', 'o.id = w.accountId')
    .innerJoin(Account, 'a', 'a.path >= o.path')
    .select('a.id', 'id')
    .distinct()
    .where(sql, parameters)
    .limit(MOST_WAYS + 1);
  restrict(query, 'a.id', accountIds);
  const accounts = await query.getRawMany<{ id: string }>();
  return accounts.length > MOST_WAYS ? null : accounts.map(({ id }) => ({ accountId: id }));
}
