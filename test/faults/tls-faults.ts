import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { authorityFile } from '../helpers/certificates.js';
import { hostileHandshakes } from '../helpers/hostile-handshakes.js';
import type { Fault } from './fault.js';
import { startScene } from './scene.js';
import { addTenant } from './tenant.js';

const TIMEOUT_MS = 1_000;
const LATEST_MS = TIMEOUT_MS + 250;

/** Row 15: receivers that are not who they say, or speak no proper TLS. */
export const tlsFaults: Fault[] = [
  {
    row: 15,
    title: `${hostileHandshakes.length} receivers fail their TLS handshake, each in its way: nothing is sent, the log says why and what to do`,
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: {
          ...{ DELIVERY_TIMEOUT: `${TIMEOUT_MS}ms`, QUICK_RETRIES: '0', RETRY_SCHEDULE: '1h' },
          NODE_EXTRA_CA_CERTS: fileURLToPath(authorityFile),
        },
      });
      const classes = new Set<string | null>();
      for (const { name, open, errorClass } of hostileHandshakes) {
        const receiver = await stage.open(open(), (it) => it.close());
        const tenant = await addTenant(scene, `https://127.0.0.1:${receiver.port}`);
        const attempt = await tenant.attempt(LATEST_MS);
        expect(attempt, name).to.include({ errorClass, outcome: 'RETRYABLE', httpStatus: null });
        expect(attempt.hint, name).to.be.a('string').with.length.above(20);
        expect(attempt.timings.totalMs, name).to.be.below(LATEST_MS);
        await receiver.idle();
        expect(receiver.requests, name).to.deep.equal([]);
        classes.add(attempt.errorClass);
      }
      return `${hostileHandshakes.length} refused: ${[...classes].join(', ')}; 0 requests`;
    },
  },
];
