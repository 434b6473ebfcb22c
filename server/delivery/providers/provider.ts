import type { ErrorClass } from '../error-classes.js';

/** One field of a provider's form; drives validation and the page. */
export interface ProviderField {
  /** Its path in SaveWebhookInput, such as `targetUrl` or `splunk.index`. */
  name: string;
  label: string;
  kind: 'URL' | 'SECRET' | 'TEXT' | 'BOOLEAN' | 'HEADERS';
  required: boolean;
  help?: string;
  placeholder?: string;
}

/** Optional settings of a Splunk integration; null: Splunk's own default for the token. */
export interface SplunkSettings {
  index: string | null;
  source: string | null;
  sourcetype: string | null;
  host: string | null;
  useAck: boolean;
  batch: boolean;
  gzip: boolean;
}

/** What an admin configured, in clear. */
export interface ProviderSettings {
  targetUrl: string;
  secretKey: string | null;
  headers: Array<{ name: string; value: string }>;
  /** Newest first, each `whsec_…`. */
  signingSecrets: string[];
  splunk: SplunkSettings;
}

/** An event on its way to a receiver. */
export interface DeliverableEvent {
  eventId: string;
  /** null for a test. */
  deliveryId: string | null;
  accountId: string;
  occurredAt: Date;
  /** Sent byte for byte. */
  body: string;
  /** 1 for the first request of a delivery, then counting. */
  attempt: number;
}

/** What formatting may know of the world. */
export interface FormatContext {
  sentAt: Date;
  userAgent: string;
}

export interface FormattedRequest {
  headers: Record<string, string>;
  body: string;
  /** Whether the body goes out compressed, as `content-encoding` says. */
  gzip?: boolean;
}

/** What a receiver answered; of the body at most the first 16 KiB. */
export interface Reply {
  status: number;
  headers: ReadonlyArray<{ name: string; value: string }>;
  body: string;
  bodyTruncated: boolean;
}

/** What a reply means for the delivery. */
export interface Judgement {
  outcome: 'SUCCEEDED' | 'RETRYABLE' | 'MISCONFIGURED' | 'PERMANENT';
  errorClass: ErrorClass | null;
  /** What to do about it, one sentence. */
  hint: string | null;
  /** Splunk's own reply code. */
  hecCode: number | null;
  /** The receiver wants nothing more: the webhook is disabled. */
  gone?: boolean;
  /** Delivered, and the receiver asks for fewer: its rate is to be halved for 30 s. */
  slowDown?: boolean;
  /**
   * Which event of the request is at fault, from 0, as given to `format`; it alone gets this outcome, the others are to
   * be sent again.
   */
  invalidEventNumber?: number;
  /** The request is too large for the receiver, not only this event. */
  splitBatch?: boolean;
  /** Under which number Splunk will confirm that the events are indexed. */
  ackId?: number;
}

/** How a receiver that only takes events at first is asked what has become of them. */
export interface Acknowledgments {
  /** Which of its counts a webhook's requests belong to; null: this webhook does not ask. */
  channelOf(settings: ProviderSettings): string | null;
  /** Asks for numbers that replies have told as `ackId`. */
  format(
    ids: readonly number[],
    settings: ProviderSettings,
    context: FormatContext,
  ): FormattedRequest & { url: string };
  /** The numbers that a reply confirms, which are never to be asked for again; null: it is no answer to that question. */
  readConfirmed(reply: Reply): number[] | null;
}

/** A kind of receiver, as one declarative object; pure: it never sees got, the database or the clock. */
export interface Provider {
  id: string;
  label: string;
  description: string;
  /** Whether requests are signed with a `whsec_` secret of the webhook's own. */
  signs: boolean;
  /** In the order of the form. */
  fields: ProviderField[];
  /** Completes what an admin typed; text that is no URL comes back as it is. */
  resolveUrl(targetUrl: string): string;
  /**
   * For several events a request: how many bytes each adds at most, beside its own body; null: this webhook sends them
   * one by one. Absent: so does every webhook of the provider. The events of a request stand on lines of their own.
   */
  batchOverhead?(settings: ProviderSettings): number | null;
  /** Keeps the order. Throws for an impossible request: no event, or more than one where only one can be sent. */
  format(
    events: readonly DeliverableEvent[],
    settings: ProviderSettings,
    context: FormatContext,
  ): FormattedRequest;
  judge(reply: Reply): Judgement;
  /** Absent: what is taken is delivered. */
  acknowledgments?: Acknowledgments;
}

/** Declares a provider. */
export const defineProvider = <const P extends Provider>(provider: P): P => provider;

/** The value of a reply's header; undefined when it has none. */
export const headerOf = ({ headers }: Reply, name: string): string | undefined =>
  headers.find((header) => header.name.toLowerCase() === name)?.value;
