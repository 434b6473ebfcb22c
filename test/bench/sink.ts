import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuestions } from './programs.js';

/** The receiver of all that the compared programs send: answers 200 as fast as Node can. */
export interface Sink {
  url(): string;
  /** Forgets what was counted. */
  reset(): void;
  /** Lets requests to paths below /held wait until `open`, so that work can pile up. */
  hold(): void;
  open(): void;
  /** Ends when so many requests have been answered since the reset. */
  waitFor(count: number): Promise<void>;
  /** Requests answered since the reset, of one path or of all that begin with it. */
  count(path: string): number;
  /** How old the events of /timed were on arrival, in ms, by the clock that all processes share. */
  ages(): number[];
}

/** How long /tarpit takes to answer: it never fails, so no circuit opens for it. */
const TARPIT_MS = 5_000;

let held: Array<() => void> | null = null;
let total = 0;
let byPath = new Map<string, number>();
let ages: number[] = [];
let waiting: Array<{ count: number; resolve: () => void }> = [];

const server = createServer((request, response) => {
  const path = request.url ?? '';
  if (path.startsWith('/timed')) void readAge(request).then(() => answer(path, response));
  else {
    request.resume();
    request.once('end', () => receive(path, response));
  }
});

function receive(path: string, response: ServerResponse): void {
  if (path.startsWith('/tarpit')) setTimeout(answer, TARPIT_MS, path, response);
  else if (held && path.startsWith('/held')) held.push(() => answer(path, response));
  else answer(path, response);
}

function answer(path: string, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
  total += 1;
  byPath.set(path, (byPath.get(path) ?? 0) + 1);
  if (waiting.length > 0) settle();
}

function settle(): void {
  const done = waiting.filter(({ count }) => count <= total);
  waiting = waiting.filter(({ count }) => count > total);
  for (const { resolve } of done) resolve();
}

async function readAge(request: IncomingMessage): Promise<void> {
  const arrivedAt = Number(process.hrtime.bigint()) / 1e6;
  let body = '';
  for await (const text of request.setEncoding('utf8')) body += text;
  const sentAt = /"sent_at":"([\d.]+)"/.exec(body)?.[1];
  if (sentAt !== undefined) ages.push(arrivedAt - Number(sentAt));
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

answerQuestions<Sink>({
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  reset() {
    total = 0;
    byPath = new Map();
    ages = [];
  },
  hold: () => void (held ??= []),
  open() {
    const ready = held ?? [];
    held = null;
    for (const respond of ready) respond();
  },
  waitFor: (count) =>
    new Promise((resolve) => {
      waiting.push({ count, resolve });
      settle();
    }),
  count: (path) => [...byPath].reduce((sum, [name, count]) => (name.startsWith(path) ? sum + count : sum), 0),
  ages: () => ages,
});
