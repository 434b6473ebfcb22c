import type { EntityManager } from 'typeorm';
import type { IdRange } from '../storage/long-list.js';
import type { NewDelivery } from '../storage/new-deliveries.js';
import type { DeliveryFilter } from './delivery.input.js';

/** What a replay was asked for. */
export interface ReplayScope {
  /** Whether it makes deliveries for events that have made none, instead of repeating those that are final. */
  missed: boolean;
  /** To webhooks of accounts at or below these paths; '' is everything. */
  paths: readonly string[];
  filter: DeliveryFilter;
  /** In milliseconds since 1970. */
  beganAt: number;
  /** null: it has not begun. */
  replayId: string | null;
}

/** A delivery that a replay makes, but for what all of its deliveries share. */
export type Draft = Omit<NewDelivery, 'held' | 'trigger' | 'replayId'>;

/** What a batch is made of, by its ids, and whether nothing comes after it. */
export interface Found {
  ids: string[];
  isLast: boolean;
}

/** What a replay makes deliveries of, in the order of its ids: deliveries that are final, or events. */
export interface ReplaySource {
  /** The id of the newest there is; '' without any. */
  newestId(): Promise<string>;
  /** How many deliveries are to be sent, of what is as new as this or older. */
  count(lastId: string): Promise<number>;
  /** What the next batch between two ids is made of; ends early when it is told to, with what it has. */
  find(range: IdRange, signal: AbortSignal): Promise<Found>;
  /** Which deliveries these make now, inside the transaction that makes them. */
  decide(manager: EntityManager, ids: readonly string[]): Promise<Draft[]>;
}

/** Most deliveries of a batch. */
export const MADE_AT_ONCE = 500;

/** The ids after one, up to another one. */
export const idsAfter = (from: string, last: string): IdRange => ({ above: from, below: `${last}~` });

export async function newestIdOf(manager: EntityManager, table: 'deliveries' | 'events'): Promise<string> {
  const [row] = await manager.query<Array<{ id: string | null }>>(`select max(id) as id from ${table}`);
  return row?.id ?? '';
}
