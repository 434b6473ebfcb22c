import { computed, shallowRef, watch } from 'vue';
import { apollo } from '../graphql/client.js';
import { WebhooksDocument } from '../graphql/generated.js';
import type { WebhookSummaryFragment, WebhooksQuery } from '../graphql/generated.js';
import { usePolling } from './usePolling.js';
import { useQuery } from './useQuery.js';

type Page = NonNullable<WebhooksQuery['account']>['webhooks'];

/** What follows the first hundred webhooks, page by page. */
async function loadRest(accountId: string, first: Page): Promise<WebhookSummaryFragment[]> {
  const rest: WebhookSummaryFragment[] = [];
  let page: Page | undefined = first;
  while (page?.pageInfo.hasNextPage) {
    const variables: { accountId: string; after?: string } = {
      accountId,
      after: page.pageInfo.endCursor ?? undefined,
    };
    const answer = await apollo.query({ query: WebhooksDocument, variables, fetchPolicy: 'network-only' });
    page = answer.data?.account?.webhooks;
    rest.push(...(page?.edges.map((edge) => edge.node) ?? []));
  }
  return rest;
}

const healthEverySeconds = 5;

/** The webhooks of an account; with `live` they are asked for again every five seconds while the page is visible. */
export function useWebhooks(accountId: () => string, { live = false } = {}) {
  const query = useQuery(WebhooksDocument, () => ({ accountId: accountId() }));
  const rest = shallowRef<WebhookSummaryFragment[]>([]);
  const first = computed(() => query.data.value?.account?.webhooks);
  const webhooks = computed(() => [...(first.value?.edges.map((edge) => edge.node) ?? []), ...rest.value]);

  watch(first, async (page) => {
    rest.value = page?.pageInfo.hasNextPage ? await loadRest(accountId(), page).catch(() => []) : [];
  });

  if (live) usePolling(healthEverySeconds, query.refetch);

  return { webhooks, loading: query.loading, problem: query.problem, refetch: query.refetch };
}
