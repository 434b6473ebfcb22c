import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { RequestError } from '../errors.js';
import { DeletePayload, withUserErrors } from '../payloads.js';
import { Session } from '../storage/entities/session.js';
import { Viewer } from './auth.input.js';
import { RevokeSessionInput } from './session.input.js';
import type { SessionService } from './session.service.js';
import { expiryOf } from './sessions.js';

@Resolver(() => Session)
export class SessionResolver {
  constructor(private readonly sessions: SessionService) {}

  @FieldResolver(() => Date, { description: 'When it ends unless it is used again.' })
  expiresAt(@Root() session: Session): Date {
    return expiryOf(session);
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is the one that asks.' })
  isCurrent(@Root() session: Session, @Ctx() { access }: Context): boolean {
    return session.tokenHash === access.principal.sessionHash;
  }

  @Mutation(() => DeletePayload, { description: 'Ends one of one’s own sessions at once.' })
  revokeSession(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => RevokeSessionInput, { description: 'Which.' }) { id }: RevokeSessionInput,
  ): Promise<DeletePayload> {
    return withUserErrors(
      async () => {
        access.requireSignedIn();
        if (!access.principal.user) throw new RequestError('FORBIDDEN', 'Only people have sessions.');
        await this.sessions.revoke(access.principal.user, id, actor);
        return { deletedId: id };
      },
      { deletedId: null },
    );
  }
}

@Resolver(() => Viewer)
export class ViewerSessionsResolver {
  constructor(private readonly sessions: SessionService) {}

  @FieldResolver(() => [Session], {
    name: 'sessions',
    description: 'Where one is signed in, the last used first; none for a token.',
  })
  sessionsOf(@Root() { user }: Viewer): Promise<Session[]> | Session[] {
    return user ? this.sessions.listOf(user) : [];
  }
}
