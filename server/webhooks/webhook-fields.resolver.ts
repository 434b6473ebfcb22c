import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { providers } from '../delivery/providers/index.js';
import type { ProviderSettings } from '../delivery/providers/provider.js';
import { UrlScalar } from '../scalars.js';
import { Account } from '../storage/entities/account.js';
import { Webhook } from '../storage/entities/webhook.js';
import { WebhookHealth, type HealthService } from './health.js';
import { secretInfo, SecretInfo, SplunkSettingsType, WebhookHeader } from './webhook.view.js';

/** What a webhook shows of itself: of its secrets only that they are set. */
@Resolver(() => Webhook)
export class WebhookFieldsResolver {
  constructor(
    private readonly health: HealthService,
    private readonly settingsOf: (webhook: Webhook) => ProviderSettings,
  ) {}

  @FieldResolver(() => Account, { description: 'The account that configured it.' })
  account(@Root() webhook: Webhook, @Ctx() { access }: Context): Promise<Account> {
    return access.requireAccount(webhook.accountId, 'READ');
  }

  @FieldResolver(() => UrlScalar, { description: 'As the admin typed it.' })
  targetUrl(@Root() webhook: Webhook): string {
    return webhook.targetUrl;
  }

  @FieldResolver(() => UrlScalar, { description: 'As it is called (Splunk: path completed).' })
  resolvedUrl(@Root() webhook: Webhook): string {
    return providers[webhook.provider].resolveUrl(webhook.targetUrl);
  }

  @FieldResolver(() => [WebhookHeader], {
    description: 'Custom provider: in the admin’s order; values are write-only.',
  })
  headers(@Root() webhook: Webhook): WebhookHeader[] {
    return this.settingsOf(webhook).headers.map(({ name, value }) => ({ name, value: secretInfo(value) }));
  }

  @FieldResolver(() => SecretInfo, { description: 'Splunk provider: the HEC token.' })
  secretKey(@Root() webhook: Webhook): SecretInfo {
    return secretInfo(this.settingsOf(webhook).secretKey);
  }

  @FieldResolver(() => SplunkSettingsType, {
    nullable: true,
    description: 'Splunk provider; null for others.',
  })
  splunk(@Root() webhook: Webhook): SplunkSettingsType | null {
    return webhook.provider === 'SPLUNK' ? webhook.settings : null;
  }

  @FieldResolver(() => SecretInfo, { description: 'Custom provider: the whsec_ secret that signs requests.' })
  signingSecret(@Root() webhook: Webhook): SecretInfo {
    return secretInfo(this.settingsOf(webhook).signingSecrets[0]);
  }

  @FieldResolver(() => WebhookHealth, { name: 'health', description: 'How it fares, and what waits for it.' })
  healthOf(@Root() webhook: Webhook): Promise<WebhookHealth> {
    return this.health.healthOf(webhook);
  }
}
