import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Access } from '../auth/access.js';
import { connectionOf, ForwardPageArgs, paginate, type Connection } from '../connections.js';
import type { Context } from '../context.js';
import { RequestError } from '../errors.js';
import { DeletePayload, withUserErrors } from '../payloads.js';
import { Account } from '../storage/entities/account.js';
import { Role } from '../storage/entities/membership.js';
import {
  AccountPayload,
  CreateAccountInput,
  DeleteAccountInput,
  RenameAccountInput,
} from './account.input.js';
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
    @Ctx() { access, actor }: Context,
    @Arg('input', () => CreateAccountInput, { description: 'Name and place.' })
    { name, parentId }: CreateAccountInput,
  ): Promise<AccountPayload> {
    return withUserErrors(
      async () => {
        access.requireSignedIn();
        const parent = parentId == null ? null : await access.requireAccount(parentId, 'MANAGE');
        if (!parent && !access.principal.isOperator)
          throw new RequestError('FORBIDDEN', 'Only the operator makes top-level accounts: name a parent.');
        return { account: await this.accounts.create(name, parent, actor) };
      },
      { account: null },
    );
  }

  @Mutation(() => AccountPayload, { description: 'Renames an account.' })
  renameAccount(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => RenameAccountInput, { description: 'Which, and how.' })
    { id, name }: RenameAccountInput,
  ): Promise<AccountPayload> {
    return withUserErrors(
      async () => {
        const account = await access.requireAccount(id, 'MANAGE');
        return { account: await this.accounts.rename(account, name, actor) };
      },
      { account: null },
    );
  }

  @Mutation(() => DeletePayload, {
    description:
      'Deletes an account and all below it: webhooks and tokens end, what was queued is cancelled, the log stays.',
  })
  deleteAccount(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => DeleteAccountInput, { description: 'Which, with its name typed again.' })
    { id, confirmName }: DeleteAccountInput,
  ): Promise<DeletePayload> {
    return withUserErrors(
      async () => {
        const account = await access.requireAccount(id, 'MANAGE');
        if (!(await this.mayPrune(access, account)))
          throw new RequestError('FORBIDDEN', 'This takes the role ADMIN on the account above.');
        return { deletedId: id, ...(await this.accounts.remove(account, confirmName, actor)) };
      },
      { deletedId: null },
    );
  }

  /** Whoever may make an account at a place may delete it there. */
  private async mayPrune({ principal, findAccount }: Access, { parentId }: Account): Promise<boolean> {
    return parentId === null ? principal.isOperator : (await findAccount(parentId, 'MANAGE')) !== null;
  }
}
