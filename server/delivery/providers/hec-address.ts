import { createHash } from 'node:crypto';
import { parseUrl } from '../../url.js';

const ENDPOINT = '/services/collector/event';

/** The collector's endpoints at the end of a path, whole or in part; not `/services/collector/event/1.0`, which is as good. */
const ENDPOINT_OR_PART = /\/+services(?:\/+collector(?:\/+(?:event|(?:raw|ack|health)(?:\/1\.0)?))?)?\/*$/;

/**
 * A host, a base URL or an endpoint of the collector becomes the address of its event endpoint, over https unless
 * http is named. So does the raw endpoint, which would index the envelopes as text. Any other path is kept: it may be
 * a gateway's. Text that is no URL comes back as it is.
 */
export function resolveUrl(targetUrl: string): string {
  const text = targetUrl.trim();
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = text === '' ? null : parseUrl(withScheme);
  if (!url) return text;
  url.pathname = /^\/*$/.test(url.pathname) ? ENDPOINT : url.pathname.replace(ENDPOINT_OR_PART, ENDPOINT);
  url.hash = '';
  return url.href;
}

/** The same GUID (RFC 9562, version 8) for every request to an address, so that its acknowledgments can be asked for. */
export function channelOf(targetUrl: string): string {
  const hash = createHash('sha256').update(resolveUrl(targetUrl)).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `a${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

/** Where a channel's acknowledgments are asked for: beside the endpoint for events, or below a gateway's path. */
export function ackUrl(targetUrl: string): string {
  const url = new URL(resolveUrl(targetUrl));
  url.pathname = `${url.pathname.replace(/\/(?:event(?:\/1\.0)?)?$/, '')}/ack`;
  url.searchParams.set('channel', channelOf(targetUrl));
  return url.href;
}
