import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { RequestError } from '../errors.js';
import { withUserErrors } from '../payloads.js';
import {
  ChangePasswordInput,
  ChangePasswordPayload,
  CompleteSetupInput,
  ServerInfo,
  SignInInput,
  SignInPayload,
  Viewer,
} from './auth.input.js';
import type { AuthService } from './auth.service.js';
import type { Authenticator } from './authenticator.js';
import { AcceptInvitationInput } from './invitation.input.js';
import type { InvitationService } from './invitation.service.js';
import { anonymous, type Principal } from './principal.js';

const nobody = { viewer: null };

@Resolver()
export class AuthResolver {
  constructor(
    private readonly auth: AuthService,
    private readonly authenticator: Authenticator,
    private readonly invitations: InvitationService,
    private readonly about: { version: string; demo: boolean },
  ) {}

  @Query(() => Viewer, { nullable: true, description: 'Who is asking; null: nobody is signed in.' })
  viewer(@Ctx() { access }: Context): Viewer | null {
    return toViewer(access.principal);
  }

  @Query(() => ServerInfo, { description: 'What this server is.' })
  async serverInfo(): Promise<ServerInfo> {
    return { ...this.about, setupRequired: await this.auth.isSetupOpen() };
  }

  @Mutation(() => SignInPayload, {
    description: 'Sets a new instance up with its one-time link, and signs in.',
  })
  completeSetup(
    @Ctx() context: Context,
    @Arg('input', () => CompleteSetupInput, { description: 'Who.' })
    { setupToken, ...operator }: CompleteSetupInput,
  ): Promise<SignInPayload> {
    return withUserErrors(
      async () => this.enter(context, await this.auth.completeSetup(setupToken, operator, context.request)),
      nobody,
    );
  }

  @Mutation(() => SignInPayload, { description: 'Signs in; the session is in an HttpOnly cookie.' })
  signIn(
    @Ctx() context: Context,
    @Arg('input', () => SignInInput, { description: 'Who.' }) { email, password }: SignInInput,
  ): Promise<SignInPayload> {
    return withUserErrors(
      async () => this.enter(context, await this.auth.signIn(email, password, context.request)),
      nobody,
    );
  }

  @Mutation(() => Boolean, { description: 'Ends the session; true also when there was none.' })
  async signOut(@Ctx() context: Context): Promise<boolean> {
    await this.leave(context);
    context.session.clear();
    return true;
  }

  @Mutation(() => ChangePasswordPayload, {
    description: 'Changes one’s own password; all other sessions end.',
  })
  changePassword(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => ChangePasswordInput, { description: 'Old and new.' })
    { currentPassword, newPassword }: ChangePasswordInput,
  ): Promise<ChangePasswordPayload> {
    const { principal } = access;
    return withUserErrors(async () => {
      access.requireSignedIn();
      if (!principal.user) throw new RequestError('FORBIDDEN', 'Only people have passwords.');
      await this.auth.changePassword(
        principal.user,
        principal.sessionHash,
        currentPassword,
        newPassword,
        actor,
      );
      return { viewer: toViewer(principal) };
    }, nobody);
  }

  @Mutation(() => SignInPayload, {
    description: 'Joins an account with the one-time link of an invitation, and signs in.',
  })
  acceptInvitation(
    @Ctx() context: Context,
    @Arg('input', () => AcceptInvitationInput, { description: 'Which, and who.' })
    { token, ...person }: AcceptInvitationInput,
  ): Promise<SignInPayload> {
    return withUserErrors(async () => {
      const acceptance = { ...person, signedIn: context.access.principal.user };
      return this.enter(context, await this.invitations.accept(token, acceptance, context.request));
    }, nobody);
  }

  /** From here on the request is that of whoever has signed in. */
  private async enter(context: Context, token: string): Promise<{ viewer: Viewer | null }> {
    await this.leave(context);
    context.session.set(token);
    const principal = await this.authenticator.authenticate({
      authorization: undefined,
      sessionCookie: token,
    });
    context.access = context.access.as(principal);
    return { viewer: toViewer(principal) };
  }

  private async leave(context: Context): Promise<void> {
    const { principal } = context.access;
    if (principal.sessionHash === null) return;
    await this.auth.signOut(principal.sessionHash, context.actor);
    context.access = context.access.as(anonymous);
  }
}

function toViewer({ kind, user, token, grants, isOperator }: Principal): Viewer | null {
  if (kind === 'anonymous') return null;
  return {
    user,
    token,
    isOperator,
    memberships: kind === 'user' ? grants.map(({ account, role }) => ({ account, role })) : [],
  };
}
