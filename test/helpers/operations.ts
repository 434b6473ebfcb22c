import type { ApiUser } from './hookwatch.js';

/** What an operation could not do, as the API tells it. */
export interface UserError {
  path: string[];
  code: string;
  message: string;
}

export interface SavedWebhook {
  webhook: { id: string; version: number; resolvedUrl: string; health: { state: string } } | null;
  signingSecret: string | null;
  userErrors: UserError[];
}

const SAVE = `mutation ($input: SaveWebhookInput!) {
  saveWebhook(input: $input) {
    webhook { id version resolvedUrl health { state } } signingSecret userErrors { path code message }
  }
}`;

/** Saves a webhook; answers whatever comes. */
export async function saveWebhook(user: ApiUser, input: object): Promise<SavedWebhook> {
  return (await user.ask<{ saveWebhook: SavedWebhook }>(SAVE, { input })).saveWebhook;
}

/** Makes a webhook that must be valid; answers its id. */
export async function createWebhook(user: ApiUser, input: object): Promise<string> {
  const { webhook, userErrors } = await saveWebhook(user, input);
  if (!webhook) throw new Error(`The webhook was refused: ${JSON.stringify(userErrors)}`);
  return webhook.id;
}

/** Switches a webhook on or off, which must be possible. */
export async function setWebhookActive(user: ApiUser, id: string, active: boolean): Promise<void> {
  const { setWebhookActive } = await user.ask<{ setWebhookActive: { userErrors: UserError[] } }>(
    'mutation ($input: SetWebhookActiveInput!) { setWebhookActive(input: $input) { userErrors { code } } }',
    { input: { id, active } },
  );
  if (setWebhookActive.userErrors.length > 0)
    throw new Error(`It was refused: ${JSON.stringify(setWebhookActive.userErrors)}`);
}

export interface PublishResult {
  event: { id: string; body: string } | null;
  deduplicated: boolean;
  deliveryCount: number;
  userErrors: UserError[];
}

const PUBLISH = `mutation ($input: PublishEventsInput!) {
  publishEvents(input: $input) {
    results { event { id body } deduplicated deliveryCount userErrors { path code message } }
  }
}`;

/** Publishes events; answers what became of each. */
export async function publish(user: ApiUser, ...events: object[]): Promise<PublishResult[]> {
  const { publishEvents } = await user.ask<{ publishEvents: { results: PublishResult[] } }>(PUBLISH, {
    input: { events },
  });
  return publishEvents.results;
}

/** A valid event of an account, with what a test wants to be different. */
export const newBehavior = (accountId: string, change: object = {}): object => ({
  ...{ accountId, type: 'NEW_BEHAVIOR', siteId: 'site-1', siteName: 'Shop' },
  data: { script_name: 'Tag Manager', behavior_name: 'Data transfer', site_script_id: 'script-1' },
  ...change,
});

/** Makes an account below another. */
export async function createAccount(user: ApiUser, name: string, parentId?: string): Promise<string> {
  const { createAccount } = await user.ask<{ createAccount: { account: { id: string } } }>(
    'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { id } userErrors { message } } }',
    { input: { name, parentId } },
  );
  return createAccount.account.id;
}

/** Makes an API token; answers its text. */
export async function createToken(user: ApiUser, accountId: string, ...scopes: string[]): Promise<string> {
  const { createApiToken } = await user.ask<{ createApiToken: { secret: string } }>(
    'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret userErrors { message } } }',
    { input: { accountId, name: 'A program', scopes } },
  );
  return createApiToken.secret;
}

export interface LoggedAttempt {
  id: string;
  number: number;
  trigger: string;
  outcome: string;
  httpStatus: number | null;
  hecCode: number | null;
  errorClass: string | null;
  hint: string | null;
  batchSize: number;
  startedAt: string;
  curl: string;
  nextAttemptAt: string | null;
  webhook: { id: string };
  account: { id: string; name: string };
  delivery: { id: string; status: string; attemptCount: number } | null;
  request: {
    startLine: string;
    headers: Array<{ name: string; value: string }>;
    body: string | null;
    bodyTruncated: boolean;
  };
  response: { startLine: string; body: string | null } | null;
}

/** What a test looks at in an attempt. */
const ATTEMPT_FIELDS = `id number trigger outcome httpStatus hecCode errorClass hint batchSize startedAt curl
  nextAttemptAt webhook { id }
  account { id name } delivery { id status attemptCount }
  request { startLine headers { name value } body bodyTruncated } response { startLine body }`;

/** The log, newest first. */
export async function attempts(user: ApiUser, filter: object = {}): Promise<LoggedAttempt[]> {
  const { attempts: log } = await user.ask<{ attempts: { edges: Array<{ node: LoggedAttempt }> } }>(
    `query ($filter: AttemptFilter) { attempts(first: 100, filter: $filter) { edges { node { ${ATTEMPT_FIELDS} } } } }`,
    { filter },
  );
  return log.edges.map(({ node }) => node);
}

/** A cursor before everything: a stream that starts there cannot miss what ends before it is open. */
export const FROM_THE_START = Buffer.from(`att_${'0'.repeat(26)}`).toString('base64url');

/** Follows the live attempts until those that have come are enough. */
export async function liveAttempts(
  user: ApiUser,
  isEnough: (attempts: LoggedAttempt[]) => boolean,
  filter: object = {},
): Promise<LoggedAttempt[]> {
  const stream = user.socket().iterate<{ attempts: { attempts: LoggedAttempt[] } }>({
    query: `subscription ($filter: AttemptFilter, $after: String) {
      attempts(filter: $filter, after: $after) { attempts { ${ATTEMPT_FIELDS} } cursor missed }
    }`,
    variables: { filter, after: FROM_THE_START },
  });
  const seen: LoggedAttempt[] = [];
  for await (const { data, errors } of stream) {
    if (errors) throw new Error(`The stream answered: ${JSON.stringify(errors)}`);
    seen.push(...(data?.attempts.attempts ?? []));
    if (isEnough(seen)) break;
  }
  return seen;
}
