import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';

export const StatsRange = {
  LAST_HOUR: 'LAST_HOUR',
  LAST_DAY: 'LAST_DAY',
  LAST_WEEK: 'LAST_WEEK',
  LAST_MONTH: 'LAST_MONTH',
} as const;
export type StatsRange = (typeof StatsRange)[keyof typeof StatsRange];
registerEnumType(StatsRange, {
  name: 'StatsRange',
  description: 'How far back statistics go, up to now; the newest bucket is still filling.',
  valuesConfig: {
    LAST_HOUR: { description: '12 buckets of 5 minutes.' },
    LAST_DAY: { description: '24 buckets of an hour.' },
    LAST_WEEK: { description: '28 buckets of 6 hours, in UTC.' },
    LAST_MONTH: { description: '30 buckets of a day, in UTC.' },
  },
});

/** How long requests took, from look-up to the last byte of the reply. */
@ObjectType()
abstract class Durations {
  @Field(() => Float, {
    nullable: true,
    description: 'Half of the requests took less, in ms, to within 10 %; null when there were none.',
  })
  p50Ms!: number | null;

  @Field(() => Float, { nullable: true, description: '95 % took less, in ms; null when there were none.' })
  p95Ms!: number | null;

  @Field(() => Float, { nullable: true, description: '99 % took less, in ms; null when there were none.' })
  p99Ms!: number | null;
}

@ObjectType({ description: 'What happened in one slice of time.' })
export class StatsBucket extends Durations {
  @Field(() => Date, { description: 'Where the slice begins; it ends where the next one begins.' })
  start!: Date;

  @Field(() => Int, { description: 'Requests that the receiver acknowledged.' })
  succeeded!: number;

  @Field(() => Int, { description: 'Requests that failed, those that were retried included.' })
  failed!: number;
}

@ObjectType({ description: 'How often one kind of reply came.' })
export class ReplyCount {
  @Field(() => String, { description: 'The HTTP status, or the error class where no reply came.' })
  reply!: string;

  @Field(() => Int, { description: 'How many requests it answered.' })
  count!: number;
}

@ObjectType({ description: 'The requests to a webhook in a range of time, tests not counted.' })
export class DeliveryStats extends Durations {
  @Field(() => Int, { description: 'Requests in all, retries included.' })
  attempts!: number;

  @Field(() => Int, { description: 'Requests that the receiver acknowledged.' })
  succeeded!: number;

  @Field(() => Int, { description: 'Requests that failed, those that were retried included.' })
  failed!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Acknowledged requests of all, from 0 to 1; null when there were none.',
  })
  successRate!: number | null;

  @Field(() => [StatsBucket], { description: 'Every slice of the range, empty ones too, oldest first.' })
  buckets!: StatsBucket[];

  @Field(() => [ReplyCount], { description: 'By reply, the most frequent first.' })
  byReply!: ReplyCount[];
}
