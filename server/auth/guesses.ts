import ipaddr from 'ipaddr.js';
import { UserError } from '../errors.js';
import { createThrottle, type Throttle } from './throttle.js';
import { createTurns } from './turns.js';

/** Lets people guess passwords only so often. */
export interface GuessLimit {
  /** Judges a sign-in; UserError TOO_MANY_ATTEMPTS, without judging, while the account or the address is locked. */
  signIn(email: string, address: string, isRight: () => Promise<boolean>): Promise<boolean>;
  /** Judges the current password of somebody who is signed in. */
  confirm(userId: string, isRight: () => Promise<boolean>): Promise<boolean>;
}

const MAX_KNOWN_PLACES = 10_000;

/**
 * Guesses at one account, or from one address, are judged in turn, so that as many at the same time get no further. Whoever
 * signed in from an address before is counted apart from all others who guess at that account: nobody can lock a person
 * out of their own place.
 */
export function createGuessLimit(throttle: Throttle = createThrottle()): GuessLimit {
  const inTurn = createTurns();
  const knownPlaces = new Set<string>();

  /** The first key is the account's: a right guess clears it. */
  async function judge(keys: [string, ...string[]], field: string, isRight: () => Promise<boolean>) {
    const waitMs = throttle.wait(keys);
    if (waitMs > 0)
      throw new UserError({
        path: [field],
        code: 'TOO_MANY_ATTEMPTS',
        message: `Too many wrong tries: wait ${inWords(waitMs)}, then try again.`,
      });
    const right = await isRight();
    if (right) throttle.forget(keys[0]);
    else throttle.count(keys);
    return right;
  }

  function learn(place: string): void {
    knownPlaces.delete(place);
    knownPlaces.add(place);
    for (const oldest of knownPlaces) {
      if (knownPlaces.size <= MAX_KNOWN_PLACES) break;
      knownPlaces.delete(oldest);
    }
  }

  return {
    signIn(email, address, isRight) {
      const account = `account ${email}`;
      const network = `network ${networkOf(address)}`;
      const place = `${account} ${network}`;
      return inTurn([account, network], async () => {
        const right = await judge([knownPlaces.has(place) ? place : account, network], 'password', isRight);
        if (right) learn(place);
        return right;
      });
    },
    confirm(userId, isRight) {
      const user = `user ${userId}`;
      return inTurn([user], () => judge([user], 'currentPassword', isRight));
    },
  };
}

/** One home or office has a whole IPv6 /64 of addresses. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return 'parts' in parsed ? `${parsed.parts.slice(0, 4).join(':')}::/64` : parsed.toString();
}

function inWords(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes < 60) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  const hours = Math.ceil(minutes / 60);
  return hours === 1 ? '1 hour' : `${hours} hours`;
}
