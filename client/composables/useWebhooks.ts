import { computed, shallowRef, watch } from 'vue';
import { apollo } from '../graphql/client.js';
import { WebhookHealthChangesDocument, WebhooksDocument } from '../graphql/generated.js';
import type { WebhookSummaryFragment, WebhooksQuery } from '../graphql/generated.js';
import { useQuery } from './useQuery.js';
import { useSubscription } from './useSubscription.js';

type Page = NonNullable<WebhooksQuery['account']>['webhooks'];

/** What follows the first hundred webhooks, page by page. */
async function loadRest(accountId: string, first: Page): Promise<WebhookSummaryFragment[]> {
  const rest: WebhookSummaryFragment[] = [];
  let page: Page | undefined = first;
  while (page?.pageInfo.hasNextPage) {
    const variables: { accountId: string; after: string | null } = { accountId, after: page.pageInfo.endCursor };
    const answer = await apollo.query({ query: WebhooksDocument, variables, fetchPolicy: 'network-only' });
    page = answer.data?.account?.webhooks;
    rest.push(...(page?.edges.map((edge) => edge.node) ?? []));
  }
  return rest;
}

/** The webhooks of an account; with `live` their health stays up to date. */
export function useWebhooks(accountId: () => string, { live = false } = {}) {
  const query = useQuery(WebhooksDocument, () => ({ accountId: accountId() }));
  const rest = shallowRef<WebhookSummaryFragment[]>([]);
  const first = computed(() => query.data.value?.account?.webhooks);

  watch(first, async (page) => {
    rest.value = page?.pageInfo.hasNextPage ? await loadRest(accountId(), page).catch(() => []) : [];
  });

  const webhooks = computed(() => [...(first.value?.edges.map((edge) => edge.node) ?? []), ...rest.value]);

  if (live) {
    const health = useSubscription(WebhookHealthChangesDocument, {
      fetchPolicy: 'network-only',
      variables: () => ({ accountId: accountId() }),
      onData({ webhookHealth: changed }) {
        // The cache already has it; one that the list does not know yet was just created by somebody.
        if (!webhooks.value.some(({ id }) => id === changed.id)) void query.refetch();
        rest.value = rest.value.map((webhook) => (webhook.id === changed.id ? changed : webhook));
      },
      onReconnected: () => void query.refetch(),
    });
    watch(accountId, () => health.start(), { immediate: true });
  }

  return { webhooks, loading: query.loading, problem: query.problem, refetch: query.refetch };
}
