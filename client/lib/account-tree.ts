export interface AccountLike {
  id: string;
  name: string;
  parent: { id: string } | null;
}

export interface AccountNode<T extends AccountLike> {
  account: T;
  /** 0 for an account whose parent is none or not visible. */
  depth: number;
}

const byName = (a: AccountLike, b: AccountLike) => a.name.localeCompare(b.name, 'en', { numeric: true });

function childrenOf<T extends AccountLike>(accounts: readonly T[]): Map<string | null, T[]> {
  const known = new Set(accounts.map((account) => account.id));
  const children = new Map<string | null, T[]>();
  for (const account of [...accounts].sort(byName)) {
    const parentId = account.parent && known.has(account.parent.id) ? account.parent.id : null;
    const siblings = children.get(parentId);
    if (siblings) siblings.push(account);
    else children.set(parentId, [account]);
  }
  return children;
}

/** The accounts as a tree in reading order: each parent before its children, siblings by name. */
export function flattenTree<T extends AccountLike>(accounts: readonly T[]): AccountNode<T>[] {
  const children = childrenOf(accounts);
  const walk = (parentId: string | null, depth: number): AccountNode<T>[] =>
    (children.get(parentId) ?? []).flatMap((account) => [{ account, depth }, ...walk(account.id, depth + 1)]);
  return walk(null, 0);
}

/** All accounts below one, without itself. */
export function descendantsOf<T extends AccountLike>(accounts: readonly T[], id: string): T[] {
  const children = childrenOf(accounts);
  const walk = (parentId: string): T[] =>
    (children.get(parentId) ?? []).flatMap((account) => [account, ...walk(account.id)]);
  return walk(id);
}

/** From the topmost visible ancestor down to the account itself; empty if it is not among them. */
export function pathTo<T extends AccountLike>(accounts: readonly T[], id: string): T[] {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const path: T[] = [];
  for (let next = byId.get(id); next && !path.includes(next); next = byId.get(next.parent?.id ?? '')) {
    path.unshift(next);
  }
  return path;
}
