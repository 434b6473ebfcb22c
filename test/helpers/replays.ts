import type { ApiUser } from './hookwatch.js';
import type { UserError } from './operations.js';

/** A replay as the API tells of it. */
export interface ReplayNode {
  id: string;
  status: string;
  matchedCount: number;
  createdCount: number;
  succeededCount: number;
  failedCount: number;
}

export interface ReplayAnswer {
  matchedCount: number;
  replay: ReplayNode | null;
  userErrors: UserError[];
}

/** What a test looks at in a replay. */
export const REPLAY_FIELDS = 'id status matchedCount createdCount succeededCount failedCount';
export const REPLAY = `mutation ($input: ReplayDeliveriesInput!) {
  replayDeliveries(input: $input) { matchedCount replay { ${REPLAY_FIELDS} } userErrors { path code message } }
}`;

/** Asks for a replay; answers whatever comes. */
export async function replayDeliveries(
  user: ApiUser,
  filter: object,
  more: { dryRun?: boolean; missed?: boolean | null; idempotencyKey?: string } = {},
): Promise<ReplayAnswer> {
  const input = { filter, dryRun: false, ...more };
  return (await user.ask<{ replayDeliveries: ReplayAnswer }>(REPLAY, { input })).replayDeliveries;
}

/** What the stream tells of a replay, until it ends by itself. */
export async function progressOf(user: ApiUser, id: string): Promise<ReplayNode[]> {
  const seen: ReplayNode[] = [];
  const stream = user.socket().iterate<{ replayProgress: ReplayNode }>({
    query: `subscription ($id: ID!) { replayProgress(id: $id) { ${REPLAY_FIELDS} } }`,
    variables: { id },
  });
  for await (const { data, errors } of stream) {
    if (errors) throw new Error(JSON.stringify(errors));
    seen.push(data!.replayProgress);
  }
  return seen;
}
