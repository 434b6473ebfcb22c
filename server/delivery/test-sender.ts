import type { EventType } from '../events/event-types.js';
import type { Account } from '../storage/entities/account.js';
import { Attempt } from '../storage/entities/attempt.js';
import { AttemptTrigger } from '../storage/entities/delivery.js';
import type { Webhook } from '../storage/entities/webhook.js';
import { createId } from '../storage/ids.js';
import type { ProviderSettings } from './providers/provider.js';
import type { Recorder } from './recorder.js';
import type { Rounds } from './round.js';
import { toTarget } from './targets.js';

/** A webhook, saved or not, with its settings in clear. */
export interface TestTarget {
  webhook: Webhook;
  settings: ProviderSettings;
}

/** Sends one sample now, once, through the code that delivers; what a saved webhook was sent is logged as TEST. */
export type TestSender = (
  target: TestTarget,
  owner: Account,
  sample: { type: EventType; body: string },
) => Promise<Attempt>;

export function createTestSender({ rounds, recorder }: { rounds: Rounds; recorder: Recorder }): TestSender {
  return async ({ webhook, settings }, owner, { type, body }) => {
    const event = {
      eventId: createId('evt'),
      deliveryId: null,
      accountId: owner.id,
      occurredAt: new Date(),
      body,
      attempt: 1,
    };
    const subject = {
      deliveryId: null,
      accountId: owner.id,
      eventType: type,
      number: 1,
      trigger: AttemptTrigger.TEST,
      eventBody: null,
    };
    const target = toTarget(webhook, owner, settings);
    const ended = await rounds.test(event, subject, target);
    if (webhook.version === 0)
      return Object.assign(new Attempt(), ended, { id: createId('att'), unsavedWebhook: webhook });
    const [attempt] = recorder.record([ended], target.ownerPath);
    await recorder.drain();
    return attempt!;
  };
}
