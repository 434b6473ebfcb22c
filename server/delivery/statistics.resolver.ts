import { Arg, FieldResolver, Resolver, Root } from 'type-graphql';
import { Webhook } from '../storage/entities/webhook.js';
import type { StatisticsService } from './statistics.service.js';
import { DeliveryStats, StatsRange } from './statistics.view.js';

/** What a webhook's requests came to, over time. */
@Resolver(() => Webhook)
export class WebhookStatisticsResolver {
  constructor(private readonly statistics: StatisticsService) {}

  @FieldResolver(() => DeliveryStats, {
    description: 'Its requests in a range of time; kept for ever, also when the log itself has been removed.',
  })
  stats(
    @Root() webhook: Webhook,
    @Arg('range', () => StatsRange, { description: 'How far back.' }) range: StatsRange,
  ): Promise<DeliveryStats> {
    return this.statistics.statsOf(webhook.id, range);
  }
}
