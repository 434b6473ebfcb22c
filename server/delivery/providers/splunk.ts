import { ackUrl, channelOf, resolveUrl } from './hec-address.js';
import { judgeHec, readConfirmed } from './hec-reply.js';
import {
  defineProvider,
  type DeliverableEvent,
  type FormatContext,
  type ProviderSettings,
  type SplunkSettings,
} from './provider.js';

/** Splunk's HTTP Event Collector: each event in an envelope, several of them in one request. */
export const splunk = defineProvider({
  id: 'SPLUNK',
  label: 'Splunk',
  description: 'Splunk Enterprise or Cloud, through the HTTP Event Collector.',
  signs: false,
  fields: [
    {
      name: 'targetUrl',
      label: 'Target URL',
      kind: 'URL',
      required: true,
      help: 'Host and port of your HTTP Event Collector, 8088 on Splunk Enterprise; its path is completed.',
      placeholder: 'https://splunk.example.com:8088',
    },
    {
      name: 'secretKey',
      label: 'Secret Key',
      kind: 'SECRET',
      required: true,
      help: 'The token of the HTTP Event Collector input, with or without “Splunk ” in front.',
      placeholder: '00000000-0000-0000-0000-000000000000',
    },
    {
      name: 'splunk.index',
      label: 'Index',
      kind: 'TEXT',
      required: false,
      help: 'Empty: the token’s default index.',
    },
    {
      name: 'splunk.source',
      label: 'Source',
      kind: 'TEXT',
      required: false,
      help: 'Empty: the token’s default.',
    },
    {
      name: 'splunk.sourcetype',
      label: 'Source type',
      kind: 'TEXT',
      required: false,
      help: 'Empty: the token’s default.',
    },
    {
      name: 'splunk.host',
      label: 'Host',
      kind: 'TEXT',
      required: false,
      help: 'Empty: as Splunk sees the sender.',
    },
    {
      name: 'splunk.batch',
      label: 'Batch',
      kind: 'BOOLEAN',
      required: false,
      help: 'Events that are due together go out as one request.',
    },
    {
      name: 'splunk.gzip',
      label: 'Compress',
      kind: 'BOOLEAN',
      required: false,
      help: 'Requests go out as gzip, about a tenth of the size.',
    },
    {
      name: 'splunk.useAck',
      label: 'Indexer acknowledgment',
      kind: 'BOOLEAN',
      required: false,
      help: 'Switch it on here if it is on for the token in Splunk.',
    },
  ],
  resolveUrl,
  format(events, settings, context) {
    if (events.length === 0) throw new Error('The Splunk provider sends at least one event a request.');
    const { gzip, useAck } = settings.splunk;
    const headers = headersOf(settings, context);
    if (gzip) headers['content-encoding'] = 'gzip';
    if (useAck) headers['x-splunk-request-channel'] = channelOf(settings.targetUrl);
    const metadata = metadataOf(settings.splunk);
    const body = events.map((event) => envelope(event, metadata)).join('\n');
    return { headers, body, gzip };
  },
  batchOverhead: ({ splunk: settings }) => (settings.batch ? overheadOf(settings) : null),
  judge: judgeHec,
  acknowledgments: {
    channelOf: ({ targetUrl, splunk: { useAck } }) => (useAck ? channelOf(targetUrl) : null),
    format: (ids, settings, context) => ({
      url: ackUrl(settings.targetUrl),
      headers: headersOf(settings, context),
      body: JSON.stringify({ acks: ids }),
    }),
    readConfirmed,
  },
});

const headersOf = (
  { secretKey }: ProviderSettings,
  { userAgent }: FormatContext,
): Record<string, string> => ({
  authorization: `Splunk ${(secretKey ?? '').trim().replace(/^(?:Splunk\s+)+/i, '')}`,
  'content-type': 'application/json',
  'user-agent': userAgent,
});

/** The members that are the same in every envelope; what is not set is the token's to say. */
function metadataOf({ host, source, sourcetype, index }: SplunkSettings): string {
  let metadata = '';
  if (host) metadata += `"host":${JSON.stringify(host)},`;
  if (source) metadata += `"source":${JSON.stringify(source)},`;
  if (sourcetype) metadata += `"sourcetype":${JSON.stringify(sourcetype)},`;
  if (index) metadata += `"index":${JSON.stringify(index)},`;
  return metadata;
}

/** The body goes in as it is stored, byte for byte. */
function envelope({ eventId, deliveryId, occurredAt, body }: DeliverableEvent, metadata: string): string {
  const time = (occurredAt.getTime() / 1000).toFixed(3);
  const delivery = deliveryId === null ? '' : `,"hookwatch_delivery_id":${JSON.stringify(deliveryId)}`;
  const fields = `{"hookwatch_event_id":${JSON.stringify(eventId)}${delivery}}`;
  return `{"time":${time},${metadata}"fields":${fields},"event":${body}}`;
}

const LONGEST_TIME = new Date(8.64e15);
const ID = 'x'.repeat(30);

/** What stands around the largest body, with the line break after it. */
function overheadOf(settings: SplunkSettings): number {
  const event = {
    eventId: ID,
    deliveryId: ID,
    accountId: ID,
    occurredAt: LONGEST_TIME,
    body: '',
    attempt: 1,
  };
  return Buffer.byteLength(envelope(event, metadataOf(settings))) + 1;
}
