import { CombinedGraphQLErrors } from '@apollo/client/core';
import { texts } from '../texts.js';

export type ProblemCode =
  'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND' | 'RATE_LIMITED' | 'BAD_USER_INPUT' | 'INTERNAL' | 'NETWORK';

/** Why a whole request failed, in words for the person at the screen. */
export interface Problem {
  code: ProblemCode;
  message: string;
}

const known = new Set<string>(Object.keys(texts.problems));

/** Turns whatever a request ended with into a problem; what is no GraphQL error is a lost connection. */
export function toProblem(error: unknown): Problem {
  if (!CombinedGraphQLErrors.is(error)) return { code: 'NETWORK', message: texts.problems.NETWORK };
  const first = error.errors[0];
  const stated = String(first?.extensions?.code);
  const code = known.has(stated) ? (stated as ProblemCode) : 'INTERNAL';
  const words = texts.problems[code];
  return { code, message: code === 'INTERNAL' && first?.message ? `${words} (${first.message})` : words };
}
