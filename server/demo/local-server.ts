import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request with its body, read to the end. */
export interface LocalRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Aborted when the sender hangs up. */
  signal: AbortSignal;
}

export interface LocalReply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface LocalServerOptions {
  /** Default: a free one. */
  port?: number;
  /** The longest body that is read, in bytes; default 1,000,000. */
  maxBodyBytes?: number;
  answer: (request: LocalRequest) => Promise<LocalReply>;
  /** What to say to a longer body; default: status 413 and nothing else. */
  answerTooLong?: (bytes: number) => LocalReply;
}

/** An HTTP server on 127.0.0.1. */
export interface LocalServer {
  /** Such as http://127.0.0.1:41234. */
  url: string;
  port: number;
  /** Ends the server and every connection, also those that still wait for an answer. */
  close(): Promise<void>;
}

/** Starts an HTTP server that answers whole requests. */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const server = createServer((incoming, response) => {
    respond(incoming, response, options).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  incoming: IncomingMessage,
  response: ServerResponse,
  { answer, answerTooLong = () => ({ status: 413 }), maxBodyBytes = 1_000_000 }: LocalServerOptions,
): Promise<void> {
  const hungUp = new AbortController();
  response.once('close', () => hungUp.abort());
  const announced = Number(incoming.headers['content-length'] ?? 0);
  const body = announced > maxBodyBytes ? null : await readBody(incoming, maxBodyBytes);
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const reply = body
    ? await answer({
        method: incoming.method ?? '',
        path: pathname,
        query: searchParams,
        headers: incoming.headers,
        body,
        signal: hungUp.signal,
      })
    : answerTooLong(announced);
  // Nobody reads the rest of a body that is too long.
  const connection = body ? {} : { connection: 'close' };
  response.writeHead(reply.status, { ...reply.headers, ...connection }).end(reply.body);
}

/** Null: it is too long. */
async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
