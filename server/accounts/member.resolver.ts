import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { connectionOf, ForwardPageArgs, mapNodes, paginate, type Connection } from '../connections.js';
import type { Context } from '../context.js';
import { DeletePayload, withUserErrors } from '../payloads.js';
import { Account } from '../storage/entities/account.js';
import { Member, MemberPayload, RemoveMemberInput, UpdateMemberInput } from './member.input.js';
import type { MemberService } from './member.service.js';

const MemberConnection = connectionOf(Member, 'Member');

@Resolver(() => Account)
export class MemberResolver {
  constructor(private readonly members: MemberService) {}

  @FieldResolver(() => MemberConnection, {
    name: 'members',
    description: 'People with a role on the account itself; roles given on accounts above hold here too.',
  })
  async membersOf(
    @Root() account: Account,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<Member>> {
    const users = await paginate(this.members.listOf(account), page, { key: 'user.id', order: 'ASC' });
    const members = await this.members.membersAmong(
      account,
      users.edges.map(({ node }) => node),
    );
    return mapNodes(users, ({ id }) => members.get(id) ?? null);
  }

  @Mutation(() => MemberPayload, {
    description: 'Changes the role of a member; an account keeps at least one admin.',
  })
  updateMember(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => UpdateMemberInput, { description: 'Who, and how.' })
    { accountId, userId, role }: UpdateMemberInput,
  ): Promise<MemberPayload> {
    return withUserErrors(
      async () => {
        const account = await access.requireAccount(accountId, 'MANAGE');
        return { member: await this.members.changeRole(account, userId, role, actor) };
      },
      { member: null },
    );
  }

  @Mutation(() => DeletePayload, {
    description:
      'Ends a membership at once, and what the person’s API tokens and invitations may do through it.',
  })
  removeMember(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => RemoveMemberInput, { description: 'Who, and where.' })
    { accountId, userId }: RemoveMemberInput,
  ): Promise<DeletePayload> {
    return withUserErrors(
      async () => {
        await this.members.remove(await access.requireAccount(accountId, 'MANAGE'), userId, actor);
        return { deletedId: userId };
      },
      { deletedId: null },
    );
  }
}
