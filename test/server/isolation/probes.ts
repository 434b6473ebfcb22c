import { FROM_THE_START, newBehavior } from '../../helpers/operations.js';
import type { Ids } from './world.js';

/**
 * Who may ask, of the things that a probe names:
 * - `everyone`, and `people` who are signed in, programs included
 * - `readers` and `admins` of the account that the things belong to; others are told the same as of unknown things
 * - `superiors`: admins of the account above
 * - `lists`: who is signed in, and `writers`: who is an admin somewhere; foreign things are as unknown ones
 * - `others`: nobody in this matrix
 */
export type Askers =
  'everyone' | 'people' | 'readers' | 'admins' | 'superiors' | 'lists' | 'writers' | 'others';

export interface Probe {
  askers: Askers;
  /** The field's arguments. */
  of?: (ids: Ids) => object;
  /** Who may read and not change is told NOT_FOUND, too. */
  hides?: true;
  /** Not asked as those who may: it would end what others ask about. */
  destroys?: true;
}

/** What is asked at each root field; null: it names nothing that belongs to an account. */
export const probes: Record<string, Record<string, Probe[] | null>> = {
  Query: {
    account: [{ askers: 'readers', of: ({ Account }) => ({ id: Account }) }],
    accounts: [
      { askers: 'lists' },
      { askers: 'people', of: ({ Account }) => ({ first: 100, after: cursorOf(Account) }) },
    ],
    attempts: [
      { askers: 'lists' },
      { askers: 'readers', of: ({ Account }) => ({ filter: { accountId: Account } }) },
      { askers: 'lists', of: ({ Webhook }) => ({ filter: { webhookIds: [Webhook] } }) },
      { askers: 'people', of: ({ Attempt }) => ({ first: 100, after: cursorOf(Attempt) }) },
      { askers: 'people', of: ({ Attempt }) => ({ last: 100, before: cursorOf(Attempt) }) },
    ],
    auditEntries: [{ askers: 'admins', of: ({ Account }) => ({ accountId: Account }) }],
    deliveries: [
      { askers: 'lists' },
      { askers: 'lists', of: ({ Account }) => ({ filter: { accountIds: [Account] } }) },
      { askers: 'lists', of: ({ Webhook }) => ({ filter: { webhookIds: [Webhook] } }) },
      { askers: 'lists', of: ({ Event }) => ({ filter: { eventId: Event } }) },
      { askers: 'lists', of: ({ marker }) => ({ filter: { bodyContains: marker } }) },
      { askers: 'lists', of: ({ marker }) => ({ filter: { siteId: marker } }) },
      { askers: 'people', of: ({ Delivery }) => ({ first: 100, after: cursorOf(Delivery) }) },
      { askers: 'people', of: ({ Delivery }) => ({ last: 100, before: cursorOf(Delivery) }) },
    ],
    delivery: [{ askers: 'readers', of: ({ Delivery }) => ({ id: Delivery }) }],
    egressAddresses: [{ askers: 'people' }],
    event: [{ askers: 'readers', of: ({ Event }) => ({ id: Event }) }],
    eventTypes: [{ askers: 'everyone' }],
    instanceAuditEntries: [{ askers: 'others' }],
    invitation: [{ askers: 'everyone', of: ({ Invitation }) => ({ token: Invitation }) }],
    // Every type of thing is asked for by `node`, in the walk.
    node: null,
    replay: [{ askers: 'readers', of: ({ Replay }) => ({ id: Replay }) }],
    resolveTargetUrl: [
      { askers: 'people', of: () => ({ provider: 'CUSTOM', targetUrl: 'https://example.com' }) },
    ],
    serverInfo: [{ askers: 'everyone' }],
    viewer: [{ askers: 'everyone' }],
    webhook: [{ askers: 'readers', of: ({ Webhook }) => ({ id: Webhook }) }],
    webhookProviders: [{ askers: 'everyone' }],
  },
  Mutation: {
    acceptInvitation: null,
    cancelReplay: [{ askers: 'admins', of: ({ Replay }) => ({ id: Replay }) }],
    changePassword: null,
    completeSetup: null,
    createAccount: [{ askers: 'admins', of: ({ Account }) => ({ parentId: Account, name: ' ' }) }],
    createApiToken: [
      { askers: 'admins', of: ({ Account }) => ({ accountId: Account, name: ' ', scopes: ['READ'] }) },
    ],
    deleteAccount: [
      { askers: 'superiors', of: ({ Account }) => ({ id: Account, confirmName: 'another name' }) },
    ],
    deleteWebhook: [{ askers: 'admins', of: ({ Webhook }) => ({ id: Webhook }), destroys: true }],
    inviteMember: [
      { askers: 'admins', of: ({ Account }) => ({ accountId: Account, email: 'nobody', role: 'VIEWER' }) },
    ],
    publishEvents: [
      {
        askers: 'admins',
        hides: true,
        of: ({ Account }) => ({ events: [newBehavior(Account, { data: {} })] }),
      },
    ],
    removeMember: [
      {
        askers: 'admins',
        of: ({ Account, guestId }) => ({ accountId: Account, userId: guestId }),
        destroys: true,
      },
    ],
    renameAccount: [{ askers: 'admins', of: ({ Account }) => ({ id: Account, name: ' ' }) }],
    replayDeliveries: [
      { askers: 'writers', of: ({ Webhook }) => ({ filter: { webhookIds: [Webhook] }, dryRun: true }) },
      {
        askers: 'writers',
        of: ({ Webhook }) => ({
          ...{
            filter: { webhookIds: [Webhook], createdAfter: '2020-01-01T00:00:00Z' },
            missed: true,
            dryRun: true,
          },
        }),
      },
    ],
    retryDelivery: [{ askers: 'admins', of: ({ Delivery }) => ({ id: Delivery }) }],
    revokeApiToken: [
      { askers: 'admins', of: ({ ApiToken }) => ({ id: ApiToken }), destroys: true, hides: true },
    ],
    revokeInvitation: [
      { askers: 'admins', of: ({ Invitation }) => ({ id: Invitation }), destroys: true, hides: true },
    ],
    revokeSession: [{ askers: 'others', of: ({ sessionId }) => ({ id: sessionId }) }],
    rotateSigningSecret: [{ askers: 'admins', of: ({ Webhook }) => ({ id: Webhook }) }],
    saveWebhook: [
      { askers: 'admins', of: ({ Webhook }) => ({ id: Webhook, expectedVersion: 999, name: 'Theirs' }) },
      { askers: 'admins', of: ({ Account }) => ({ accountId: Account, provider: 'CUSTOM', targetUrl: 'x' }) },
    ],
    setWebhookActive: [{ askers: 'admins', of: ({ Webhook }) => ({ id: Webhook, active: true }) }],
    signIn: null,
    signOut: null,
    testWebhook: [
      { askers: 'admins', of: ({ Webhook }) => ({ webhookId: Webhook, eventType: 'NEW_BEHAVIOR' }) },
      {
        askers: 'admins',
        of: ({ Webhook }) => ({ draft: { id: Webhook }, eventType: 'NEW_BEHAVIOR' }),
      },
    ],
    updateMember: [
      {
        askers: 'admins',
        of: ({ Account, guestId }) => ({ accountId: Account, userId: guestId, role: 'VIEWER' }),
      },
    ],
  },
  Subscription: {
    attempts: [
      { askers: 'lists', of: () => ({ after: FROM_THE_START }) },
      {
        askers: 'readers',
        of: ({ Account }) => ({ filter: { accountId: Account }, after: FROM_THE_START }),
      },
    ],
    replayProgress: [{ askers: 'readers', of: ({ Replay }) => ({ id: Replay }) }],
    webhookHealth: [{ askers: 'readers', of: ({ Account }) => ({ accountId: Account }) }],
  },
};

function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}
