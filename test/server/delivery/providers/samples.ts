import type {
  DeliverableEvent,
  ProviderSettings,
  Reply,
  SplunkSettings,
} from '../../../../server/delivery/providers/provider.js';

/** What formatting is told of the world. */
export const context = { sentAt: new Date('2021-02-25T15:02:10.750Z'), userAgent: 'Hookwatch/1.2.3' };

export const eventOf = (event: Partial<DeliverableEvent> = {}): DeliverableEvent => ({
  eventId: 'evt_1',
  deliveryId: 'dlv_1',
  accountId: 'acc_1',
  occurredAt: new Date('2025-01-29T13:28:36.789Z'),
  body: '{"event_name":"site_script.new_script", "event_type":1}',
  attempt: 1,
  ...event,
});

/** Settings that both providers can send with. */
export const settingsOf = (
  settings: Partial<Omit<ProviderSettings, 'splunk'>> & { splunk?: Partial<SplunkSettings> } = {},
): ProviderSettings => ({
  targetUrl: 'https://hooks.example.com:8088',
  secretKey: '11111111-2222-3333-4444-555555555555',
  headers: [],
  signingSecrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ...settings,
  splunk: {
    ...{ index: null, source: null, sourcetype: null, host: null, useAck: false, batch: false, gzip: false },
    ...settings.splunk,
  },
});

export const replyOf = (status: number, body = '', headers: Record<string, string> = {}): Reply => ({
  status,
  headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
  body,
  bodyTruncated: false,
});
