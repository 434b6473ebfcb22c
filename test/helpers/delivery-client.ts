import type { LookupFunction } from 'node:net';
import { createEgressGuard, type EgressGuardOptions } from '../../server/delivery/egress-guard.js';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
} from '../../server/delivery/http-client.js';

/** Finds every name at 127.0.0.1. */
const lookUpLoopback: LookupFunction = (_hostname, _options, callback) =>
  setImmediate(callback, null, [{ address: '127.0.0.1', family: 4 }]);

/** The client of deliveries, allowed to reach receivers on loopback; every name leads there. */
export function createTestClient(
  options: Omit<HttpClientOptions, 'guard'> & { egress?: Partial<EgressGuardOptions> } = {},
): HttpClient {
  const { egress, ...rest } = options;
  const guard = createEgressGuard({
    allowedPrivateTargets: [{ cidr: '127.0.0.0/8', port: null }],
    lookup: lookUpLoopback,
    ...egress,
  });
  return createHttpClient({ guard, quickBackoffLimitMs: 20, ...rest });
}
