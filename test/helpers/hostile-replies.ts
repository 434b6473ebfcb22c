import type { Socket } from 'node:net';
import { createGzip } from 'node:zlib';
import type { ErrorClass } from '../../server/delivery/error-classes.js';
import type { Script } from './raw-receiver.js';

const HEAD_200 = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';

/** Writes again and again, as fast as the connection takes it, until it is closed. */
function flood(socket: Socket, chunk: string | Buffer): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', write);
  write();
}

/** Writes a little every few milliseconds until the connection is closed. */
function drip(socket: Socket, chunk: string): void {
  const timer = setInterval(() => socket.write(chunk), 10);
  socket.once('close', () => clearInterval(timer));
}

/** A reply that no HTTP server should send, and what is to be made of it. */
export interface HostileReply {
  /** What the receiver does. */
  name: string;
  script: Script;
  errorClass: ErrorClass;
  message?: string;
  /** What is known of the reply all the same. */
  reply?: { status: number; body?: string | RegExp };
  /** Whether it lasts until the time is up. */
  timesOut?: true;
}

export const hostileReplies: HostileReply[] = [
  {
    name: 'closes the connection without a reply',
    script: (socket) => socket.end(),
    errorClass: 'CONNECTION_RESET',
    message: 'The connection was closed before the reply was complete.',
  },
  {
    name: 'resets the connection',
    script: (socket) => socket.resetAndDestroy(),
    errorClass: 'CONNECTION_RESET',
  },
  {
    name: 'resets in the middle of the head',
    script: (socket) => socket.write(HEAD_200, () => socket.resetAndDestroy()),
    errorClass: 'CONNECTION_RESET',
  },
  {
    name: 'closes in the middle of a body with a length',
    script: (socket) => socket.end(`${HEAD_200}content-length: 100\r\n\r\npartial`),
    errorClass: 'CONNECTION_RESET',
    reply: { status: 200, body: 'partial' },
  },
  {
    name: 'closes in the middle of a chunked 500',
    script: (socket) => socket.end(`HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n7\r\npartial\r\n`),
    errorClass: 'CONNECTION_RESET',
    reply: { status: 500, body: 'partial' },
  },
  {
    name: 'accepts and says nothing',
    script: () => {},
    errorClass: 'RESPONSE_TIMEOUT',
    message: 'No reply came in time.',
    timesOut: true,
  },
  {
    name: 'drips its headers',
    script: (socket) => {
      socket.write(HEAD_200);
      drip(socket, 'x: y\r\n');
    },
    errorClass: 'RESPONSE_TIMEOUT',
    timesOut: true,
  },
  ...[200, 500].map((status): HostileReply => ({
    name: `drips the body of a ${status}`,
    script: (socket) => {
      socket.write(`HTTP/1.1 ${status} Slow\r\ncontent-length: 5000\r\n\r\n`);
      drip(socket, 'z');
    },
    errorClass: 'RESPONSE_TOO_SLOW',
    reply: { status, body: /^z+$/ },
    timesOut: true,
  })),
  ...[200, 500].map((status): HostileReply => ({
    name: `sends an endless body with ${status}`,
    script: (socket) => {
      socket.write(`HTTP/1.1 ${status} Endless\r\n\r\n`);
      flood(socket, 'y'.repeat(65_536));
    },
    errorClass: 'RESPONSE_TOO_LARGE',
    reply: { status, body: /^y{16384}$/ },
  })),
  {
    name: 'announces and sends 100 MB',
    script: (socket) => {
      socket.write(`${HEAD_200}content-length: 100000000\r\n\r\n`);
      flood(socket, 'y'.repeat(65_536));
    },
    errorClass: 'RESPONSE_TOO_LARGE',
    reply: { status: 200 },
  },
  {
    name: 'sends a gzip bomb without an end',
    script: (socket) => {
      socket.write(`${HEAD_200}content-encoding: gzip\r\n\r\n`);
      const gzip = createGzip({ level: 0 });
      gzip.on('error', () => {}).pipe(socket);
      const zeros = Buffer.alloc(65_536);
      const write = (): void => {
        while (!socket.destroyed && gzip.write(zeros));
      };
      gzip.on('drain', write);
      socket.once('close', () => gzip.destroy());
      write();
    },
    errorClass: 'RESPONSE_TOO_LARGE',
    reply: { status: 200 },
  },
  {
    name: 'switches protocols',
    script: (socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
    errorClass: 'RESPONSE_MALFORMED',
    reply: { status: 101, body: '' },
  },
  {
    name: 'floods with 103 Early Hints',
    script: (socket) =>
      flood(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n'.repeat(20)),
    errorClass: 'RESPONSE_TIMEOUT',
    timesOut: true,
  },
  {
    name: 'drips 100 Continue',
    script: (socket) => drip(socket, 'HTTP/1.1 100 Continue\r\n\r\n'),
    errorClass: 'RESPONSE_TIMEOUT',
    timesOut: true,
  },
  {
    name: 'sends 140 KB of headers',
    script: (socket) => socket.write(`${HEAD_200}${`x-filler: ${'f'.repeat(990)}\r\n`.repeat(140)}\r\n`),
    errorClass: 'RESPONSE_TOO_LARGE',
  },
  {
    name: 'sends one header of 140 KB',
    script: (socket) => socket.write(`${HEAD_200}x-filler: ${'f'.repeat(140_000)}\r\n\r\n`),
    errorClass: 'RESPONSE_TOO_LARGE',
  },
  ...[
    'SSH-2.0-OpenSSH_9.6\r\n',
    '\u0015\u0003\u0001\u0000\u0002\u0002\u0016',
    '<html>hello</html>\r\n\r\n',
    'HTTP/9.9 200 OK\r\n\r\n',
    'HTTP/1.1 OK\r\n\r\n',
    `${HEAD_200}content-length: minus one\r\n\r\n`,
    `${HEAD_200}content-length: 1\r\ncontent-length: 2\r\n\r\n`,
    `${HEAD_200}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${HEAD_200}no colon here\r\n\r\n`,
  ].map((bytes): HostileReply => ({
    name: `answers ${JSON.stringify(bytes)}`,
    script: (socket) => socket.write(bytes, 'latin1'),
    errorClass: 'RESPONSE_MALFORMED',
  })),
  {
    name: 'sends a chunk of a malformed size',
    script: (socket) => socket.write(`${HEAD_200}transfer-encoding: chunked\r\n\r\nzz\r\nbody`),
    errorClass: 'RESPONSE_MALFORMED',
    reply: { status: 200 },
  },
];
