import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createSqlite } from '../../helpers/databases.js';
import { createTemporaryFolder } from '../../helpers/folders.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { attempts, createWebhook, liveAttempts, newBehavior, publish } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

describe('A request that is pasted into a shell as it was copied for cURL', () => {
  let server: TestServer;
  let receiver: Receiver;
  let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    [receiver, folder] = await Promise.all([startReceiver(), createTemporaryFolder()]);
    server = await startHookwatch(database.url);
  });

  after(async () => {
    await server.stop();
    await Promise.all([receiver.close(), folder.remove()]);
    await removeDatabase();
  });

  it('runs nothing, and tells the receiver of no variable that is not a header’s', async () => {
    const { operator, accountId } = server;
    const trap = join(folder.path, 'trap');
    const path = '/hook?ids[]=1&name=${HOME_ADDRESS}&run=$(id)';
    await createWebhook(operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: `${receiver.url}${path}` },
      headers: [{ name: 'x-key', value: `a $(touch ${trap}) secret` }],
    });
    const data = {
      script_name: `'; touch ${trap}; '`,
      behavior_name: `$(touch ${trap}) \`touch ${trap}\` "\\'; touch ${trap} !!`,
      site_script_id: "${HOME_ADDRESS} $HOME_ADDRESS '${HOME_ADDRESS}'",
    };
    const seen = liveAttempts(operator, (log) => log.length > 0, { accountId });
    await publish(operator, newBehavior(accountId, { data }));
    await seen;
    const [attempt] = await attempts(operator, { accountId });
    const shell = spawn('sh', ['-c', `${attempt!.curl} --silent`], {
      env: { PATH: process.env['PATH'], HOME_ADDRESS: 'the-paster', X_KEY: 'the-secret' },
    });
    expect(await once(shell, 'close')).to.deep.equal([0, null]);
    const [sent, pasted] = receiver.requests;
    expect(pasted).to.include({ method: 'POST', url: path, body: sent!.body });
    expect(pasted!.headers['x-key']).to.equal('the-secret');
    expect(existsSync(trap)).to.equal(false);
  });
});
