import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { connectionOf, ForwardPageArgs, paginate, type Connection } from '../connections.js';
import type { Context } from '../context.js';
import { notFound, RequestError } from '../errors.js';
import { DeletePayload, withUserErrors } from '../payloads.js';
import { Account } from '../storage/entities/account.js';
import { ApiToken } from '../storage/entities/api-token.js';
import { User } from '../storage/entities/user.js';
import { CreateApiTokenInput, CreateApiTokenPayload, RevokeApiTokenInput } from './token.input.js';
import type { TokenService } from './token.service.js';

const ApiTokenConnection = connectionOf(ApiToken, 'ApiToken');

@Resolver(() => ApiToken)
export class TokenResolver {
  constructor(private readonly tokens: TokenService) {}

  @FieldResolver(() => Account, { description: 'The account it acts in, with all accounts below.' })
  account(@Root() token: ApiToken, @Ctx() { access }: Context): Promise<Account> {
    return access.requireAccount(token.accountId, 'READ');
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Who made it; it may never do more than this person.',
  })
  createdBy(@Root() token: ApiToken): Promise<User | null> {
    return this.tokens.findCreator(token);
  }

  @Mutation(() => CreateApiTokenPayload, {
    description: 'Makes a key for a program; its text is shown once.',
  })
  createApiToken(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => CreateApiTokenInput, { description: 'What for.' }) input: CreateApiTokenInput,
  ): Promise<CreateApiTokenPayload> {
    return withUserErrors(
      async () => {
        const account = await access.requireAccount(input.accountId, 'MANAGE');
        if (!access.principal.user) throw new RequestError('FORBIDDEN', 'Only people make API tokens.');
        return this.tokens.create(account, access.principal.user, input, actor);
      },
      { apiToken: null, secret: null },
    );
  }

  @Mutation(() => DeletePayload, { description: 'Ends a key at once.' })
  revokeApiToken(
    @Ctx() { access, actor }: Context,
    @Arg('input', () => RevokeApiTokenInput, { description: 'Which.' }) { id }: RevokeApiTokenInput,
  ): Promise<DeletePayload> {
    return withUserErrors(
      async () => {
        access.requireSignedIn();
        const token = await this.tokens.find(id);
        if (!token || !(await access.findAccount(token.accountId, 'MANAGE'))) throw notFound('API token');
        await this.tokens.revoke(token, actor);
        return { deletedId: id };
      },
      { deletedId: null },
    );
  }
}

@Resolver(() => Account)
export class AccountTokensResolver {
  constructor(private readonly tokens: TokenService) {}

  @FieldResolver(() => ApiTokenConnection, {
    name: 'apiTokens',
    description: 'For admins: its tokens, newest first.',
  })
  async tokensOf(
    @Root() account: Account,
    @Ctx() { access }: Context,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<ApiToken>> {
    await access.requireAccount(account.id, 'MANAGE');
    return paginate(this.tokens.listOf(account), page, { key: 'token.id', order: 'DESC' });
  }
}
