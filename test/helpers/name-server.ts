import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

/** What a name server says about a name: its IPv4 addresses, an error, or nothing at all. */
export type NameAnswer = string[] | 'NXDOMAIN' | 'SERVFAIL' | 'SILENCE';

export interface NameServer {
  /** As `dns.setServers` takes it. */
  address: string;
  /** The names of the queries for IPv4 addresses so far. */
  queries: string[];
  close(): Promise<void>;
}

const RESPONSE_CODES = { SERVFAIL: 2, NXDOMAIN: 3 };

/** Starts a name server on a free UDP port of 127.0.0.1; what it is not told about does not exist. */
export async function startNameServer(
  answers: Record<string, NameAnswer | (() => Promise<NameAnswer>)>,
): Promise<NameServer> {
  const queries: string[] = [];
  const socket = createSocket('udp4');
  let isOpen = true;

  async function reply(query: Buffer, from: RemoteInfo): Promise<void> {
    const { name, isIPv4, end } = questionOf(query);
    if (isIPv4) queries.push(name);
    const scripted = answers[name] ?? 'NXDOMAIN';
    const answer = typeof scripted === 'function' ? await scripted() : scripted;
    if (!isOpen) return;
    if (answer === 'SILENCE') return;
    const addresses = Array.isArray(answer) && isIPv4 ? answer : [];
    const code = Array.isArray(answer) ? 0 : RESPONSE_CODES[answer];
    socket.send(
      Buffer.concat([headOf(query, end, code, addresses.length), ...addresses.map(recordOf)]),
      from.port,
    );
  }

  socket.on('message', (query: Buffer, from: RemoteInfo) => void reply(query, from));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    queries,
    async close() {
      isOpen = false;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** Reads the one question of a query (RFC 1035, section 4.1.2). */
function questionOf(query: Buffer): { name: string; isIPv4: boolean; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), isIPv4: query.readUInt16BE(at + 1) === 1, end: at + 5 };
}

function headOf(query: Buffer, questionEnd: number, code: number, answerCount: number): Buffer {
  const head = Buffer.from(query.subarray(0, questionEnd));
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(answerCount, 6);
  head.fill(0, 8, 12);
  return head;
}

/** An A record of the question's name, to be kept for a minute. */
function recordOf(address: string): Buffer {
  return Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]);
}
