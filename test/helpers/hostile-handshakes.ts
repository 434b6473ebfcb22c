import type { TlsOptions } from 'node:tls';
import type { ErrorClass } from '../../server/delivery/error-classes.js';
import { certificateOf } from './certificates.js';
import { startRawReceiver, type RawReceiver } from './raw-receiver.js';

/** A receiver to which no event may go, though its URL begins with https. */
export interface HostileHandshake {
  /** What is wrong with it. */
  name: string;
  open: () => Promise<RawReceiver>;
  errorClass: ErrorClass;
  /** What is said of it. */
  message: RegExp;
  /** Whether it lasts until the time is up. */
  timesOut?: true;
}

const speaking = (tls: TlsOptions) => (): Promise<RawReceiver> =>
  startRawReceiver((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'), tls);

/** For the name `hooks.test` and for 127.0.0.1. */
export const hostileHandshakes: HostileHandshake[] = [
  {
    name: 'a self-signed certificate',
    open: speaking(certificateOf('self-signed')),
    errorClass: 'TLS_CERTIFICATE_UNTRUSTED',
    message: /not trusted: self-signed/,
  },
  {
    name: 'an expired certificate',
    open: speaking(certificateOf('expired')),
    errorClass: 'TLS_CERTIFICATE_EXPIRED',
    message: /has expired/,
  },
  {
    name: 'a certificate of the future',
    open: speaking(certificateOf('future')),
    errorClass: 'TLS_CERTIFICATE_EXPIRED',
    message: /not yet valid/,
  },
  {
    name: 'a certificate of another host',
    open: speaking(certificateOf('other-host')),
    errorClass: 'TLS_HOSTNAME_MISMATCH',
    message: /other\.test/,
  },
  {
    name: 'TLS 1.1 only',
    open: speaking({
      ...certificateOf('valid'),
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    }),
    errorClass: 'TLS_HANDSHAKE',
    message: /^The TLS handshake failed: [^:]+\.$/,
  },
  {
    name: 'no TLS at all',
    // It answers as soon as it sees anything, as a plain HTTP server answers a client's hello.
    open: () =>
      startRawReceiver(
        () => {},
        undefined,
        (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      ),
    errorClass: 'TLS_HANDSHAKE',
    message: /^The TLS handshake failed: wrong version number\.$/,
  },
  {
    name: 'a connection that is closed during the handshake',
    open: () =>
      startRawReceiver(
        () => {},
        undefined,
        (socket) => socket.once('readable', () => socket.destroy()),
      ),
    errorClass: 'TLS_HANDSHAKE',
    message: /^The TLS handshake failed: the receiver closed the connection\.$/,
  },
  {
    name: 'a handshake that stalls',
    open: () => startRawReceiver(() => {}),
    errorClass: 'TLS_HANDSHAKE',
    message: /^The TLS handshake failed: it took too long\.$/,
    timesOut: true,
  },
];
