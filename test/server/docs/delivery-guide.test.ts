import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { errorClasses, hintFor } from '../../../server/delivery/error-classes.js';
import { sign } from '../../../server/delivery/providers/standard-webhooks.js';
import { createSqlite } from '../../helpers/databases.js';
import { createTemporaryFolder } from '../../helpers/folders.js';
import { startHookwatch } from '../../helpers/hookwatch.js';
import { newBehavior, publish, saveWebhook } from '../../helpers/operations.js';
import { startReceiver, type ReceivedRequest } from '../../helpers/receiver.js';

const guide = readFileSync('docs/delivery.md', 'utf8');

/** How an example is run: it gets secret, id, timestamp, signatures and a file with the body, some times over. */
interface Language {
  program: string;
  file: string;
  /** Follows the example; prints one line per request. */
  driver: string;
}

const languages: Record<string, Language> = {
  js: {
    program: process.execPath,
    file: 'example.mjs',
    driver: `
      import { readFileSync } from 'node:fs';
      for (let rest = process.argv.slice(2); rest.length > 0; rest = rest.slice(5)) {
        const [secret, id, timestamp, signature, file] = rest;
        const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
        console.log(isGenuine(headers, readFileSync(file), secret));
      }`,
  },
  python: {
    program: 'python3',
    file: 'example.py',
    driver: `
import sys
for at in range(1, len(sys.argv), 5):
    secret, id, timestamp, signature, file = sys.argv[at : at + 5]
    headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    print("true" if is_genuine(headers, open(file, "rb").read(), secret) else "false")
`,
  },
  java: {
    program: 'java',
    file: 'Example.java',
    // The first class of the file is the one that runs.
    driver: `
class Main {
    public static void main(String[] given) throws Exception {
        for (int at = 0; at < given.length; at += 5) {
            Map<String, String> headers = Map.of("webhook-id", given[at + 1], "webhook-timestamp", given[at + 2], "webhook-signature", given[at + 3]);
            System.out.println(WebhookSignature.isGenuine(headers, java.nio.file.Files.readAllBytes(java.nio.file.Path.of(given[at + 4])), given[at]));
        }
    }
}
`,
  },
  perl: {
    program: 'perl',
    file: 'example.pl',
    driver: `
while (my ($secret, $id, $timestamp, $signature, $file) = splice @ARGV, 0, 5) {
    my $headers = { 'webhook-id' => $id, 'webhook-timestamp' => $timestamp, 'webhook-signature' => $signature };
    open my $handle, '<:raw', $file or die $!;
    my $body = do { local $/; <$handle> };
    print is_genuine($headers, $body, $secret) ? "true\\n" : "false\\n";
}
`,
  },
};

const isInstalled = ({ program }: Language): boolean =>
  program === process.execPath ||
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

function exampleIn(name: string): string {
  const example = new RegExp(`\`\`\`${name}\n([^]*?)\`\`\``).exec(guide)?.[1];
  if (example === undefined) throw new Error(`docs/delivery.md has no example in ${name}`);
  return example;
}

/** Java runs the first class of a file: there, the driver stands between the imports and the example. */
function sourceOf(name: string, { driver }: Language): string {
  const example = exampleIn(name);
  if (name !== 'java') return example + driver;
  const start = example.indexOf('class ');
  return example.slice(0, start) + driver + example.slice(start);
}

interface Signed {
  secret: string;
  id: string;
  timestamp: number;
  signature: string;
  body: string;
}

/** Lets the product sign a request, over a real connection. */
async function receiveSigned(): Promise<Signed> {
  const { url, remove } = await createSqlite();
  const server = await startHookwatch(url);
  const receiver = await startReceiver();
  try {
    const { operator, accountId } = server;
    const { signingSecret } = await saveWebhook(operator, {
      ...{ accountId, name: 'Receiver', provider: 'CUSTOM', targetUrl: receiver.url },
    });
    await publish(operator, newBehavior(accountId, { siteName: 'Café 東京 𝕏' }));
    const [{ headers, body }] = (await receiver.waitFor(1)) as [ReceivedRequest];
    return {
      ...{ secret: signingSecret!, body, id: String(headers['webhook-id']) },
      timestamp: Number(headers['webhook-timestamp']),
      signature: String(headers['webhook-signature']),
    };
  } finally {
    await server.stop();
    await receiver.close();
    await remove();
  }
}

const signedAt = (genuine: Signed, timestamp: number): Signed => ({
  ...{ ...genuine, timestamp },
  signature: sign([genuine.secret], genuine.id, timestamp, genuine.body),
});

describe('docs/delivery.md', () => {
  describe('verifies signatures', () => {
    let requests: Record<string, { request: Signed; genuine: boolean }>;

    before(async () => {
      const genuine = await receiveSigned();
      const other = sign(
        ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
        genuine.id,
        genuine.timestamp,
        genuine.body,
      );
      requests = {
        'as it was received': { request: genuine, genuine: true },
        'with the signature of a newer secret before it': {
          request: { ...genuine, signature: `${other} ${genuine.signature}` },
          genuine: true,
        },
        'four minutes old': { request: signedAt(genuine, genuine.timestamp - 240), genuine: true },
        'with another body': { request: { ...genuine, body: `${genuine.body} ` }, genuine: false },
        'under another id': { request: { ...genuine, id: 'evt_other' }, genuine: false },
        'of another secret': { request: { ...genuine, signature: other }, genuine: false },
        'with no signature': { request: { ...genuine, signature: '' }, genuine: false },
        'with another scheme': {
          request: { ...genuine, signature: genuine.signature.replace('v1,', 'v2,') },
          genuine: false,
        },
        'six minutes old': { request: signedAt(genuine, genuine.timestamp - 360), genuine: false },
        'from six minutes ahead': { request: signedAt(genuine, genuine.timestamp + 360), genuine: false },
        'without a time': { request: signedAt(genuine, NaN), genuine: false },
      };
    });

    for (const [name, language] of Object.entries(languages).filter(([, one]) => isInstalled(one)))
      it(`in ${name}`, async () => {
        const folder = await createTemporaryFolder();
        const file = join(folder.path, language.file);
        await writeFile(file, sourceOf(name, language));
        const parameters = await Promise.all(
          Object.values(requests).map(async ({ request }, index) => {
            const body = join(folder.path, `body-${index}`);
            await writeFile(body, request.body);
            return [request.secret, request.id, String(request.timestamp), request.signature, body];
          }),
        );
        const output = execFileSync(language.program, [file, ...parameters.flat()], { encoding: 'utf8' });
        const answers = output.trim().split('\n');
        expect(
          Object.fromEntries(Object.keys(requests).map((what, index) => [what, answers[index]])),
        ).to.deep.equal(
          Object.fromEntries(Object.entries(requests).map(([what, { genuine }]) => [what, String(genuine)])),
        );
        await folder.remove();
      });
  });

  it('has every error class with its hint', () => {
    for (const errorClass of errorClasses) {
      const row = guide.split('\n').find((line) => line.startsWith(`| \`${errorClass}\` |`));
      expect(row, errorClass).to.include(hintFor(errorClass));
    }
  });
});
