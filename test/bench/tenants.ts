import { request, Agent } from 'node:http';
import { createAccount, createToken, createWebhook } from '../helpers/operations.js';
import type { Hookwatch } from './hookwatch.js';

/** An account with one webhook, so that each of its events makes one delivery. */
export interface Tenant {
  accountId: string;
  webhookId: string;
}

/** Makes accounts with one webhook each; `inputOf` says what differs from a Custom webhook. */
export async function createTenants(
  { operator, accountId }: Hookwatch,
  count: number,
  inputOf: (index: number) => object,
): Promise<Tenant[]> {
  const tenants: Tenant[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = await createAccount(operator, `Tenant ${tenants.length + 1} of ${count}`, accountId);
    const input = { accountId: id, name: 'Webhook', provider: 'CUSTOM', ...inputOf(index) };
    tenants.push({ accountId: id, webhookId: await createWebhook(operator, input) });
  }
  return tenants;
}

/** A program that publishes over HTTP with a token, on kept connections. */
export interface Publisher {
  /** Publishes events, by turns for each tenant, some calls at a time. */
  publish(tenants: readonly Tenant[], count: number, options?: PublishOptions): Promise<void>;
  /** Publishes one event whose body tells when. */
  publishTimed(tenant: Tenant, sentAt: number): Promise<void>;
}

export interface PublishOptions {
  /** Default 500. */
  eventsACall?: number;
  /** Default 4. */
  callsAtATime?: number;
}

const MUTATION = `mutation ($input: PublishEventsInput!) {
  publishEvents(input: $input) { results { event { id } deliveryCount userErrors { path code message } } }
}`;

/** About 400 bytes as a body. */
const eventOf = ({ accountId }: Tenant, data: object = {}): object => ({
  ...{ accountId, type: 'NEW_BEHAVIOR', siteId: 'site-1001', siteName: 'Acme Shop' },
  data: {
    script_name: 'Google Tag Manager',
    behavior_name: 'Data transfer to a domain that no policy allows',
    site_script_id: 'df382d80-cf04-11ec-870c-0a0800aeb193',
    ...data,
  },
});

/** The same as Hookwatch sends for such an event, for programs that have no Hookwatch. */
export const SAMPLE_BODY = JSON.stringify({
  ...{ event_name: 'site_script.new_behavior', event_type: 6, timestamp: '2026-01-29T13:28:36.123Z' },
  ...{ account_name: 'Tenant 1 of 4', account_id: 'acc_01JJR2ZKQ4W8N5T3V7X9Y1B2C3' },
  ...{ site_name: 'Acme Shop', site_id: 'site-1001', script_name: 'Google Tag Manager' },
  behavior_name: 'Data transfer to a domain that no policy allows',
  site_script_id: 'df382d80-cf04-11ec-870c-0a0800aeb193',
});

export async function createPublisher({ operator, accountId, url }: Hookwatch): Promise<Publisher> {
  const token = await createToken(operator, accountId, 'EVENTS_WRITE');
  const agent = new Agent({ keepAlive: true });
  const send = (events: object[]): Promise<void> =>
    post(url, agent, token, JSON.stringify({ query: MUTATION, variables: { input: { events } } }));
  return {
    async publish(tenants, count, { eventsACall = 500, callsAtATime = 4 } = {}) {
      let published = 0;
      const callUntilDone = async (): Promise<void> => {
        while (published < count) {
          const size = Math.min(eventsACall, count - published);
          const events = Array.from({ length: size }, (_, index) =>
            eventOf(tenants[(published + index) % tenants.length]!),
          );
          published += size;
          await send(events);
        }
      };
      await Promise.all(Array.from({ length: callsAtATime }, callUntilDone));
    },
    publishTimed: (tenant, sentAt) => send([eventOf(tenant, { sent_at: String(sentAt) })]),
  };
}

/** What is refused, in part or as a whole, is an error: a benchmark must not measure it. */
function post(url: string, agent: Agent, token: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/graphql`, {
      ...{ method: 'POST', agent },
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    sending.once('error', reject);
    sending.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('error', reject);
      response.once('end', () => {
        if (text.includes('"errors":') || text.includes('"event":null'))
          reject(new Error(text.slice(0, 500)));
        else resolve();
      });
    });
    sending.end(body);
  });
}
