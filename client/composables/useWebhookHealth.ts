import { watch } from 'vue';
import { WebhookChangesDocument } from '../graphql/generated.js';
import type { WebhookSummaryFragment } from '../graphql/generated.js';
import { usePolling } from './usePolling.js';
import { useSubscription } from './useSubscription.js';

const askEverySeconds = 15;

export interface WebhookHealthHandlers {
  /** Gets each webhook as it stands when the connection begins, and again when it changes; the cache has it already. */
  onWebhook?(webhook: WebhookSummaryFragment): void;
  /** Called every 15 seconds while the live connection is down. */
  refetch(): unknown;
}

/** Keeps the webhooks of an account as they stand: the server tells what changes, and while it cannot it is asked. */
export function useWebhookHealth(
  accountId: () => string,
  { onWebhook, refetch }: WebhookHealthHandlers,
): void {
  const live = useSubscription(WebhookChangesDocument, {
    fetchPolicy: 'network-only',
    variables: () => ({ accountId: accountId() }),
    onData: ({ webhookHealth }) => onWebhook?.(webhookHealth),
  });
  watch(accountId, live.start, { immediate: true });
  usePolling(askEverySeconds, () => {
    if (live.state.value !== 'live') refetch();
  });
}
