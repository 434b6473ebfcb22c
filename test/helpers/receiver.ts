import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';

/** A request as it arrived, its body read to the end. */
export interface ReceivedRequest {
  method: string;
  /** Path and query. */
  url: string;
  /** By name in lower case. */
  headers: IncomingHttpHeaders;
  /** Names and values by turns, as sent. */
  rawHeaders: string[];
  body: string;
  /** ms since the epoch, when the body was complete. */
  receivedAt: number;
}

/** What a receiver answers: a status, with an empty body, or a whole response (status 200 unless given). */
export type Reply = number | { status?: number; headers?: Record<string, string>; body?: string };

/** A reply, or how to find one; a promise holds the request until it settles. */
export type ScriptedReply = Reply | ((request: ReceivedRequest) => Reply | Promise<Reply>);

/** Somebody's endpoint: a real HTTP server on a free port of 127.0.0.1. */
export interface Receiver {
  /** Origin, without a slash at the end. */
  url: string;
  port: number;
  /** Every request so far, in order of arrival. */
  requests: ReceivedRequest[];
  /** Queues replies for the next requests, one each. */
  reply(...replies: ScriptedReply[]): void;
  /** The reply when the queue is empty; at first `200` with the body `ok`. */
  always(reply: ScriptedReply): void;
  /**
   * Resolves to all requests as soon as there are `count`, or to those that `matches` accepts as soon as there is
   * one; rejects after `timeoutMs` (10,000) telling what arrived.
   */
  waitFor(
    wanted: number | ((request: ReceivedRequest) => boolean),
    timeoutMs?: number,
  ): Promise<ReceivedRequest[]>;
  /** Ends the server and every connection, also those whose requests are held. */
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** Default 0, any free port. */
  port?: number;
  /** Serves HTTPS with this certificate and key. */
  tls?: TlsOptions;
}

/** Starts a receiver that accepts everything until told otherwise. */
export async function startReceiver({ port: wantedPort = 0, tls }: ReceiverOptions = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const queue: ScriptedReply[] = [];
  const waiting = new Set<() => void>();
  let fallback: ScriptedReply = { body: 'ok' };

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    answer(incoming, response).catch((error: Error) => response.destroy(error));
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    requests.push(request);
    const scripted = queue.shift() ?? fallback;
    for (const check of waiting) check();
    send(response, typeof scripted === 'function' ? await scripted(request) : scripted);
  }

  server.listen(wantedPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    reply: (...replies) => void queue.push(...replies),
    always: (reply) => void (fallback = reply),
    waitFor(wanted, timeoutMs = 10_000) {
      return new Promise((resolve, reject) => {
        const settle = () => {
          waiting.delete(check);
          clearTimeout(timer);
        };
        const check = () => {
          const found = typeof wanted === 'number' ? requests : requests.filter(wanted);
          if (found.length < (typeof wanted === 'number' ? wanted : 1)) return;
          settle();
          resolve([...found]);
        };
        const timer = setTimeout(() => {
          settle();
          const what = typeof wanted === 'number' ? `${wanted} requests` : 'the request';
          reject(new Error(`${what} did not arrive within ${timeoutMs} ms; ${describe(requests)}`));
        }, timeoutMs);
        waiting.add(check);
        check();
      });
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest> {
  let body = '';
  for await (const text of incoming.setEncoding('utf8')) body += text;
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body,
    receivedAt: Date.now(),
  };
}

function send(response: ServerResponse, reply: Reply): void {
  const { status = 200, headers = {}, body = '' } = typeof reply === 'number' ? { status: reply } : reply;
  response.writeHead(status, headers).end(body);
}

function describe(requests: ReceivedRequest[]): string {
  const lines = requests.map(({ method, url, body }) => `  ${method} ${url} ${body.slice(0, 200)}`);
  return lines.length === 0 ? 'nothing arrived' : `these ${lines.length} did:\n${lines.join('\n')}`;
}
