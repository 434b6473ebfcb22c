/** What is known of one type of events; its fields are in schema/events/<eventName>.schema.json. */
export interface EventTypeEntry {
  type: EventType;
  /** As the form calls it. */
  label: string;
  /** What was detected, as the form explains it. */
  description: string;
  /** The body's `event_name`. */
  eventName: string;
  /** The body's `event_type`. */
  number: number;
  /** Whether number and fields are the platform vendor's published ones. */
  vendorVerified: boolean;
}

const catalogue = {
  NEW_SCRIPT: {
    label: 'New Scripts',
    description: 'A new third-party script was detected.',
    eventName: 'site_script.new_script',
    number: 1,
    vendorVerified: true,
  },
  NEW_SCRIPT_POLICY_RECOMMENDATION: {
    label: 'New Script Policy Recommendations',
    description: 'A policy recommendation became available.',
    eventName: 'site_script.new_policy_rec',
    number: 101,
    vendorVerified: false,
  },
  NEW_PCI_HEADER_CHANGE: {
    label: 'New PCI Header Changes',
    description: 'A security header of a payment page changed.',
    eventName: 'site.header_change',
    number: 4,
    vendorVerified: true,
  },
  NEW_BEHAVIOR: {
    label: 'New Behaviors',
    description: 'A known script began to behave differently.',
    eventName: 'site_script.new_behavior',
    number: 6,
    vendorVerified: true,
  },
  DATA_MISSING: {
    label: 'Data Missing',
    description: 'No payment-page data arrived from a production site.',
    eventName: 'site.data_missing',
    number: 102,
    vendorVerified: false,
  },
  UNKNOWN_DOMAIN: {
    label: 'Unknown Domains',
    description: 'A domain uses the site’s tag without being authorized.',
    eventName: 'site.unknown_domain',
    number: 103,
    vendorVerified: false,
  },
} as const satisfies Record<string, Omit<EventTypeEntry, 'type'>>;

/** What was detected on a site: the keys of the catalogue. */
export type EventType = keyof typeof catalogue;

const types = Object.keys(catalogue) as EventType[];

/** The catalogue, in the order of the form. */
export const eventTypes: readonly EventTypeEntry[] = types.map((type) => ({ type, ...catalogue[type] }));

/** The types as an enum for GraphQL. */
export const EventType = Object.fromEntries(types.map((type) => [type, type])) as {
  readonly [T in EventType]: T;
};
