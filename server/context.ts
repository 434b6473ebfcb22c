import type { Access } from './auth/access.js';
import type { LiveFeed } from './live/feed.js';
import type { Actor } from './storage/audit.js';
import type { ReplayProgress } from './live/replay-progress.js';
import type { WebhookHealthFeed } from './live/webhook-health.js';

/** What a resolver may know of the request it answers. */
export interface Context {
  access: Access;
  live: LiveFeed;
  /** Who is asking, as the audit log names them. */
  readonly actor: Actor;
  /** Scheme, host and port that people open, for links. */
  publicUrl: string;
  /** Throws BAD_USER_INPUT when the bodies in the answer are too many with so many characters more. */
  countBody: (characters: number) => void;
  replayProgress: ReplayProgress;
  webhookHealth: WebhookHealthFeed;
  request: { address: string; userAgent: string };
  /** The session cookie of this browser; over a WebSocket it cannot be changed. */
  session: { set(token: string): void; clear(): void };
}
