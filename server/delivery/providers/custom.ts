import { sendableHeaders } from '../../webhooks/header-rules.js';
import { judgeStatus } from './http-status.js';
import { defineProvider } from './provider.js';
import { sign } from './standard-webhooks.js';
import { parseUrl } from '../../url.js';

/** Any HTTP endpoint: the event's body as it is, signed as Standard Webhooks has it, with the admin's own headers. */
export const custom = defineProvider({
  id: 'CUSTOM',
  label: 'Custom',
  description: 'Any HTTP endpoint: JSON by POST, signed, with headers of your choice.',
  signs: true,
  fields: [
    {
      name: 'targetUrl',
      label: 'Target URL',
      kind: 'URL',
      required: true,
      help: 'Events are sent here by POST; any 2xx answer acknowledges them.',
      placeholder: 'https://hooks.example.com/security-events',
    },
    {
      name: 'headers',
      label: 'Headers',
      kind: 'HEADERS',
      required: false,
      help: 'Sent with every request, for example to authorize it.',
      placeholder: 'Authorization: Bearer …',
    },
  ],
  resolveUrl(targetUrl) {
    const text = targetUrl.trim();
    const href = parseUrl(text)?.href ?? text;
    return href === `${text}/` ? text : href;
  },
  format(events, settings, { sentAt, userAgent }) {
    const [event] = events;
    if (!event || events.length > 1) throw new Error('The Custom provider sends one event a request.');
    const timestamp = Math.floor(sentAt.getTime() / 1000);
    const headers: Record<string, string> = {};
    for (const { name, value } of sendableHeaders(settings.headers)) headers[name.toLowerCase()] = value;
    headers['content-type'] = 'application/json';
    headers['user-agent'] = userAgent;
    headers['webhook-id'] = event.eventId;
    headers['webhook-timestamp'] = String(timestamp);
    // The test of a webhook that was never saved: it has no secret yet.
    if (settings.signingSecrets.length > 0)
      headers['webhook-signature'] = sign(settings.signingSecrets, event.eventId, timestamp, event.body);
    if (event.deliveryId !== null) headers['hookwatch-delivery-id'] = event.deliveryId;
    headers['hookwatch-attempt'] = String(event.attempt);
    headers['hookwatch-account-id'] = event.accountId;
    return { headers, body: event.body };
  },
  judge: judgeStatus,
});
