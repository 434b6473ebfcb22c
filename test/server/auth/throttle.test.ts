import { expect } from 'chai';
import { createGuessLimit, type GuessLimit } from '../../../server/auth/guesses.js';
import { createThrottle, type Throttle } from '../../../server/auth/throttle.js';
import type { UserError } from '../../../server/errors.js';

const MINUTE = 60_000;

describe('The throttle', () => {
  let now: number;
  let throttle: Throttle;
  /** Guesses wrong so often, where it may; answers the waits in minutes. */
  const guess = (times: number, ...keys: string[]): number[] =>
    Array.from({ length: times }, () => {
      const wait = throttle.wait(keys);
      if (wait === 0) throttle.count(keys);
      return wait / MINUTE;
    });
  const free = (times: number): number[] => Array<number>(times).fill(0);

  beforeEach(() => {
    now = 0;
    throttle = createThrottle(() => now);
  });

  it('lets ten guesses through in any 15 minutes, and the eleventh not', () => {
    expect(guess(11, 'a')).to.deep.equal([...free(10), 15]);
  });

  it('counts a window that slides: guesses leave it one by one', () => {
    for (let count = 0; count < 30; count += 1) {
      expect(guess(1, 'a')).to.deep.equal([0]);
      now += 1.6 * MINUTE;
    }
  });

  it('says how long to wait, and the wait does not grow by asking', () => {
    guess(11, 'a');
    now += 5 * MINUTE;
    expect(guess(3, 'a')).to.deep.equal([10, 10, 10]);
  });

  it('doubles the lock each time, up to four hours', () => {
    const locks: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const lock = guess(11, 'a')[10]!;
      locks.push(lock);
      now += lock * MINUTE;
    }
    expect(locks).to.deep.equal([15, 30, 60, 120, 240, 240, 240]);
  });

  it('forgives after a day of quiet', () => {
    guess(11, 'a');
    now += 15 * MINUTE;
    expect(guess(11, 'a')[10]).to.equal(30);
    now += 25 * 60 * MINUTE;
    expect(guess(11, 'a')).to.deep.equal([...free(10), 15]);
  });

  it('waits while any of the keys is locked, and counts against none', () => {
    guess(11, 'a');
    expect(guess(20, 'b', 'a')).to.deep.equal(Array(20).fill(15));
    expect(guess(10, 'b')).to.deep.equal(free(10));
  });

  it('forgets a key after a right guess', () => {
    guess(9, 'a');
    throttle.forget('a');
    expect(guess(11, 'a')).to.deep.equal([...free(10), 15]);
  });

  it('remembers a bounded number of keys, and drops the longest quiet first', () => {
    throttle = createThrottle(() => now, 100);
    guess(11, 'old');
    guess(11, 'kept');
    for (let index = 0; index < 99; index += 1) guess(1, `key ${index}`);
    expect(guess(1, 'kept')).to.deep.equal([15]);
    expect(guess(1, 'old')).to.deep.equal([0]);
  });
});

describe('Guesses at passwords', () => {
  let now: number;
  let guesses: GuessLimit;
  const tryOnce = async (email: string, address: string, right = false): Promise<string> => {
    try {
      return (await guesses.signIn(email, address, async () => right)) ? 'right' : 'wrong';
    } catch (error) {
      return (error as UserError).items[0]!.message;
    }
  };
  const wrong = async (
    email: (index: number) => string,
    address: (index: number) => string,
  ): Promise<void> => {
    for (let index = 0; index < 10; index += 1)
      expect(await tryOnce(email(index), address(index))).to.equal('wrong');
  };

  beforeEach(() => {
    now = 0;
    guesses = createGuessLimit(createThrottle(() => now));
  });

  it('are limited per account, from whatever addresses', async () => {
    await wrong(
      () => 'ada@example.com',
      (index) => `10.0.0.${index}`,
    );
    const answer = await tryOnce('ada@example.com', '10.0.1.1', true);
    expect(answer).to.equal('Too many wrong tries: wait 15 minutes, then try again.');
    expect(await tryOnce('bob@example.com', '10.0.1.1')).to.equal('wrong');
  });

  it('are limited per address, at whatever accounts, known or not', async () => {
    await wrong(
      (index) => `${index}@example.com`,
      () => '10.0.0.1',
    );
    expect(await tryOnce('ada@example.com', '10.0.0.1', true)).to.include('wait 15 minutes');
    expect(await tryOnce('ada@example.com', '10.0.0.2', true)).to.equal('right');
  });

  it('count an IPv6 network as one address, and IPv4 in IPv6 as IPv4', async () => {
    await wrong(
      (index) => `${index}@example.com`,
      (index) => `2001:db8:1:2::${index}`,
    );
    expect(await tryOnce('ada@example.com', '2001:db8:1:2:3:4:5:6')).to.include('wait');
    expect(await tryOnce('ada@example.com', '2001:db8:1:3::1')).to.equal('wrong');
    await wrong(
      (index) => `${index}@example.org`,
      () => '::ffff:10.0.0.1',
    );
    expect(await tryOnce('bob@example.com', '10.0.0.1')).to.include('wait');
  });

  it('do not lock an address where many sign in rightly', async () => {
    for (let index = 0; index < 100; index += 1)
      expect(await tryOnce(`${index}@example.com`, '10.0.0.1', true)).to.equal('right');
  });

  it('of others do not lock a person out of where they signed in before', async () => {
    await tryOnce('ada@example.com', '10.0.0.1', true);
    await wrong(
      () => 'ada@example.com',
      (index) => `10.0.1.${index}`,
    );
    expect(await tryOnce('ada@example.com', '10.0.2.1')).to.include('wait');
    expect(await tryOnce('ada@example.com', '10.0.0.1', true)).to.equal('right');
  });

  it('count at the same time: of 100 at once ten are judged', async () => {
    let judged = 0;
    const all = Array.from({ length: 100 }, () =>
      guesses.signIn('ada@example.com', '10.0.0.1', async () => {
        judged += 1;
        return false;
      }),
    );
    const refused = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected');
    expect({ judged, refused: refused.length }).to.deep.equal({ judged: 10, refused: 90 });
  });

  it('that are right are all let through, also at the same time', async () => {
    const all = Array.from({ length: 50 }, () => tryOnce('ada@example.com', '10.0.0.1', true));
    expect(new Set(await Promise.all(all))).to.deep.equal(new Set(['right']));
  });

  it('at one account do not wait for guesses at another', async () => {
    let end = (): void => undefined;
    const slow = guesses.signIn(
      'ada@example.com',
      '10.0.0.1',
      () => new Promise<boolean>((resolve) => (end = () => resolve(true))),
    );
    expect(await tryOnce('bob@example.com', '10.0.0.2', true)).to.equal('right');
    end();
    expect(await slow).to.equal(true);
  });

  it('at an account named like an address do not lock the address', async () => {
    await wrong(
      () => '10.0.0.9',
      (index) => `10.0.0.1${index}`,
    );
    expect(await tryOnce('ada@example.com', '10.0.0.9', true)).to.equal('right');
  });

  it('of one’s current password are limited too', async () => {
    const confirm = (): Promise<boolean> => guesses.confirm('usr_1', async () => false);
    for (let count = 0; count < 10; count += 1) expect(await confirm()).to.equal(false);
    const error = await confirm().catch((reason: UserError) => reason);
    expect((error as UserError).items[0]).to.include({ code: 'TOO_MANY_ATTEMPTS' });
    expect((error as UserError).items[0]!.path).to.deep.equal(['currentPassword']);
  });
});
