import { WebSocket } from 'ws';
import { answerQuestions } from './programs.js';

/** People who look at the live log, each with a socket of their own. */
export interface Subscribers {
  /** Opens sockets, by turns for each token; ends when all follow the attempts. */
  open(url: string, tokens: string[], count: number): Promise<void>;
  /** Forgets what was received. */
  reset(): void;
  /** Ages of attempts on arrival, in ms since they ended, of the subscribers that are looked at closely. */
  ages(): number[];
  /** How many attempts the same subscribers were told to have missed. */
  missed(): number;
}

/** What the page of deliveries asks for. */
const QUERY = `subscription {
  attempts {
    attempts {
      id number trigger outcome eventType startedAt httpStatus hecCode errorClass nextAttemptAt
      timings { totalMs } webhook { id name } account { id name }
    }
    cursor missed
  }
}`;

/** One in so many is parsed; the others are received only, or this program would be what is measured. */
const PARSED_ONE_IN = 10;

interface Message {
  type: string;
  payload?: {
    data?: {
      attempts: { attempts: Array<{ startedAt: string; timings: { totalMs: number } }>; missed: number };
    };
    errors?: unknown;
  };
}

let ages: number[] = [];
let missed = 0;

function follow(url: string, token: string, isParsed: boolean): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { authorization: `Bearer ${token}` },
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code, reason) => reject(new Error(`Closed with ${code}: ${reason.toString()}`)));
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    socket.once('message', () => {
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY } }));
      if (isParsed) socket.on('message', (data: Buffer) => take(data));
      resolve();
    });
  });
}

function take(data: Buffer): void {
  const now = Date.now();
  const { type, payload } = JSON.parse(data.toString()) as Message;
  if (type === 'ping' || type === 'pong') return;
  const batch = payload?.data?.attempts;
  if (!batch) throw new Error(`A subscriber got ${data.toString().slice(0, 300)}`);
  missed += batch.missed;
  for (const { startedAt, timings } of batch.attempts)
    ages.push(now - (Date.parse(startedAt) + timings.totalMs));
}

answerQuestions<Subscribers>({
  async open(url, tokens, count) {
    for (let index = 0; index < count; index += 1)
      await follow(url, tokens[index % tokens.length]!, index % PARSED_ONE_IN === 0);
  },
  reset() {
    ages = [];
    missed = 0;
  },
  ages: () => ages,
  missed: () => missed,
});
