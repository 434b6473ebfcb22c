import type { Server } from 'graphql-ws';
import type { WebSocket } from 'ws';

/**
 * With more messages than this at work, no more are read: a message is at work until its last answer has left, so
 * that who does not take answers cannot go on asking.
 */
const MAX_MESSAGES_AT_WORK = 40;
const INTERNAL_ERROR = 4500;

export interface SocketOptions {
  /** Answers the reason to close with. */
  onFailure: (error: unknown) => string;
  /** A peer that has not answered a ping when the next is due is gone, or does not read; default 12,000. */
  pingEveryMs?: number;
}

/** Lets one WebSocket speak a protocol of `graphql-ws`, no faster than its peer takes the answers. */
export function attachSocket<Peer extends Record<PropertyKey, unknown>>(
  server: Server<Peer>,
  socket: WebSocket,
  peer: Peer,
  { onFailure, pingEveryMs = 12_000 }: SocketOptions,
): void {
  let atWork = 0;

  const count = (change: 1 | -1): void => {
    atWork += change;
    if (atWork > MAX_MESSAGES_AT_WORK) socket.pause();
    else if (socket.isPaused) socket.resume();
  };

  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (text) => sendTo(socket, text),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (data: Buffer) => {
          count(1);
          receive(data.toString())
            .catch((error) => socket.close(INTERNAL_ERROR, onFailure(error)))
            .finally(() => count(-1));
        }),
    },
    peer,
  );

  let isAnswering = true;
  socket.on('pong', () => (isAnswering = true));
  const pings = setInterval(() => {
    if (!isAnswering) return socket.terminate();
    isAnswering = false;
    socket.ping();
  }, pingEveryMs);

  socket.once('close', (code, reason) => {
    clearInterval(pings);
    closed(code, reason.toString()).catch(onFailure);
  });
}

/** Sends a text; ends when the system has taken all of it, or the socket does not stand any more. */
export const sendTo = (socket: WebSocket, text: string | Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    socket.send(text, { binary: false }, (error) => (error ? reject(error) : resolve()));
  });
