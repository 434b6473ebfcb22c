import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import { AttemptFilter } from '../delivery/delivery.input.js';
import type { Context } from '../context.js';
import { Replay } from '../storage/entities/replay.js';
import { Webhook } from '../storage/entities/webhook.js';
import { AttemptBatch } from './feed.js';

interface AttemptsArgs {
  filter?: AttemptFilter | null;
  after?: string | null;
}

@Resolver()
export class LiveResolver {
  @Subscription(() => AttemptBatch, {
    description:
      'Attempts as they end, oldest first, in batches of at most one each 100 ms; what happened since `after` comes first.',
    subscribe: ({ args, context }: { args: AttemptsArgs; context: Context }) =>
      context.live.attempts(context, args.filter ?? {}, args.after ?? null),
  })
  attempts(
    @Root() batch: AttemptBatch,
    @Arg('filter', () => AttemptFilter, { nullable: true, description: 'Which; default: all.' })
    _filter: AttemptFilter | null,
    @Arg('after', () => String, {
      nullable: true,
      description: 'A cursor of an earlier batch or of Query.attempts.',
    })
    _after: string | null,
  ): AttemptBatch {
    return batch;
  }

  @Subscription(() => Replay, {
    description: 'A replay as it goes on, from where it stands; ends when nothing of it is left to be sent.',
    subscribe: ({ args, context }: { args: { id: string }; context: Context }) =>
      context.replayProgress(context, args.id),
  })
  replayProgress(
    @Root() replay: Replay,
    @Arg('id', () => ID, { description: 'The replay.' }) _id: string,
  ): Replay {
    return replay;
  }

  @Subscription(() => Webhook, {
    description:
      'The webhooks of an account: each as it stands, and again when its state, its failures or its settings change.',
    subscribe: ({ args, context }: { args: { accountId: string }; context: Context }) =>
      context.webhookHealth(context, args.accountId),
  })
  webhookHealth(
    @Root() webhook: Webhook,
    @Arg('accountId', () => ID, { description: 'The account; not those below it.' }) _accountId: string,
  ): Webhook {
    return webhook;
  }
}
