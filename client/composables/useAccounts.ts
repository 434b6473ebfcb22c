import { computed, readonly, ref, shallowRef } from 'vue';
import { apollo } from '../graphql/client.js';
import { AccountsDocument } from '../graphql/generated.js';
import type { AccountPartsFragment } from '../graphql/generated.js';
import { toProblem } from '../graphql/problem.js';
import type { Problem } from '../graphql/problem.js';
import { flattenTree } from '../lib/account-tree.js';

export type Account = AccountPartsFragment;

/** A change to the tree: an account below `account` or at the top (null), another name for `account`, or its end. */
export type AccountTask =
  { kind: 'create'; account: Account | null } | { kind: 'rename' | 'delete'; account: Account };

const accounts = shallowRef<readonly Account[]>([]);
const loaded = ref(false);
const problem = shallowRef<Problem>();
const tree = computed(() => flattenTree(accounts.value));

/** Loads every account the viewer may see, page by page. */
async function load(): Promise<void> {
  try {
    const found: Account[] = [];
    let after: string | undefined;
    do {
      const { data }: Awaited<ReturnType<typeof askPage>> = await askPage(after);
      if (!data) break;
      found.push(...data.accounts.edges.map((edge) => edge.node));
      after = data.accounts.pageInfo.hasNextPage
        ? (data.accounts.pageInfo.endCursor ?? undefined)
        : undefined;
    } while (after);
    accounts.value = found;
    problem.value = undefined;
    loaded.value = true;
  } catch (error) {
    problem.value = toProblem(error);
  }
}

const askPage = (after: string | undefined) =>
  apollo.query({ query: AccountsDocument, variables: { after }, fetchPolicy: 'network-only' });

/** Forgets the accounts of whoever was signed in. */
function reset(): void {
  accounts.value = [];
  loaded.value = false;
}

/** The accounts the viewer may see, as a list and as a tree in reading order. */
export const useAccounts = () => ({
  accounts: readonly(accounts),
  tree,
  loaded: readonly(loaded),
  problem: readonly(problem),
  load,
  reset,
});
