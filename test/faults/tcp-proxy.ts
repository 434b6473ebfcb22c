import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can be cut. */
export interface TcpProxy {
  port: number;
  /** Every connection is cut, and new ones are cut at once. */
  refuse(): void;
  /** Nothing gets through in either direction, and nobody is told. */
  hang(): void;
  /** Cuts the connections that are open; new ones get through. */
  reset(): void;
  /** All gets through again, also what was held. */
  pass(): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and hands everything on to another one. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<[client: Socket, target: Socket]>();
  let mode: 'pass' | 'refuse' | 'hang' = 'pass';

  const server = createServer((client) => {
    if (mode === 'refuse') return void client.destroy();
    const target = connect(targetPort, '127.0.0.1');
    const pair: [Socket, Socket] = [client, target];
    pairs.add(pair);
    for (const [from, to] of [pair, [target, client] as const]) {
      from.on('error', () => undefined);
      from.on('data', (chunk) => void to.write(chunk));
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
    if (mode === 'hang') for (const socket of pair) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cut = (): void => {
    for (const [client, target] of pairs) {
      client.destroy();
      target.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    refuse() {
      mode = 'refuse';
      cut();
    },
    hang() {
      mode = 'hang';
      for (const socket of [...pairs].flat()) socket.pause();
    },
    reset: cut,
    pass() {
      mode = 'pass';
      for (const socket of [...pairs].flat()) socket.resume();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
