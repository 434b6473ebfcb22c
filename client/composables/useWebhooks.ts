import { computed, shallowRef, watch } from 'vue';
import { apollo } from '../graphql/client.js';
import { WebhooksDocument } from '../graphql/generated.js';
import type { WebhookSummaryFragment, WebhooksQuery } from '../graphql/generated.js';
import { useQuery } from './useQuery.js';
import { useWebhookHealth } from './useWebhookHealth.js';

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

/** The webhooks of an account; with `live` they are shown as they stand from then on. */
export function useWebhooks(accountId: () => string, { live = false } = {}) {
  const query = useQuery(WebhooksDocument, () => ({ accountId: accountId() }));
  const rest = shallowRef<WebhookSummaryFragment[]>([]);
  const first = computed(() => query.data.value?.account?.webhooks);
  const webhooks = computed(() => [...(first.value?.edges.map((edge) => edge.node) ?? []), ...rest.value]);

  async function listRest() {
    const page = first.value;
    rest.value = page?.pageInfo.hasNextPage ? await loadRest(accountId(), page).catch(() => []) : [];
  }
  watch(() => first.value?.pageInfo.endCursor, listRest);

  async function refetch() {
    await query.refetch();
    await listRest();
  }

  /** The first page follows the cache; a webhook that is in no page yet is new. */
  function take(changed: WebhookSummaryFragment) {
    if (rest.value.some(({ id }) => id === changed.id))
      rest.value = rest.value.map((webhook) => (webhook.id === changed.id ? changed : webhook));
    else if (first.value && !first.value.edges.some(({ node }) => node.id === changed.id)) void refetch();
  }
  if (live) useWebhookHealth(accountId, { onWebhook: take, refetch });

  return { webhooks, loading: query.loading, problem: query.problem, refetch };
}
