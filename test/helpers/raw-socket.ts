import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';

/** What the server says on a socket. */
export interface SocketMessage {
  type: string;
  id?: string;
  payload?: unknown;
}

/** A WebSocket that may say anything, unlike a client library. */
export interface RawSocket {
  socket: WebSocket;
  send(message: object | string): void;
  /** The next message that was not taken yet. */
  next(): Promise<SocketMessage>;
  /** The code with which it was closed. */
  closed: Promise<number>;
}

/** Opens a socket to a server's /graphql and waits until it stands. */
export async function openRawSocket(url: string, options: ClientOptions = {}): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', options);
  const arrived: SocketMessage[] = [];
  const waiting: Array<(message: SocketMessage) => void> = [];
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as SocketMessage;
    const take = waiting.shift();
    if (take) take(message);
    else arrived.push(message);
  });
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next() {
      const message = arrived.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** Opens a socket and has it accepted. */
export async function openAcceptedSocket(url: string, headers: Record<string, string>): Promise<RawSocket> {
  const opened = await openRawSocket(url, { headers });
  opened.send({ type: 'connection_init' });
  await opened.next();
  return opened;
}
