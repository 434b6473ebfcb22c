import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A receiver that speaks bytes: for replies that no HTTP server would send. */
export interface RawReceiver {
  /** Origin with 127.0.0.1, without a slash at the end. */
  url: string;
  port: number;
  /** Each request as it came over the wire, head and body. */
  requests: string[];
  /** Every connection so far, closed ones too. */
  sockets: Socket[];
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Called for each request, numbered from 1, with the connection it came on. */
export type Script = (socket: Socket, number: number) => void;

/**
 * Starts a receiver on a free port of 127.0.0.1.
 * @param tls makes it speak TLS
 * @param meet called for each connection as soon as there is one, before any TLS
 */
export async function startRawReceiver(
  script: Script,
  tls?: TlsOptions,
  meet?: (socket: Socket) => void,
): Promise<RawReceiver> {
  const requests: string[] = [];
  const sockets: Socket[] = [];

  const accept = (socket: Socket): void => {
    let received = '';
    socket.on('error', () => {});
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
      const length = lengthOf(received);
      if (received.length < length) return;
      requests.push(received.slice(0, length));
      received = received.slice(length);
      script(socket, requests.length);
    });
  };
  const server: Server = tls ? createTlsServer(tls, accept) : createServer(accept);
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    meet?.(socket);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = (): Socket[] => sockets.filter((socket) => !socket.closed);

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    sockets,
    async idle() {
      await Promise.all(open().map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open()) socket.destroy();
      await closed;
    },
  };
}

/** How long the request is whose beginning this is; Infinity while its head is not complete. */
function lengthOf(received: string): number {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return Infinity;
  const [, contentLength = '0'] = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, end)) ?? [];
  return end + 4 + Number(contentLength);
}
