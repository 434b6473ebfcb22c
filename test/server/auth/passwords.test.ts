import { lookup } from 'node:dns/promises';
import { stat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { expect } from 'chai';
import { checkPassword, createPasswords } from '../../../server/auth/passwords.js';
import { codeOf } from './people.js';

describe('Passwords', () => {
  const passwords = createPasswords();
  const password = 'correct horse battery staple';

  it('are stored as Argon2id with 19 MiB, two passes and one lane, salted', async () => {
    const [one, other] = await Promise.all([passwords.hash(password), passwords.hash(password)]);
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).to.not.equal(other);
    expect(await passwords.verify(one, password)).to.equal(true);
    expect(await passwords.verify(one, `${password} `)).to.equal(false);
    expect(await passwords.verify(one, '')).to.equal(false);
  });

  it('match however the keyboard composes their letters', async () => {
    const stored = await passwords.hash('caf\u00e9 au lait, please');
    expect(await passwords.verify(stored, 'cafe\u0301 au lait, please')).to.equal(true);
  });

  it('take 12 to 128 characters, whatever the characters are', () => {
    const codes = (text: string): string[] => checkPassword(text, 'password').map(({ code }) => code);
    expect(codes('a'.repeat(11))).to.deep.equal(['INVALID']);
    expect(codes('a'.repeat(12))).to.deep.equal([]);
    expect(codes('🔑'.repeat(11))).to.deep.equal(['INVALID']);
    expect(codes('🔑'.repeat(128))).to.deep.equal([]);
    expect(codes('a'.repeat(129))).to.deep.equal(['TOO_LONG']);
    expect(checkPassword('', 'newPassword')[0]!.path).to.deep.equal(['newPassword']);
  });

  it('are never right for nobody, and take as long to check, from the first time on', async () => {
    const fresh = createPasswords();
    const stored = await passwords.hash(password);
    const timed = async (hashed: string | null): Promise<number> => {
      const start = performance.now();
      expect(await fresh.verify(hashed, 'a wrong password')).to.equal(false);
      return performance.now() - start;
    };
    const unknown: number[] = [];
    const known: number[] = [];
    for (let count = 0; count < 15; count += 1) {
      unknown.push(await timed(null));
      known.push(await timed(stored));
    }
    const median = (times: number[]): number => times.sort((a, b) => a - b)[7]!;
    expect(median(unknown) / median(known)).to.be.within(0.5, 2);
  });

  it('leave the threads of look-ups and files alone while 16 people sign in', async () => {
    const stored = await passwords.hash(password);
    let checked = 0;
    const all = Array.from({ length: 16 }, async () => {
      await passwords.verify(stored, password);
      checked += 1;
    });
    // More than libuv has threads: with one of them taken, these would wait for whole sign-ins.
    await Promise.all(Array.from({ length: 16 }, () => Promise.all([lookup('localhost'), stat('.')])));
    expect(checked).to.be.lessThan(8);
    await Promise.all(all);
  });

  it('are not checked at all when hundreds wait', async () => {
    const stored = await passwords.hash(password);
    const codes = await Promise.all(
      Array.from({ length: 210 }, (_, index) => codeOf(passwords.verify(index < 3 ? stored : 'no hash', ''))),
    );
    expect(codes.filter((code) => code === 'RATE_LIMITED')).to.have.length(10);
    expect(await passwords.verify(stored, password)).to.equal(true);
  });
});
