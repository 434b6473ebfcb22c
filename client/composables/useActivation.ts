import { ref, shallowRef } from 'vue';
import { SetWebhookActiveDocument } from '../graphql/generated.js';
import type { QueuedWork, WebhookSummaryFragment } from '../graphql/generated.js';
import { texts } from '../texts.js';
import { useMutation } from './useMutation.js';
import { useToasts } from './useToasts.js';

/**
 * Switches integrations on and off from a list. Shown at once and taken back if the server refuses. Switching one
 * on that holds deliveries asks first what becomes of them: `asking` is that webhook.
 */
export function useActivation() {
  const asking = shallowRef<WebhookSummaryFragment | null>(null);
  const expected = ref(new Map<string, boolean>());
  const toasts = useToasts();
  const { mutate, pending } = useMutation(SetWebhookActiveDocument);

  /** Answers whether the server did it. */
  async function set(
    webhook: WebhookSummaryFragment,
    active: boolean,
    queued?: QueuedWork,
  ): Promise<boolean> {
    asking.value = null;
    expected.value.set(webhook.id, active);
    const answer = (await mutate({ input: { id: webhook.id, active, ...(queued && { queued }) } }))
      ?.setWebhookActive;
    expected.value.delete(webhook.id);
    if (!answer) return false;
    const { switchedOn, switchedOff } = texts.integrations;
    return toasts.report(answer.userErrors, (active ? switchedOn : switchedOff)(webhook.name));
  }

  function toggle(webhook: WebhookSummaryFragment, active: boolean) {
    if (active && webhook.health.heldDeliveries > 0) asking.value = webhook;
    else void set(webhook, active);
  }

  return {
    asking,
    toggle,
    set,
    pending,
    cancel: () => (asking.value = null),
    isActive: (webhook: WebhookSummaryFragment) => expected.value.get(webhook.id) ?? webhook.active,
  };
}
