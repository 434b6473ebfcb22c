import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGate, type Gate } from './gate.js';
import { answerQuestions } from './programs.js';

/**
 * The receiver of all that the compared programs send: answers 200 as fast as Node can, except that requests to paths
 * below /held wait at the gate, and those below /tarpit for five seconds.
 */
export interface Sink extends Pick<Gate, 'hold' | 'open' | 'waitFor' | 'reset'> {
  url(): string;
  /** How old the events of /timed were on arrival, in ms, by the clock that all processes share; asked once. */
  takeAges(): number[];
}

/** It is slow but never fails, so that no circuit opens for it. */
const TARPIT_MS = 5_000;

const gate = createGate();
let ages: number[] = [];

const server = createServer((request, response) => {
  const path = request.url ?? '';
  if (path.startsWith('/timed')) void readAge(request).then(() => answer(response));
  else {
    request.resume();
    request.once('end', () => receive(path, response));
  }
});

function receive(path: string, response: ServerResponse): void {
  if (path.startsWith('/tarpit')) setTimeout(() => response.end(), TARPIT_MS);
  else if (path.startsWith('/held')) void gate.pass().then(() => answer(response));
  else answer(response);
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
  gate.count(1);
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
  ...gate,
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  takeAges() {
    const taken = ages;
    ages = [];
    return taken;
  },
});
