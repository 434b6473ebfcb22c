import type { Actor } from '../storage/audit.js';
import type { Principal } from './principal.js';

/** Who a principal is to readers of the audit log. */
export function actorOf({ user, token }: Principal, address: string): Actor {
  const name = token ? `API token “${token.name}” …${token.lastFour}` : (user?.email ?? 'Nobody');
  return { name, address };
}
