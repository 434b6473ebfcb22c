import { createHash } from 'node:crypto';
import type { EventType } from '../events/event-types.js';

/** A web site on which things are detected. */
export interface Site {
  accountId: string;
  siteId: string;
  siteName: string;
}

/** An event, as publishEvents takes it. */
export interface DemoEvent extends Site {
  type: EventType;
  /** ISO 8601. */
  occurredAt: string;
  data: Record<string, unknown>;
}

/** The event catalogue's examples by type. */
export type Samples = ReadonlyMap<EventType, Record<string, unknown>>;

const scripts = [
  ...['Google Tag Manager', 'Stripe.js', 'Adyen Drop-in', 'Meta Pixel', 'Hotjar', 'Cookiebot', 'Segment'],
  ...['Zendesk Chat', 'New Relic Browser', 'jQuery 3.7.1', 'Klaviyo', 'Trustpilot Widget'],
];
const behaviors = [
  ...['Data transfer', 'Form input read', 'Cookie written', 'Local storage read', 'Keystrokes observed'],
  ...['Script loaded', 'Frame inserted', 'Network request to a new domain'],
];
const recommendations = [
  ['Data transfer', 'Block transfers to domains that are not listed'],
  ['Form input', 'Deny reading of card number fields'],
  ['Cookies', 'Allow only first-party cookies'],
  ['Frames', 'Deny frames on payment pages'],
] as const;
const pages = [
  [41, 'Basket'],
  [42, 'Checkout'],
  [43, 'Card details'],
  [57, 'Gift cards'],
] as const;
const headerChanges = [
  [7, 'content-security-policy', "script-src 'self'", "script-src 'self' https://cdn.example.com"],
  [7, 'content-security-policy', "frame-ancestors 'none'", null],
  [9, 'strict-transport-security', 'max-age=31536000', 'max-age=300'],
  [12, 'x-content-type-options', 'nosniff', null],
  [null, 'access-control-allow-origin', null, '*'],
] as const;
const domains = [
  'shop-mirror.example.net',
  'acme-sale.example.org',
  'staging.acme.example',
  'acme.example.co',
];

/** How often a type is picked, beside the others; a type that is not named: 1. */
const weights: Partial<Record<EventType, number>> = {
  NEW_BEHAVIOR: 6,
  NEW_SCRIPT: 5,
  NEW_PCI_HEADER_CHANGE: 3,
  NEW_SCRIPT_POLICY_RECOMMENDATION: 3,
  UNKNOWN_DOMAIN: 2,
};

/** What differs from the catalogue's example, so that a new type needs nothing here. */
const variations: Partial<Record<EventType, (site: Site, now: Date) => Record<string, unknown>>> = {
  NEW_SCRIPT: scriptOn,
  NEW_BEHAVIOR: (site) => ({ ...scriptOn(site), behavior_name: pick(behaviors) }),
  NEW_SCRIPT_POLICY_RECOMMENDATION(site) {
    const [policy_name, recommendation] = pick(recommendations);
    return { ...scriptOn(site), policy_name, recommendation };
  },
  NEW_PCI_HEADER_CHANGE() {
    const [header_id, header_name, header_baseline_value, header_new_value] = pick(headerChanges);
    return { ...paymentPage(), header_id, header_name, header_baseline_value, header_new_value };
  },
  DATA_MISSING: (_site, now) => ({ ...paymentPage(), last_seen_at: secondsBefore(now, 3_900) }),
  UNKNOWN_DOMAIN: (_site, now) => ({ domain: pick(domains), first_seen_at: secondsBefore(now, 240) }),
};

/** Makes up an event on a site. */
export function makeEvent(site: Site, samples: Samples, now = new Date()): DemoEvent {
  const types = [...samples.keys()];
  const type = pick(types.flatMap((each) => Array<EventType>(weights[each] ?? 1).fill(each)));
  const data = { ...samples.get(type), ...variations[type]?.(site, now) };
  return { ...site, type, occurredAt: now.toISOString(), data };
}

/** One of several, at random. */
export const pick = <T>(choices: readonly T[]): T => choices[Math.floor(Math.random() * choices.length)]!;

/** A script has the same id on a site whenever something is found about it. */
function scriptOn({ siteId }: Site): Record<string, unknown> {
  const script_name = pick(scripts);
  const hex = createHash('sha256').update(`${siteId} ${script_name}`).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`];
  return { script_name, site_script_id: [...parts, hex.slice(20, 32)].join('-') };
}

function paymentPage(): Record<string, unknown> {
  const [payment_page_id, payment_page_name] = pick(pages);
  return { payment_page_id, payment_page_name };
}

const secondsBefore = (now: Date, seconds: number): string =>
  new Date(now.getTime() - seconds * 1_000).toISOString().slice(0, -5);
