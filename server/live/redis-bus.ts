import { Redis } from 'ioredis';
import { createToken } from '../storage/ids.js';

/** Carries messages between the processes of one Hookwatch. */
export interface Bus {
  /** Whether this process hears itself through Redis; while it does not, messages are lost. */
  isUp(): boolean;
  send(ids: readonly string[]): void;
  dispose(): void;
}

export interface BusDeps {
  url: string;
  /** Called with what another process sent. */
  onIds: (ids: string[]) => void;
  /** Called when the bus comes up and when it goes down; it starts down. */
  onState: (isUp: boolean) => void;
}

const CHANNEL = 'hookwatch:attempts';
/** A process sends an empty message this often … */
const BEAT_MS = 1_000;
/** … is down when none of its own came back for so long … */
const DOWN_AFTER_MS = 3_000;
/** … and connects anew when that lasts. */
const RECONNECT_AFTER_MS = 10_000;

interface Message {
  from: string;
  ids: string[];
}

/**
 * A bus over Redis pub/sub. That a message of one's own comes back is the one proof that covers every fault: a
 * refused or lost connection, a Redis that stalls, and one that forgot the subscription.
 */
export function createRedisBus({ url, onIds, onState }: BusDeps): Bus {
  const self = createToken();
  const connect = (): Redis => {
    const redis = new Redis(url, {
      ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResubscribe: false },
      ...{ commandTimeout: DOWN_AFTER_MS, connectTimeout: DOWN_AFTER_MS, keepAlive: RECONNECT_AFTER_MS },
      retryStrategy: () => BEAT_MS,
    });
    // The missing beat tells.
    return redis.on('error', () => {});
  };
  const [sender, listener] = [connect(), connect()];
  let up = false;
  let heardAt = performance.now();

  function setUp(isUp: boolean): void {
    if (up === isUp) return;
    up = isUp;
    onState(isUp);
  }

  function send(ids: readonly string[]): void {
    const message: Message = { from: self, ids: [...ids] };
    sender.publish(CHANNEL, JSON.stringify(message)).catch(() => {});
  }

  function beat(): void {
    const silentMs = performance.now() - heardAt;
    if (silentMs > DOWN_AFTER_MS) setUp(false);
    if (silentMs > RECONNECT_AFTER_MS) {
      heardAt = performance.now();
      for (const redis of [sender, listener]) redis.disconnect(true);
    }
    send([]);
  }

  listener.on('ready', () => {
    listener.subscribe(CHANNEL).then(
      () => send([]),
      () => {},
    );
  });
  listener.on('message', (_channel: string, text: string) => {
    const { from, ids } = JSON.parse(text) as Message;
    if (from !== self) return onIds(ids);
    heardAt = performance.now();
    setUp(true);
  });
  const timer = setInterval(beat, BEAT_MS);
  return {
    isUp: () => up,
    send,
    dispose() {
      clearInterval(timer);
      for (const redis of [sender, listener]) redis.disconnect();
    },
  };
}
