import { Agent } from 'node:http';
import got from 'got';
import { answerQuestions } from '../programs.js';
import { CONCURRENCY, type Peer } from './peer.js';

/*
 * The ceiling of a program that sends with got: nothing is stored, signed, logged or retried. `promise` is got as its
 * documentation begins; `stream` is its cheaper API, which Hookwatch uses.
 */
const client = got.extend({
  ...{ method: 'POST', agent: { http: new Agent({ keepAlive: true }) }, throwHttpErrors: false },
  ...{ retry: { limit: 0 }, timeout: { request: 15_000 } },
  headers: { 'content-type': 'application/json' },
});

async function sendAsPromise(url: string, body: string): Promise<void> {
  await client(url, { body });
}

const sendAsStream = (url: string, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    client.stream(url, { body }).once('error', reject).once('end', resolve).resume();
  });

const send = process.argv[2] === 'stream' ? sendAsStream : sendAsPromise;
let work: { urls: string[]; body: string; count: number } = { urls: [], body: '', count: 0 };

answerQuestions<Peer>({
  async prepare(urls, body, count) {
    work = { urls, body, count };
  },
  async deliver() {
    const { urls, body, count } = work;
    let sent = 0;
    const sendUntilDone = async (): Promise<void> => {
      while (sent < count) await send(urls[(sent += 1) % urls.length]!, body);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, sendUntilDone));
  },
});
