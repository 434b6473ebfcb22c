import type { LocalReply } from './local-server.js';

/** Splunk's reply codes with their HTTP statuses and words, as “Troubleshoot HTTP Event Collector” lists them. */
const replies = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  8: [500, 'Internal server error'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
  15: [400, 'Error in handling indexed fields'],
  16: [400, 'Query string authorization is not enabled'],
  17: [200, 'HEC is healthy'],
  18: [503, 'HEC is unhealthy, queues are full'],
  19: [503, 'HEC is unhealthy, ack service unavailable'],
  20: [503, 'HEC is unhealthy, queues are full, ack service unavailable'],
  21: [400, 'Invalid token'],
  22: [400, 'Token disabled'],
  23: [503, 'Server is shutting down'],
  24: [200, 'Queue approaching capacity'],
  25: [200, 'ACK channel approaching capacity'],
  26: [429, 'Queue at capacity'],
  27: [429, 'ACK channel at capacity'],
} as const;

export type HecCode = keyof typeof replies;

/** What the collector says. */
export function hecReply(code: HecCode, more: object = {}, headers: Record<string, string> = {}): LocalReply {
  const [status, text] = replies[code];
  return json(status, { text, code, ...more }, headers);
}

/** What it says about acknowledgments. */
export const ackReply = (acks: Record<string, boolean>): LocalReply => json(200, { acks });

/** No endpoint of the collector. */
export const notFound = (): LocalReply =>
  json(404, { text: 'The requested URL was not found on this server.', code: 404 });

/** Its web server lets nothing through that is longer than `max_content_length`. */
export const tooLong = (bytes: number): LocalReply => ({
  status: 413,
  headers: { 'content-type': 'text/xml; charset=UTF-8' },
  body: `<response><messages><msg type="ERROR">Content-Length of ${bytes} too large</msg></messages></response>`,
});

const json = (status: number, body: object, headers: Record<string, string> = {}): LocalReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8', server: 'Splunkd', ...headers },
  body: JSON.stringify(body),
});
