import type { Principal } from './principal.js';

/**
 * The same rights in nobody's name: what is answered to it depends on nothing but `rightsKey`, and may be shown to all
 * who have the same.
 */
export const nameless = ({ kind, isOperator, grants }: Principal): Principal => ({
  ...{ kind, isOperator, grants },
  ...{ user: null, token: null, sessionHash: null },
});

/** All that a nameless principal is, as text. */
export const rightsKey = ({ kind, isOperator, grants }: Principal): string =>
  JSON.stringify([
    kind,
    isOperator,
    grants
      .map(({ account: { id, path }, role, permissions }) =>
        JSON.stringify([path, id, role, [...permissions].sort()]),
      )
      .sort(),
  ]);
