import { RequestError } from '../errors.js';
import type { Storage } from '../storage/data-source.js';
import { User } from '../storage/entities/user.js';
import type { Authenticator } from './authenticator.js';
import { hashToken } from './tokens.js';

/**
 * Whether an Authorization header is an operator's API token with the scope READ. A token that was accepted before is
 * also accepted while the database is away: that is when the numbers are needed.
 */
export function createMetricsAccess(
  storage: Storage,
  authenticator: Authenticator,
): (authorization: string | undefined) => Promise<boolean> {
  const accepted = new Set<string>();

  async function isOperators(authorization: string): Promise<boolean> {
    const { token, grants } = await authenticator.authenticate({ authorization, sessionCookie: undefined });
    if (!token?.createdById || !grants.some(({ permissions }) => permissions.has('READ'))) return false;
    const creator = await storage.read.findOneBy(User, { id: token.createdById });
    return creator?.isOperator === true;
  }

  return async (authorization) => {
    if (authorization === undefined) return false;
    const hash = hashToken(authorization);
    try {
      const isAllowed = await isOperators(authorization);
      if (isAllowed) accepted.add(hash);
      else accepted.delete(hash);
      return isAllowed;
    } catch (error) {
      if (error instanceof RequestError) accepted.delete(hash);
      return accepted.has(hash);
    }
  };
}
