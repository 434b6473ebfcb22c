import { Account } from './account.js';
import { ApiToken } from './api-token.js';
import { Attempt } from './attempt.js';
import { AuditEntry } from './audit-entry.js';
import { Delivery } from './delivery.js';
import { Event } from './event.js';
import { Invitation } from './invitation.js';
import { Membership } from './membership.js';
import { PendingAck } from './pending-ack.js';
import { QueueHead } from './queue-head.js';
import { Replay } from './replay.js';
import { Session } from './session.js';
import { SetupLink } from './setup-link.js';
import { SharedRequest } from './shared-request.js';
import { User } from './user.js';
import { Webhook } from './webhook.js';

/** Every entity of the data source. */
export const entities = [
  Account,
  ApiToken,
  Attempt,
  AuditEntry,
  Delivery,
  Event,
  Invitation,
  Membership,
  PendingAck,
  QueueHead,
  Replay,
  Session,
  SetupLink,
  SharedRequest,
  User,
  Webhook,
];
