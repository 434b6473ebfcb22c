import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, paginate, type Connection } from '../connections.js';
import type { Context } from '../context.js';
import { RequestError } from '../errors.js';
import { Account } from '../storage/entities/account.js';
import { AuditEntry } from '../storage/entities/audit-entry.js';
import { AuditArgs } from './audit.input.js';
import type { AuditService } from './audit.service.js';

const AuditEntryConnection = connectionOf(AuditEntry, 'AuditEntry');
const newestFirst = { key: 'entry.id', order: 'DESC' } as const;

@Resolver(() => AuditEntry)
export class AuditResolver {
  constructor(private readonly audit: AuditService) {}

  @Query(() => AuditEntryConnection, {
    description: 'For admins: what was changed in an account and all below it, newest first.',
  })
  async auditEntries(
    @Ctx() { access }: Context,
    @Arg('accountId', () => ID, { description: 'The account.' }) accountId: string,
    @Args(() => AuditArgs) { filter, ...page }: AuditArgs,
  ): Promise<Connection<AuditEntry>> {
    const account = await access.requireAccount(accountId, 'MANAGE');
    return paginate(this.audit.list(account, filter ?? {}), page, newestFirst);
  }

  @Query(() => AuditEntryConnection, {
    description: 'For the operator: what was changed that concerns no account, newest first.',
  })
  async instanceAuditEntries(
    @Ctx() { access }: Context,
    @Args(() => AuditArgs) { filter, ...page }: AuditArgs,
  ): Promise<Connection<AuditEntry>> {
    access.requireSignedIn();
    if (!access.principal.isOperator) throw new RequestError('FORBIDDEN', 'Only the operator reads this.');
    return paginate(this.audit.list(null, filter ?? {}), page, newestFirst);
  }

  @FieldResolver(() => Account, {
    nullable: true,
    description: 'Where it was changed; null: it concerns the whole instance.',
  })
  async account(@Root() { accountId }: AuditEntry, @Ctx() { access }: Context): Promise<Account | null> {
    return accountId === null ? null : access.findAccount(accountId, 'READ');
  }
}
