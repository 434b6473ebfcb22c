import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Permission } from '../auth/principal.js';
import { connectionOf, ForwardPageArgs, paginate, type Connection } from '../connections.js';
import type { Context } from '../context.js';
import { providers, WebhookProvider } from '../delivery/providers/index.js';
import { notFound, UserError } from '../errors.js';
import { DeletePayload, withUserErrors } from '../payloads.js';
import { Account } from '../storage/entities/account.js';
import { Webhook } from '../storage/entities/webhook.js';
import {
  DeleteWebhookInput,
  RotateSigningSecretInput,
  RotateSigningSecretPayload,
  SaveWebhookInput,
  SaveWebhookPayload,
  SetWebhookActiveInput,
  TestWebhookInput,
  TestWebhookPayload,
} from './webhook.input.js';
import type { WebhookService } from './webhook.service.js';
import { ProviderInfo, ResolvedTarget } from './webhook.view.js';

const WebhookConnection = connectionOf(Webhook, 'Webhook');

const inputDescription = { description: 'What to do.' };

@Resolver(() => Account)
export class WebhookResolver {
  constructor(
    private readonly webhooks: WebhookService,
    private readonly egress: readonly string[],
  ) {}

  @Query(() => Webhook, { nullable: true, description: 'A webhook of an account the caller may see.' })
  webhook(
    @Ctx() context: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<Webhook> {
    return this.require(context, id, 'READ');
  }

  @Query(() => [ProviderInfo], { description: 'The kinds of receivers there are; drives the form.' })
  webhookProviders(): ProviderInfo[] {
    return Object.values(providers).map(({ id, label, description, fields }) => ({
      provider: id as WebhookProvider,
      label,
      description,
      fields,
    }));
  }

  @Query(() => [String], {
    description:
      'The addresses that deliveries come from, for the receiver’s firewall (IP or CIDR); empty: not set.',
  })
  egressAddresses(@Ctx() { access }: Context): string[] {
    access.requireSignedIn();
    return [...this.egress];
  }

  @Query(() => ResolvedTarget, {
    description: 'Completes and checks a target URL while it is typed; sends nothing.',
  })
  resolveTargetUrl(
    @Ctx() { access }: Context,
    @Arg('provider', () => WebhookProvider, { description: 'Decides how the URL is completed.' })
    provider: WebhookProvider,
    @Arg('targetUrl', () => String, { description: 'As typed so far.' }) targetUrl: string,
  ): ResolvedTarget {
    access.requireSignedIn();
    return this.webhooks.resolveTarget(provider, targetUrl);
  }

  @FieldResolver(() => WebhookConnection, {
    name: 'webhooks',
    description: 'The account’s own webhooks, oldest first.',
  })
  async accountWebhooks(
    @Root() account: Account,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<Webhook>> {
    return paginate(this.webhooks.listOf(account), page, { key: 'webhook.id', order: 'ASC' });
  }

  @Mutation(() => SaveWebhookPayload, {
    description: 'Creates (no id) or changes (id and expectedVersion) a webhook; an account has at most 100.',
  })
  saveWebhook(
    @Ctx() context: Context,
    @Arg('input', () => SaveWebhookInput, inputDescription) input: SaveWebhookInput,
  ): Promise<SaveWebhookPayload> {
    return withUserErrors(
      async () => {
        if (input.id == null)
          return this.webhooks.create(input, await this.accountOf(context, input), context.actor);
        const stored = await this.require(context, input.id, 'WEBHOOKS_WRITE');
        if (input.expectedVersion == null)
          throw new UserError({
            path: ['expectedVersion'],
            code: 'REQUIRED',
            message: 'Name the version that your change starts from.',
          });
        return this.webhooks.update(
          input,
          stored,
          await context.access.requireAccount(stored.accountId, 'WEBHOOKS_WRITE'),
          context.actor,
        );
      },
      { webhook: null, signingSecret: null },
    );
  }

  @Mutation(() => SaveWebhookPayload, { description: 'Switches a webhook on or off.' })
  setWebhookActive(
    @Ctx() context: Context,
    @Arg('input', () => SetWebhookActiveInput, inputDescription)
    { id, active, queued }: SetWebhookActiveInput,
  ): Promise<SaveWebhookPayload> {
    return withUserErrors(
      async () => {
        const webhook = await this.require(context, id, 'WEBHOOKS_WRITE');
        return { webhook: await this.webhooks.setActive(webhook, active, queued ?? 'RESUME', context.actor) };
      },
      { webhook: null },
    );
  }

  @Mutation(() => DeletePayload, {
    description: 'Deletes a webhook; what waits for it is cancelled, its log stays.',
  })
  deleteWebhook(
    @Ctx() context: Context,
    @Arg('input', () => DeleteWebhookInput, inputDescription) { id }: DeleteWebhookInput,
  ): Promise<DeletePayload> {
    return withUserErrors(
      async () => {
        const webhook = await this.require(context, id, 'WEBHOOKS_WRITE');
        const cancelledDeliveries = await this.webhooks.remove(webhook, context.actor);
        return { deletedId: id, cancelledDeliveries };
      },
      { deletedId: null },
    );
  }

  @Mutation(() => RotateSigningSecretPayload, {
    description: 'Makes a new signing secret; the old one also signs for another 24 hours.',
  })
  rotateSigningSecret(
    @Ctx() context: Context,
    @Arg('input', () => RotateSigningSecretInput, inputDescription) { id }: RotateSigningSecretInput,
  ): Promise<RotateSigningSecretPayload> {
    return withUserErrors(
      async () => {
        const webhook = await this.require(context, id, 'WEBHOOKS_WRITE');
        return this.webhooks.rotateSigningSecret(webhook, context.actor);
      },
      { webhook: null, signingSecret: null },
    );
  }

  @Mutation(() => TestWebhookPayload, {
    complexity: 500,
    description:
      'Sends one sample now, with unsaved changes if given, through the delivery code path. Never retried.',
  })
  testWebhook(
    @Ctx() context: Context,
    @Arg('input', () => TestWebhookInput, inputDescription) { webhookId, draft, eventType }: TestWebhookInput,
  ): Promise<TestWebhookPayload> {
    return withUserErrors(
      async () => {
        const id = webhookId ?? draft?.id;
        const stored = id == null ? null : await this.require(context, id, 'WEBHOOKS_WRITE');
        const account = stored
          ? await context.access.requireAccount(stored.accountId, 'WEBHOOKS_WRITE')
          : await this.accountOf(context, draft ?? {});
        return { attempt: await this.webhooks.test(draft ?? {}, stored, account, eventType, context.actor) };
      },
      { attempt: null },
    );
  }

  private async accountOf({ access }: Context, { accountId }: SaveWebhookInput): Promise<Account> {
    access.requireSignedIn();
    if (accountId == null)
      throw new UserError({
        path: ['accountId'],
        code: 'REQUIRED',
        message: 'Name the account of the new webhook.',
      });
    return access.requireAccount(accountId, 'WEBHOOKS_WRITE');
  }

  private async require({ access }: Context, id: string, permission: Permission): Promise<Webhook> {
    access.requireSignedIn();
    const webhook = await this.webhooks.find(id);
    if (!webhook || !(await access.findAccount(webhook.accountId, 'READ'))) throw notFound('webhook');
    await access.requireAccount(webhook.accountId, permission);
    return webhook;
  }
}
