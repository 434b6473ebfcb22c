import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Entity } from 'typeorm';
import { BooleanColumn, IdColumn, IntegerColumn, JsonColumn, TextColumn, TimeColumn } from '../columns.js';
import { Node } from './node.js';

export const ReplayStatus = { RUNNING: 'RUNNING', DONE: 'DONE', CANCELLED: 'CANCELLED' } as const;
export type ReplayStatus = (typeof ReplayStatus)[keyof typeof ReplayStatus];
registerEnumType(ReplayStatus, {
  name: 'ReplayStatus',
  description: 'Where a replay stands; DONE and CANCELLED are final.',
  valuesConfig: {
    RUNNING: { description: 'Its deliveries are being made and sent.' },
    DONE: { description: 'All its deliveries are made; those that still wait go on as any other.' },
    CANCELLED: { description: 'A person ended it; what was not sent by then is not sent.' },
  },
});

@ObjectType({
  implements: Node,
  description:
    'Many deliveries sent again, or made for events that had none, as one person or program asked.',
})
@Entity('replays')
export class Replay extends Node {
  @Field(() => ReplayStatus, { description: 'Where it stands.' })
  @TextColumn('status')
  status!: ReplayStatus;

  /** Whether it makes deliveries for events that have made none, instead of repeating those that are final. */
  @BooleanColumn('missed')
  missed!: boolean;

  /** Which deliveries, or which events, as the caller gave it. */
  @JsonColumn('filter')
  filter!: object;

  /** Of webhooks of accounts at or below these paths; '' is everything. */
  @JsonColumn('paths')
  paths!: string[];

  /** How far it has come through the deliveries, or the events, by their id; null: nothing is left to do. */
  @IdColumn('reached_id', { nullable: true })
  reachedId!: string | null;

  /** The newest of them there was when it began. */
  @IdColumn('last_id')
  lastId!: string;

  @Field(() => Int, { description: 'How many deliveries matched, or were missed, when it began.' })
  @IntegerColumn('matched_count')
  matchedCount!: number;

  @Field(() => Int, {
    description: 'How many new deliveries it has made: one for each event and webhook, however many matched.',
  })
  @IntegerColumn('created_count')
  createdCount!: number;

  @Field(() => Int, { description: 'How many of the new deliveries have succeeded.' })
  @IntegerColumn('succeeded_count')
  succeededCount!: number;

  @Field(() => Int, { description: 'How many of the new deliveries have failed for good.' })
  @IntegerColumn('failed_count')
  failedCount!: number;

  @Field(() => Date, { description: 'When it began.' })
  @TimeColumn('created_at')
  createdAt!: Date;

  /** The user or API token that asked for it. */
  @IdColumn('started_by_id')
  startedById!: string;

  /** The caller's key for this replay; unique to the caller. */
  @TextColumn('idempotency_key', { nullable: true })
  idempotencyKey!: string | null;
}

/** Whether everything that a replay may touch lies where somebody may do something. */
export const isCovered = (replay: Replay, may: (account: { path: string }) => boolean): boolean =>
  replay.paths.every((path) => may({ path }));
