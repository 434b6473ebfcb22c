import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { loadConfig, type Config } from '../../server/config.js';
import { createLogger } from '../../server/observability/logger.js';
import { createServer, type HookwatchServer } from '../../server/server.js';
import { TEST_KEY } from './storage.js';

/** An answer of the API, whatever was asked. */
export interface Answer<T> {
  status: number;
  data: T;
  errors?: Array<{ message: string; path?: string[]; extensions: { code: string } }>;
}

/** Somebody who uses the API: a signed-in person, a program with a token, or nobody. */
export interface ApiUser {
  /** Sends an operation; answers whatever comes, errors too. */
  send<T = Record<string, never>>(query: string, variables?: object): Promise<Answer<T>>;
  /** Sends an operation that must succeed; answers its data. */
  ask<T>(query: string, variables?: object): Promise<T>;
  /** Opens a WebSocket; ended with the server. */
  socket(): Client;
}

/** The API of a server, as its users see it. */
export interface TestApi {
  /** The operator, signed in. */
  operator: ApiUser;
  /** The first account. */
  accountId: string;
  nobody: ApiUser;
  withToken(token: string): ApiUser;
  /** A person whose browser has this cookie. */
  withCookie(cookie: string): ApiUser;
  /** Ends the sockets that were opened. */
  close(): Promise<void>;
}

/** A real server of a test's own, on a free port. */
export interface TestServer extends Omit<TestApi, 'close'> {
  url: string;
  setupUrl: string | null;
  stop(): Promise<void>;
}

export const OPERATOR = { email: 'operator@example.com', password: 'correct-horse-battery' };

/** What an operator would set for a server that may reach receivers on loopback. */
export const environmentFor = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  // For MariaDB and MySQL, which have no key file.
  SECRET_KEY: TEST_KEY.toString('base64'),
  LOG_LEVEL: 'silent',
  ADMIN_EMAIL: OPERATOR.email,
  ADMIN_PASSWORD: OPERATOR.password,
  ALLOWED_PRIVATE_TARGETS: '127.0.0.1/32',
  GRACE_PERIOD: '5s',
});

const configOf = (databaseUrl: string, environment: Record<string, string>): Config =>
  loadConfig({ ...environmentFor(databaseUrl), PORT: '0', ...environment });

/** Starts a process that only delivers. */
export function startWorker(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<HookwatchServer> {
  return createServer(configOf(databaseUrl, { ...environment, ROLE: 'worker' }));
}

/** Starts Hookwatch with loopback receivers allowed; `environment` is what an operator would set. */
export async function startHookwatch(
  databaseUrl: string,
  environment: Record<string, string> = {},
  overrides: Partial<Config> = {},
): Promise<TestServer> {
  const config = configOf(databaseUrl, environment);
  const server = await createServer({ ...config, ...overrides }, createLogger(config.logLevel));
  const { url, setupUrl } = server;
  const { close, ...api } = await openApi(url, setupUrl === null);
  return {
    ...api,
    url,
    setupUrl,
    async stop() {
      await close();
      await server.dispose();
    },
  };
}

/** Opens the API of a running server; before it is set up nobody can sign in. */
export async function openApi(url: string, isSetUp = true): Promise<TestApi> {
  const sockets: Client[] = [];
  const userOf = (headers: Record<string, string>): ApiUser => createUser(url, headers, sockets);
  const operator = userOf({ cookie: isSetUp ? await signIn(url) : '' });
  return {
    operator,
    accountId: isSetUp ? await firstAccount(operator) : '',
    nobody: userOf({}),
    withToken: (token) => userOf({ authorization: `Bearer ${token}` }),
    withCookie: (cookie) => userOf({ cookie }),
    async close() {
      for (const socket of sockets) await socket.dispose();
    },
  };
}

function createUser(url: string, headers: Record<string, string>, sockets: Client[]): ApiUser {
  async function send<T>(query: string, variables?: object): Promise<Answer<T>> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer<T>, 'status'>) };
  }
  return {
    send,
    async ask<T>(query: string, variables?: object) {
      const { data, errors } = await send<T>(query, variables);
      if (errors) throw new Error(`The API answered: ${JSON.stringify(errors)}`);
      return data;
    },
    socket() {
      const client = createClient({
        url: `${url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: class extends WebSocket {
          constructor(address: string, protocol: string) {
            super(address, protocol, { headers });
          }
        },
        retryAttempts: 0,
      });
      sockets.push(client);
      return client;
    },
  };
}

/** Signs the operator in; answers the cookie. */
export async function signIn(url: string, { email, password } = OPERATOR): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { message } } }',
      variables: { input: { email, password } },
    }),
  });
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

async function firstAccount(user: ApiUser): Promise<string> {
  const { accounts } = await user.ask<{ accounts: { edges: Array<{ node: { id: string } }> } }>(
    '{ accounts(first: 1) { edges { node { id } } } }',
  );
  return accounts.edges[0]!.node.id;
}
