import { hecCodes } from './hec-codes.js';
import { judgeStatus } from './http-status.js';
import {
  defineProvider,
  type DeliverableEvent,
  type Judgement,
  type Reply,
  type SplunkSettings,
} from './provider.js';

const ENDPOINT = '/services/collector/event';

/** Splunk's HTTP Event Collector. */
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
      help: 'The host of your HTTP Event Collector; its path is completed.',
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
  ],
  resolveUrl,
  format(events, { secretKey, splunk: settings }, { userAgent }) {
    const token = (secretKey ?? '').replace(/^Splunk\s+/i, '');
    const ordered =
      events.length > 1
        ? [...events].sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime())
        : events;
    return {
      headers: {
        authorization: `Splunk ${token}`,
        'content-type': 'application/json',
        'user-agent': userAgent,
      },
      body: ordered.map((event) => envelope(event, settings)).join('\n'),
    };
  },
  judge,
});

/** A host, a base URL or one of the collector's event paths becomes the full address; any other path is kept. */
function resolveUrl(targetUrl: string): string {
  const text = targetUrl.trim();
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (text === '' || !URL.canParse(withScheme)) return text;
  const url = new URL(withScheme);
  const path = url.pathname.replace(/\/+$/, '');
  if (path === '' || path === '/services' || path === '/services/collector') url.pathname = ENDPOINT;
  return url.href;
}

/** The body goes in as it is stored, byte for byte. */
function envelope(event: DeliverableEvent, settings: SplunkSettings): string {
  const fields: Record<string, string> = { hookwatch_event_id: event.eventId };
  if (event.deliveryId !== null) fields.hookwatch_delivery_id = event.deliveryId;
  const metadata = (['host', 'source', 'sourcetype', 'index'] as const)
    .filter((name) => settings[name] !== null)
    .map((name) => `"${name}":${JSON.stringify(settings[name])},`)
    .join('');
  const time = (event.occurredAt.getTime() / 1000).toFixed(3);
  return `{"time":${time},${metadata}"fields":${JSON.stringify(fields)},"event":${event.body}}`;
}

/** Splunk is judged by status and code: a 200 that is not its JSON came from something else. */
function judge(reply: Reply): Judgement {
  const code = codeOf(reply.body);
  const known = code === null ? undefined : hecCodes[code];
  if (code !== null && known) {
    const delivered = known.outcome === 'SUCCEEDED' && reply.status >= 200 && reply.status < 300;
    if (delivered)
      return { outcome: 'SUCCEEDED', errorClass: null, hint: null, hecCode: code, slowDown: known.slowDown };
    if (known.outcome !== 'SUCCEEDED')
      return { outcome: known.outcome, errorClass: 'HEC_REJECTED', hint: known.hint, hecCode: code };
  }
  return judgeWithoutCode(reply, code);
}

function judgeWithoutCode(reply: Reply, hecCode: number | null): Judgement {
  const { status } = reply;
  const judgement = judgeStatus(reply);
  if (status >= 200 && status < 300)
    return {
      outcome: 'RETRYABLE',
      errorClass: 'HEC_REJECTED',
      hint: 'The answer is not Splunk’s: check that the target URL leads to an HTTP Event Collector.',
      hecCode,
    };
  if (status === 413)
    return {
      ...judgement,
      outcome: 'PERMANENT',
      hint: 'Splunk takes no event of this size (413): raise max_content_length there.',
      hecCode,
    };
  const passing = status >= 500 || status === 408 || status === 429 || (status >= 300 && status < 400);
  return { ...judgement, outcome: passing ? 'RETRYABLE' : 'MISCONFIGURED', hecCode };
}

function codeOf(body: string): number | null {
  try {
    const { code, text } = JSON.parse(body) as { code?: unknown; text?: unknown };
    return typeof code === 'number' && typeof text === 'string' ? code : null;
  } catch {
    return null;
  }
}
