import { LessThan, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { UserError } from '../errors.js';
import { recordChange, type Actor } from '../storage/audit.js';
import type { Storage } from '../storage/data-source.js';
import { isDuplicateKey } from '../storage/driver-error.js';
import { Account } from '../storage/entities/account.js';
import { Invitation } from '../storage/entities/invitation.js';
import { Membership, Role } from '../storage/entities/membership.js';
import { User } from '../storage/entities/user.js';
import { createId } from '../storage/ids.js';
import { lockAccount } from '../storage/lock-account.js';
import type { AuthService } from './auth.service.js';
import type { InvitationPreview } from './invitation.input.js';
import { checkName } from './names.js';
import { checkPassword, type Passwords } from './passwords.js';
import { openSession, type Origin } from './sessions.js';
import { checkEmail, normalizeEmail } from './setup.js';
import { createRandomToken, hashToken } from './tokens.js';

/** Who accepts: somebody new gives a name and a password, others prove who they are. */
export interface Acceptance {
  name?: string | null;
  password?: string | null;
  signedIn: User | null;
}

/** How people join an account. */
export interface InvitationService {
  find(id: string): Promise<Invitation | null>;
  /** Those of the account itself that can still be accepted, aliased `invitation`. */
  listOf(account: Account): SelectQueryBuilder<Invitation>;
  /** What a link's token is for; null: nothing, or no longer. */
  preview(token: string): Promise<InvitationPreview | null>;
  /** Answers the link's token, which is not stored; UserError DUPLICATE for who has a role there already. */
  invite(
    account: Account,
    email: string,
    role: Role,
    inviter: User,
    by: Actor,
  ): Promise<{ invitation: Invitation; token: string }>;
  /** Ends an invitation that nobody has accepted. */
  revoke(invitation: Invitation, by: Actor): Promise<void>;
  /** Uses a link up and answers a new session's token. */
  accept(token: string, acceptance: Acceptance, origin: Origin): Promise<string>;
}

export interface InvitationServiceDeps {
  storage: Storage;
  passwords: Passwords;
  verify: AuthService['verify'];
  /** Called when somebody may do more than before. */
  onJoined: () => void;
}

const VALID_FOR_MS = 7 * 24 * 3_600_000;

/** Whoever was admin and no longer is gets nobody in, themselves under another address included. */
const INVITER_IS_ADMIN = `exists (select 1 from users u where u.id = invitation.invited_by_id and (u.is_operator or exists (
  select 1 from memberships m join accounts a on a.id = m.account_id join accounts own on own.id = invitation.account_id
  where m.user_id = u.id and m.role = 'ADMIN' and substr(own.path, 1, length(a.path)) = a.path)))`;

/** Those that can still be accepted, aliased `invitation`. */
const openInvitations = (manager: EntityManager): SelectQueryBuilder<Invitation> =>
  manager
    .createQueryBuilder(Invitation, 'invitation')
    .where(`invitation.expiresAt > :now and ${INVITER_IS_ADMIN}`, { now: Date.now() });

const findOpen = (manager: EntityManager, token: string): Promise<Invitation | null> =>
  openInvitations(manager)
    .andWhere('invitation.tokenHash = :tokenHash', { tokenHash: hashToken(token) })
    .getOne();

export function createInvitationService(deps: InvitationServiceDeps): InvitationService {
  const { storage, passwords, verify } = deps;

  /** Who the invitation is for: somebody known who has proved it, or a new person, not stored yet. */
  async function identify(
    { email }: Invitation,
    { name, password, signedIn }: Acceptance,
    origin: Origin,
  ): Promise<User> {
    if (signedIn?.email === email) return signedIn;
    const known = await storage.read.existsBy(User, { email });
    if (known) return verify(email, password ?? '', origin);
    const wrong = [
      ...checkName(name ?? '', 'name', 'Enter your name.'),
      ...checkPassword(password ?? '', 'password'),
    ];
    if (wrong.length > 0) throw new UserError(wrong);
    const passwordHash = await passwords.hash(password ?? '');
    const fresh = { id: createId('usr'), email, name: (name ?? '').trim(), passwordHash };
    return Object.assign(new User(), fresh, { isOperator: false, createdAt: new Date() });
  }

  return {
    find: (id) => storage.read.findOneBy(Invitation, { id }),
    listOf: ({ id }) => openInvitations(storage.read).andWhere('invitation.accountId = :id', { id }),
    async preview(token) {
      const invitation = await findOpen(storage.read, token);
      const account = invitation && (await storage.read.findOneBy(Account, { id: invitation.accountId }));
      if (!account) return null;
      const { email, role, expiresAt } = invitation;
      const isKnown = await storage.read.existsBy(User, { email });
      return { email, role, expiresAt, accountName: account.name, isKnown };
    },
    async invite(account, given, role, inviter, by) {
      const email = normalizeEmail(given);
      const wrong = checkEmail(email);
      if (wrong.length > 0) throw new UserError(wrong);
      const token = createRandomToken();
      const now = new Date();
      const invitation = Object.assign(new Invitation(), {
        ...{ id: createId('inv'), accountId: account.id, email, role, tokenHash: hashToken(token) },
        ...{ invitedById: inviter.id, createdAt: now, expiresAt: new Date(now.getTime() + VALID_FOR_MS) },
      });
      await storage.write(async (manager) => {
        if (await isMember(manager, account.id, email)) throw isMemberAlready();
        await manager.delete(Invitation, [
          { accountId: account.id, email },
          { accountId: account.id, expiresAt: LessThan(now) },
        ]);
        await manager.insert(Invitation, invitation);
        await record(manager, by, 'member.invited', invitation);
      });
      return { invitation, token };
    },
    async revoke(invitation, by) {
      await storage.write(async (manager) => {
        const { affected } = await manager.delete(Invitation, { id: invitation.id });
        if (affected) await record(manager, by, 'invitation.revoked', invitation);
      });
    },
    async accept(token, acceptance, origin) {
      const invitation = await findOpen(storage.read, token);
      if (!invitation) throw invalidLink();
      const user = await identify(invitation, acceptance, origin);
      const session = await storage.write((manager) => join(storage, manager, token, user, origin));
      deps.onJoined();
      return session;
    },
  };
}

/** Uses the link up; of several who do at the same time, one comes through. */
async function join(
  storage: Storage,
  manager: EntityManager,
  token: string,
  user: User,
  origin: Origin,
): Promise<string> {
  const invitation = await findOpen(manager, token);
  if (!invitation) throw invalidLink();
  const { id, accountId, role } = invitation;
  const isStanding = await lockAccount(storage, manager, accountId);
  const { affected } = await manager.delete(Invitation, { id });
  if (!affected || !isStanding) throw invalidLink();
  if (!(await manager.existsBy(User, { id: user.id }))) await insertUser(manager, user);
  const userId = user.id;
  const before = await manager.findOneBy(Membership, { userId, accountId });
  if (!before) await manager.insert(Membership, { userId, accountId, role, createdAt: new Date() });
  else if (role === Role.ADMIN) await manager.update(Membership, { userId, accountId }, { role });
  const by = { name: user.email, address: origin.address };
  const changes = { email: user.email, role };
  await recordChange(manager, by, { accountId, action: 'member.joined', target: userId, changes });
  return openSession(manager, userId, origin);
}

async function insertUser(manager: EntityManager, user: User): Promise<void> {
  try {
    await manager.insert(User, user);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    throw new UserError({
      path: ['password'],
      code: 'CONFLICT',
      message: 'You joined another account at this moment: accept again, with the password you chose there.',
    });
  }
}

const isMember = async (manager: EntityManager, accountId: string, email: string): Promise<boolean> => {
  const user = await manager.findOneBy(User, { email });
  return user !== null && manager.existsBy(Membership, { accountId, userId: user.id });
};

const record = (
  manager: EntityManager,
  by: Actor,
  action: 'member.invited' | 'invitation.revoked',
  { id, accountId, email, role }: Invitation,
): Promise<void> => recordChange(manager, by, { accountId, action, target: id, changes: { email, role } });

const isMemberAlready = (): UserError =>
  new UserError({
    path: ['email'],
    code: 'DUPLICATE',
    message: 'This person has a role on the account already: change that one.',
  });

const invalidLink = (): UserError =>
  new UserError({
    path: ['token'],
    code: 'INVALID_CREDENTIALS',
    message: 'This invitation is not valid any more: ask whoever sent it for a new one.',
  });
