import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { Access } from '../auth/access.js';
import type { Permission } from '../auth/principal.js';
import type { Context } from '../context.js';
import { notFound, RequestError } from '../errors.js';
import { withUserErrors } from '../payloads.js';
import { isCovered, Replay } from '../storage/entities/replay.js';
import {
  CancelReplayInput,
  ReplayDeliveriesInput,
  ReplayDeliveriesPayload,
  ReplayPayload,
} from './replay.input.js';
import type { ReplayRequest, ReplayService } from './replay.service.js';

@Resolver(() => Replay)
export class ReplayResolver {
  constructor(private readonly replays: ReplayService) {}

  @Query(() => Replay, {
    nullable: true,
    description: 'A replay, for whoever may see all webhooks that it reaches.',
  })
  replay(
    @Ctx() { access }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<Replay> {
    return requireReplay(this.replays, access, id, 'READ');
  }

  @Mutation(() => ReplayDeliveriesPayload, {
    description: 'Sends deliveries again, each once, by and by; goes on after a restart.',
  })
  replayDeliveries(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => ReplayDeliveriesInput, { description: 'Which.' }) input: ReplayDeliveriesInput,
  ): Promise<ReplayDeliveriesPayload> {
    const request = requestOf(input, access);
    return withUserErrors(
      async () => {
        if (input.dryRun) return { matchedCount: await this.replays.count(request), replay: null };
        const replay = await this.replays.begin(request, actor);
        return { matchedCount: replay.matchedCount, replay };
      },
      { matchedCount: 0, replay: null },
    );
  }

  @Mutation(() => ReplayPayload, { description: 'Ends a replay; what it has not sent yet is not sent.' })
  cancelReplay(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => CancelReplayInput, { description: 'Which.' }) { id }: CancelReplayInput,
  ): Promise<ReplayPayload> {
    return withUserErrors(
      async () => {
        const replay = await requireReplay(this.replays, access, id, 'WEBHOOKS_WRITE');
        return { replay: await this.replays.cancel(replay, actor) };
      },
      { replay: null },
    );
  }
}

function requestOf({ filter, missed, idempotencyKey }: ReplayDeliveriesInput, access: Access): ReplayRequest {
  const paths = access.requirePaths('WEBHOOKS_WRITE');
  const { user, token } = access.principal;
  return {
    ...{ filter, paths, missed: missed ?? false },
    ...{ startedById: (user ?? token)!.id, idempotencyKey: idempotencyKey ?? null },
  };
}

/** The replay; NOT_FOUND when it is unknown or reaches out of sight, FORBIDDEN when only this permission is missing. */
export async function requireReplay(
  replays: ReplayService,
  access: Access,
  id: string,
  permission: Permission,
): Promise<Replay> {
  access.requireSignedIn();
  const replay = await replays.find(id);
  if (!replay || !isCovered(replay, (account) => access.can('READ', account))) throw notFound('replay');
  if (isCovered(replay, (account) => access.can(permission, account))) return replay;
  throw new RequestError('FORBIDDEN', 'You may see this replay, and not change it.');
}
