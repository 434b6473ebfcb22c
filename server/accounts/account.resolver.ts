import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, ForwardPageArgs, paginate, type Connection } from '../connections.js';
import type { Context } from '../context.js';
import { RequestError } from '../errors.js';
import { withUserErrors } from '../payloads.js';
import { Account } from '../storage/entities/account.js';
import { Role } from '../storage/entities/membership.js';
import { AccountPayload, CreateAccountInput, RenameAccountInput } from './account.input.js';
import type { AccountService } from './account.service.js';

const AccountConnection = connectionOf(Account, 'Account');
const oldestFirst = { key: 'account.id', order: 'ASC' } as const;

@Resolver(() => Account)
export class AccountResolver {
  constructor(private readonly accounts: AccountService) {}

  @Query(() => Account, { nullable: true, description: 'An account the caller may see.' })
  account(
    @Ctx() { access }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<Account> {
    return access.requireAccount(id, 'READ');
  }

  @Query(() => AccountConnection, {
    name: 'accounts',
    description: 'Every account the caller may see, at all depths, oldest first.',
  })
  async visible(
    @Ctx() { access }: Context,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<Account>> {
    access.requireSignedIn();
    return paginate(this.accounts.listBelow(access.readablePaths()), page, oldestFirst);
  }

  @FieldResolver(() => Account, {
    nullable: true,
    description: 'The account above; null at the top, or out of sight.',
  })
  async parent(@Root() account: Account, @Ctx() { access }: Context): Promise<Account | null> {
    return account.parentId === null ? null : access.findAccount(account.parentId, 'READ');
  }

  @FieldResolver(() => AccountConnection, { description: 'Direct children, oldest first.' })
  children(
    @Root() account: Account,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<Account>> {
    return paginate(this.accounts.childrenOf(account), page, oldestFirst);
  }

  @FieldResolver(() => Boolean, { description: 'Whether there are accounts below.' })
  hasChildren(@Root() account: Account): Promise<boolean> {
    return this.accounts.hasChildren(account);
  }

  @FieldResolver(() => Role, {
    description: 'The caller’s role here; an API token counts as VIEWER, whatever its scopes.',
  })
  viewerRole(@Root() account: Account, @Ctx() { access }: Context): Role {
    return access.roleOn(account) ?? Role.VIEWER;
  }

  @Mutation(() => AccountPayload, {
    description: 'Makes an account, at the top (operator) or below another.',
  })
  createAccount(
    @Ctx() { access }: Context,
    @Arg('input', () => CreateAccountInput, { description: 'Name and place.' })
    { name, parentId }: CreateAccountInput,
  ): Promise<AccountPayload> {
    return withUserErrors(
      async () => {
        access.requireSignedIn();
        const parent = parentId == null ? null : await access.requireAccount(parentId, 'MANAGE');
        if (!parent && !access.principal.isOperator)
          throw new RequestError('FORBIDDEN', 'Only the operator makes top-level accounts: name a parent.');
        return { account: await this.accounts.create(name, parent) };
      },
      { account: null },
    );
  }

  @Mutation(() => AccountPayload, { description: 'Renames an account.' })
  renameAccount(
    @Ctx() { access }: Context,
    @Arg('input', () => RenameAccountInput, { description: 'Which, and how.' })
    { id, name }: RenameAccountInput,
  ): Promise<AccountPayload> {
    return withUserErrors(
      async () => ({ account: await this.accounts.rename(await access.requireAccount(id, 'MANAGE'), name) }),
      { account: null },
    );
  }
}
