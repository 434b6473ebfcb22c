import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, ForwardPageArgs, paginate, type Connection } from '../connections.js';
import type { Context } from '../context.js';
import { notFound, RequestError } from '../errors.js';
import { DeletePayload, withUserErrors } from '../payloads.js';
import { Account } from '../storage/entities/account.js';
import { Invitation } from '../storage/entities/invitation.js';
import {
  InvitationPreview,
  InviteMemberInput,
  InviteMemberPayload,
  RevokeInvitationInput,
} from './invitation.input.js';
import type { InvitationService } from './invitation.service.js';

const InvitationConnection = connectionOf(Invitation, 'Invitation');

@Resolver(() => Invitation)
export class InvitationResolver {
  constructor(private readonly invitations: InvitationService) {}

  @Query(() => InvitationPreview, {
    name: 'invitation',
    nullable: true,
    description: 'For whoever holds an invitation’s link; null: it is not valid, or not any more.',
  })
  preview(
    @Arg('token', () => String, { description: 'From the link.' }) token: string,
  ): Promise<InvitationPreview | null> {
    return this.invitations.preview(token);
  }

  @FieldResolver(() => Account, { description: 'The account to join.' })
  account(@Root() invitation: Invitation, @Ctx() { access }: Context): Promise<Account> {
    return access.requireAccount(invitation.accountId, 'READ');
  }

  @Mutation(() => InviteMemberPayload, {
    description: 'Makes a one-time link with which one person may join an account within 7 days.',
  })
  inviteMember(
    @Ctx() { access, actor, publicUrl }: Context,
    @Arg('input', () => InviteMemberInput, { description: 'Who, and where.' })
    { accountId, email, role }: InviteMemberInput,
  ): Promise<InviteMemberPayload> {
    return withUserErrors(
      async () => {
        const account = await access.requireAccount(accountId, 'MANAGE');
        const { user } = access.principal;
        if (!user) throw new RequestError('FORBIDDEN', 'Only people invite people.');
        const { invitation, token } = await this.invitations.invite(account, email, role, user, actor);
        return { invitation, invitationUrl: `${publicUrl}/invitation?token=${token}` };
      },
      { invitation: null, invitationUrl: null },
    );
  }

  @Mutation(() => DeletePayload, { description: 'Ends an invitation that nobody has accepted.' })
  revokeInvitation(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => RevokeInvitationInput, { description: 'Which.' }) { id }: RevokeInvitationInput,
  ): Promise<DeletePayload> {
    return withUserErrors(
      async () => {
        access.requireSignedIn();
        const invitation = await this.invitations.find(id);
        if (!invitation || !(await access.findAccount(invitation.accountId, 'MANAGE')))
          throw notFound('invitation');
        await this.invitations.revoke(invitation, actor);
        return { deletedId: id };
      },
      { deletedId: null },
    );
  }
}

@Resolver(() => Account)
export class AccountInvitationsResolver {
  constructor(private readonly invitations: InvitationService) {}

  @FieldResolver(() => InvitationConnection, {
    name: 'invitations',
    description: 'For admins: who may still join the account itself, newest first.',
  })
  async invitationsOf(
    @Root() account: Account,
    @Ctx() { access }: Context,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<Invitation>> {
    await access.requireAccount(account.id, 'MANAGE');
    return paginate(this.invitations.listOf(account), page, { key: 'invitation.id', order: 'DESC' });
  }
}
