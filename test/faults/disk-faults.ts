import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createTemporaryFolder } from '../helpers/folders.js';
import { allArrive, notReady, publishInVain, ready } from './database-faults.js';
import type { Fault } from './fault.js';
import { createHeldDatabase } from './outage.js';
import { duplicatesIn, startScene, type Scene } from './scene.js';
import type { Stage } from './stage.js';

/** The longest answer of /healthz within a time: a process that waits must not be asleep. */
async function slowestHealthMs({ server }: Scene, ms: number): Promise<number> {
  const endsAt = performance.now() + ms;
  let slowest = 0;
  while (performance.now() < endsAt) {
    const askedAt = performance.now();
    await fetch(`${server.url}/healthz`);
    slowest = Math.max(slowest, performance.now() - askedAt);
    await wait(50);
  }
  return slowest;
}

const locked = (ms: number, short?: true): Fault => ({
  row: 10,
  ...(short && { short }),
  engine: 'sqlite',
  title: `another program locks SQLite for ${ms / 1000} s: alive, not ready, intake waits and then succeeds`,
  async run(stage) {
    const { hold, release, ...urls } = await createHeldDatabase(stage);
    const scene = await startScene(stage, urls);
    const before = await scene.publish(20);
    hold();
    const publishing = scene.publish(20);
    await notReady(scene);
    const slowest = await slowestHealthMs(scene, ms);
    release();
    const times = await scene.delivered([...before, ...(await publishing)]);
    await ready(scene);
    return `/healthz took ${slowest.toFixed(0)} ms at most; 0 of ${times.size} lost, ${duplicatesIn(times)} duplicates`;
  },
});

/** A file system of its own. @throws where the user may not mount one */
async function mountDisk(stage: Stage, size: string): Promise<string> {
  const folder = await stage.open(createTemporaryFolder(), (it) => it.remove());
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'hookwatch-faults', folder.path]);
  const unmount = (): void => void execFileSync('umount', ['--lazy', folder.path]);
  // Also where the harness is interrupted, before the folders are removed.
  process.prependOnceListener('exit', unmount);
  stage.atEnd(() => {
    process.off('exit', unmount);
    unmount();
  });
  return folder.path;
}

/** Takes all the room that is left on a disk; answers how to give it back. */
function fill(folder: string): () => void {
  const path = join(folder, 'ballast');
  const file = openSync(path, 'w');
  // Ever smaller pieces, as the last one that fits is written in part.
  for (let size = 1024 * 1024; size >= 1;)
    try {
      writeSync(file, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  closeSync(file);
  return () => rmSync(path);
}

/** Row 10: SQLite is locked, or its disk is full. */
export const diskFaults: Fault[] = [
  locked(3_000, true),
  locked(25_000),
  {
    row: 10,
    engine: 'sqlite',
    title:
      'another program locks SQLite for 40 s: intake waits 30 s and fails clearly, all resumes by itself',
    async run(stage) {
      const { hold, release, ...urls } = await createHeldDatabase(stage);
      const scene = await startScene(stage, urls);
      const before = await scene.publish(20);
      hold();
      const startedAt = performance.now();
      const refused = publishInVain(scene).then((message) => ({
        message,
        afterMs: performance.now() - startedAt,
      }));
      await notReady(scene);
      const slowest = await slowestHealthMs(scene, 40_000);
      const { message, afterMs } = await refused;
      expect(message).to.match(/^The database is not available/);
      expect(afterMs).to.be.within(29_000, 35_000);
      release();
      await ready(scene);
      return `refused after ${(afterMs / 1000).toFixed(0)} s, /healthz took ${slowest.toFixed(0)} ms at most; ${await allArrive(scene, before)}`;
    },
  },
  {
    row: 10,
    engine: 'sqlite',
    title: 'its disk is full: alive, intake fails clearly, all resumes by itself when there is room',
    async run(stage) {
      const folder = await mountDisk(stage, '16m');
      const scene = await startScene(stage, { databaseUrl: `sqlite:${join(folder, 'hookwatch.sqlite')}` });
      let giveBack: () => void = () => undefined;
      // What was sent cannot be noted any more.
      scene.receiver.reply(() => {
        giveBack = fill(folder);
        return 200;
      });
      const before = await scene.publish();
      await scene.receiver.waitFor(1);
      const message = await publishInVain(scene);
      expect(message).to.match(/^The database is not available/);
      const slowest = await slowestHealthMs(scene, 3_000);
      giveBack();
      const seen = await allArrive(scene, before);
      expect(seen).to.match(/ 0 duplicates/);
      return `"${message.slice(0, 47)}…", /healthz took ${slowest.toFixed(0)} ms at most; ${seen}`;
    },
  },
];
