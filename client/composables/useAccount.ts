import { computed, inject, provide } from 'vue';
import type { ComputedRef, InjectionKey } from 'vue';
import { descendantsOf, pathTo } from '../lib/account-tree.js';
import { useAccounts } from './useAccounts.js';
import type { Account } from './useAccounts.js';

export interface CurrentAccount {
  account: ComputedRef<Account>;
  /** From the topmost visible ancestor to the account itself. */
  path: ComputedRef<Account[]>;
  descendants: ComputedRef<Account[]>;
  /** False for a viewer: everything is shown, nothing can be changed. */
  canEdit: ComputedRef<boolean>;
}

const key: InjectionKey<CurrentAccount> = Symbol('account');
const lastKey = 'hookwatch.account';

/** Makes the account of the URL known to the pages below. */
export function provideAccount(account: ComputedRef<Account>): CurrentAccount {
  const { accounts } = useAccounts();
  const current: CurrentAccount = {
    account,
    path: computed(() => pathTo(accounts.value, account.value.id)),
    descendants: computed(() => descendantsOf(accounts.value, account.value.id)),
    canEdit: computed(() => account.value.viewerRole === 'ADMIN'),
  };
  provide(key, current);
  return current;
}

/** The account that the page is about. */
export function useAccount(): CurrentAccount {
  const current = inject(key);
  if (!current) throw new Error('useAccount is for pages below /accounts/:accountId');
  return current;
}

/** Remembers the account for the next visit to "/". */
export function rememberAccount(id: string): void {
  try {
    localStorage.setItem(lastKey, id);
  } catch {
    // Storage may be blocked: then "/" leads to the first account.
  }
}

/** The account of the last visit, if the viewer may still see it; else the first. */
export function preferredAccountId(
  accounts: readonly Account[],
  first: string | undefined,
): string | undefined {
  let last: string | null = null;
  try {
    last = localStorage.getItem(lastKey);
  } catch {
    // As above.
  }
  return accounts.find((account) => account.id === last)?.id ?? first;
}
