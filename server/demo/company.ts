import type { EventType } from '../events/event-types.js';
import type { Api } from './api.js';
import type { Samples, Site } from './events.js';

/** Who signs in. */
export interface Operator {
  email: string;
  password: string;
}

/** Where the integrations send to, and with what. */
export interface Targets {
  healthyUrl: string;
  healthyKey: string;
  flakyUrl: string;
  slowUrl: string;
  hecUrl: string;
  hecToken: string;
  /** One that the collector does not know, as after somebody replaced it there. */
  oldHecToken: string;
}

/** The company that the demo is about. */
export interface Company {
  sites: Site[];
  samples: Samples;
  /** Publishes for all three accounts. */
  publisher: Api;
}

/** Sets a new server up, as a person would in the page: operator, accounts, integrations, a token for the publisher. */
export async function setUpCompany(
  api: Api,
  setupToken: string,
  operator: Operator,
  targets: Targets,
): Promise<Company> {
  const acme = await completeSetup(api, setupToken, operator);
  const eu = await createAccount(api, 'Acme EU', acme);
  const us = await createAccount(api, 'Acme US', acme);
  for (const webhook of webhooksOf({ acme, eu, us }, targets))
    await api.send(
      'mutation ($input: SaveWebhookInput!) { saveWebhook(input: $input) { userErrors { message } } }',
      { input: webhook },
    );
  return {
    sites: [
      { accountId: acme, siteId: 'site-1001', siteName: 'Acme Gift Cards' },
      { accountId: acme, siteId: 'site-1002', siteName: 'Acme Travel' },
      { accountId: eu, siteId: 'site-2001', siteName: 'Acme Shop Germany' },
      { accountId: eu, siteId: 'site-2002', siteName: 'Acme Shop France' },
      { accountId: us, siteId: 'site-3001', siteName: 'Acme Store' },
      { accountId: us, siteId: 'site-3002', siteName: 'Acme Outlet' },
    ],
    samples: await readSamples(api),
    publisher: api.withToken(await createPublisherToken(api, acme)),
  };
}

const webhooksOf = (
  { acme, eu, us }: Record<'acme' | 'eu' | 'us', string>,
  targets: Targets,
): Array<{ accountId: string; eventTypes?: EventType[]; [field: string]: unknown }> => [
  {
    ...{ accountId: acme, name: 'Security data lake', provider: 'CUSTOM', includeChildAccounts: true },
    ...{ targetUrl: `${targets.healthyUrl}/events` },
    headers: [{ name: 'X-Api-Key', value: targets.healthyKey }],
  },
  {
    ...{ accountId: acme, name: 'Splunk SOC', provider: 'SPLUNK' },
    ...{ targetUrl: targets.hecUrl, secretKey: targets.hecToken, splunk: { index: 'security' } },
  },
  {
    ...{ accountId: acme, name: 'Ticketing', provider: 'CUSTOM', includeChildAccounts: true },
    ...{ targetUrl: `${targets.flakyUrl}/tickets` },
    eventTypes: ['NEW_PCI_HEADER_CHANGE', 'NEW_BEHAVIOR', 'DATA_MISSING', 'UNKNOWN_DOMAIN'],
  },
  {
    ...{ accountId: eu, name: 'Risk scoring', provider: 'CUSTOM', targetUrl: `${targets.slowUrl}/score` },
  },
  {
    ...{ accountId: us, name: 'Splunk US', provider: 'SPLUNK', targetUrl: targets.hecUrl },
    secretKey: targets.oldHecToken,
  },
];

async function completeSetup(api: Api, setupToken: string, operator: Operator): Promise<string> {
  await api.send(
    'mutation ($input: CompleteSetupInput!) { completeSetup(input: $input) { userErrors { message } } }',
    { input: { setupToken, ...operator, name: 'Demo Operator', accountName: 'Acme' } },
  );
  const { accounts } = await api.send<{ accounts: { edges: Array<{ node: { id: string } }> } }>(
    '{ accounts(first: 1) { edges { node { id } } } }',
  );
  return accounts.edges[0]!.node.id;
}

async function createAccount(api: Api, name: string, parentId: string): Promise<string> {
  const { createAccount } = await api.send<{ createAccount: { account: { id: string } } }>(
    `mutation ($input: CreateAccountInput!) {
      createAccount(input: $input) { account { id } userErrors { message } }
    }`,
    { input: { name, parentId } },
  );
  return createAccount.account.id;
}

async function createPublisherToken(api: Api, accountId: string): Promise<string> {
  const { createApiToken } = await api.send<{ createApiToken: { secret: string } }>(
    'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret userErrors { message } } }',
    { input: { accountId, name: 'Detection platform', scopes: ['EVENTS_WRITE'] } },
  );
  return createApiToken.secret;
}

async function readSamples(api: Api): Promise<Samples> {
  const { eventTypes } = await api.send<{
    eventTypes: Array<{ type: EventType; sample: Record<string, unknown> }>;
  }>('{ eventTypes { type sample } }');
  return new Map(eventTypes.map(({ type, sample }) => [type, sample]));
}
