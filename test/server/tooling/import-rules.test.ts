import { expect } from 'chai';
import { ESLint } from 'eslint';

describe('import rules', () => {
  const eslint = new ESLint({
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
    ruleFilter: ({ ruleId }) => ruleId.startsWith('imports/') || ruleId === 'no-restricted-properties',
  });

  /** What the project's own configuration says of a text, were it the content of a file. */
  async function lint(filePath: string, text: string): Promise<string[]> {
    const [result] = await eslint.lintText(text, { filePath });
    return result?.messages.map(({ message }) => message) ?? [];
  }

  const refused: { rule: string; file: string; text: string; message: RegExp }[] = [
    {
      rule: "a domain imports another domain's service",
      file: 'server/events/event.service.ts',
      text: "import { createWebhookService } from '../webhooks/webhook.service.js';",
      message: /may not import server\/webhooks\/webhook\.service\.ts/,
    },
    {
      rule: "a domain imports the types of another domain's service",
      file: 'server/events/event.service.ts',
      text: "import type { WebhookService } from '../webhooks/webhook.service.js';",
      message: /may not import server\/webhooks\/webhook\.service\.ts/,
    },
    {
      rule: 'a leaf imports more than types',
      file: 'server/delivery/providers/custom.ts',
      text: "import { Webhook } from '../../storage/entities/webhook.js';",
      message: /may import only types from server\/storage\/entities\/webhook\.ts/,
    },
    {
      rule: 'storage imports a domain',
      file: 'server/storage/bulk.ts',
      text: "export { createQueue } from '../delivery/queue.js';",
      message: /may not import server\/delivery\/queue\.ts/,
    },
    {
      rule: 'errors import anything',
      file: 'server/errors.ts',
      text: "import type { Config } from './config.js';",
      message: /may not import server\/config\.ts/,
    },
    {
      rule: 'a folder without a row in the table imports anything',
      file: 'server/billing/invoice.service.ts',
      text: "import { loadConfig } from '../config.js';",
      message: /may not import server\/config\.ts/,
    },
    {
      rule: 'a service imports a resolver',
      file: 'server/events/event.service.ts',
      text: "import { EventResolver } from './event.resolver.js';",
      message: /may import server\/events\/event\.resolver\.ts/,
    },
    {
      rule: "a resolver imports another domain's resolver",
      file: 'server/events/event.resolver.ts',
      text: "import { DeliveryResolver } from '../delivery/delivery.resolver.js';",
      message: /may not import server\/delivery\/delivery\.resolver\.ts/,
    },
    {
      rule: 'a module other than the HTTP client imports got',
      file: 'server/delivery/round.ts',
      text: "const { got } = await import('got');",
      message: /only server\/delivery\/http-client\.ts.* may import got/,
    },
    {
      rule: 'a module outside storage imports a driver',
      file: 'server/accounts/account.service.ts',
      text: "import { createConnection } from 'mysql2/promise';",
      message: /may import mysql2\/promise/,
    },
    {
      rule: 'a module outside storage and the queue learns the dialect',
      file: 'server/webhooks/webhook.service.ts',
      text: "import type { Dialect } from '../storage/dialect.js';",
      message: /may import server\/storage\/dialect\.ts/,
    },
    {
      rule: 'a module outside storage opens a data source',
      file: 'server/server.ts',
      text: "import { DataSource } from 'typeorm';",
      message: /may import DataSource, .*of typeorm/,
    },
    {
      rule: 'a module other than the configuration reads the environment',
      file: 'server/server.ts',
      text: 'export const port = process.env.PORT;',
      message: /Read it in config\.ts/,
    },
    {
      rule: 'the client imports the server',
      file: 'client/router.ts',
      text: "import { settingsTable } from '../server/config.js';",
      message: /may not import server\/config\.ts/,
    },
    {
      rule: 'the server imports the client',
      file: 'server/server.ts',
      text: "import { formatBytes } from '../client/lib/format.js';",
      message: /may not import client\/lib\/format\.ts/,
    },
    {
      rule: 'a module imports itself through another',
      file: 'server/errors.ts',
      text: "import { loadConfig } from './config.js';",
      message: /import cycle: server\/errors\.ts → server\/config\.ts → server\/errors\.ts/,
    },
  ];

  for (const { rule, file, text, message } of refused) {
    it(`refuse that ${rule}`, async () => {
      expect((await lint(file, text)).join('\n')).to.match(message);
    });
  }

  it('apply to the scripts of components', async () => {
    const text = '<script setup lang="ts">\nimport \'../server/errors.js\';\n</script>\n';
    expect((await lint('client/App.vue', text)).join('\n')).to.match(/may not import server\/errors\.ts/);
  });

  const allowed: { rule: string; file: string; text: string }[] = [
    {
      rule: 'a domain import storage, its own modules and the leaves',
      file: 'server/webhooks/webhook.service.ts',
      text: "import '../storage/ids.js';\nimport './webhook.draft.js';\nimport '../events/event-types.js';",
    },
    {
      rule: 'a leaf import types of entities',
      file: 'server/live/topics.ts',
      text: "import type { Attempt } from '../storage/entities/attempt.js';",
    },
    {
      rule: 'entities name each other in types',
      file: 'server/storage/entities/account.ts',
      text: "import type { Webhook } from './webhook.js';",
    },
    {
      rule: 'a resolver import one of its own folder',
      file: 'server/delivery/delivery.resolver.ts',
      text: "import { AttemptConnection } from './attempt.resolver.js';",
    },
    {
      rule: 'modules name each other in types',
      file: 'server/delivery/queue-claim.ts',
      text: "import type { ClaimRequest } from './queue.js';",
    },
    {
      rule: 'the HTTP client import got',
      file: 'server/delivery/http-client.ts',
      text: "import got from 'got';",
    },
  ];

  for (const { rule, file, text } of allowed) {
    it(`let ${rule}`, async () => {
      expect(await lint(file, text)).to.deep.equal([]);
    });
  }
});
