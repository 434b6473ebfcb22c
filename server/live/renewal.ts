import type { Principal } from '../auth/principal.js';
import type { Context } from '../context.js';

/** Lets a subscription go by what its subscriber may do now; false when the credential no longer stands. */
export type Renew = (context: Pick<Context, 'access'>) => Promise<boolean>;

/** `refresh` answers the same principal as of now; null when its credential no longer stands. */
export const createRenewal =
  (refresh: (principal: Principal) => Promise<Principal | null>): Renew =>
  async (context) => {
    const principal = await refresh(context.access.principal);
    if (principal) context.access = context.access.as(principal);
    return principal !== null;
  };
