import { expect } from 'chai';
import { createAuthService, type AuthService } from '../../../server/auth/auth.service.js';
import { createPasswords } from '../../../server/auth/passwords.js';
import { ConfigError } from '../../../server/errors.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { Account } from '../../../server/storage/entities/account.js';
import { Membership } from '../../../server/storage/entities/membership.js';
import { SetupLink } from '../../../server/storage/entities/setup-link.js';
import { User } from '../../../server/storage/entities/user.js';
import { eachDatabase } from '../../helpers/databases.js';
import { openTestStorage } from '../../helpers/storage.js';
import { codeOf } from './people.js';

const operator = {
  email: 'Ada@Example.com ',
  password: 'correct horse battery',
  name: ' Ada ',
  accountName: ' Acme ',
};
const origin = { address: '127.0.0.1', userAgent: 'a test' };

eachDatabase('The first person', (database) => {
  let storage: Storage;
  let auth: AuthService;
  const serviceOf = (): AuthService =>
    createAuthService({ storage, passwords: createPasswords(), onRevoked: () => undefined });

  beforeEach(async () => {
    storage = await openTestStorage(await database.createUrl());
    auth = serviceOf();
  });

  afterEach(() => storage.dispose());

  it('becomes the operator and the admin of the first account', async () => {
    await auth.completeSetup((await auth.createSetupToken())!, operator, origin);
    const [user] = await storage.read.find(User);
    const [account] = await storage.read.find(Account);
    expect(user).to.include({ email: 'ada@example.com', name: 'Ada', isOperator: true });
    expect(account).to.include({ name: 'Acme', parentId: null, path: `${account!.id}/` });
    const [membership] = await storage.read.find(Membership);
    expect(membership).to.include({ userId: user!.id, accountId: account!.id, role: 'ADMIN' });
    expect(await auth.signIn(' ADA@example.COM', operator.password, origin)).to.be.a('string');
  });

  it('comes in by the newest link only, whose token is stored nowhere', async () => {
    const [old, token] = [await auth.createSetupToken(), await auth.createSetupToken()];
    expect(JSON.stringify(await storage.read.find(SetupLink))).to.not.include(token);
    expect(await codeOf(auth.completeSetup(old!, operator, origin))).to.equal('INVALID_CREDENTIALS');
    expect(await auth.completeSetup(token!, operator, origin)).to.be.a('string');
    expect(await storage.read.count(SetupLink)).to.equal(0);
  });

  it('is one, even when several come at the same time through links of several processes', async () => {
    const services = [auth, serviceOf(), serviceOf()];
    const tokens = await Promise.all(services.map((service) => service.createSetupToken()));
    const codes = await Promise.all(
      services.flatMap((service, index) =>
        [1, 2].map((time) =>
          codeOf(
            service.completeSetup(
              tokens[index]!,
              { ...operator, email: `${index}.${time}@example.com` },
              origin,
            ),
          ),
        ),
      ),
    );
    expect(codes.filter((code) => code === 'none')).to.have.length(1);
    expect(await storage.read.count(User)).to.equal(1);
    expect(await storage.read.count(Account)).to.equal(1);
  });

  it('closes the setup for ever', async () => {
    const token = (await auth.createSetupToken())!;
    await auth.completeSetup(token, operator, origin);
    expect(await auth.isSetupOpen()).to.equal(false);
    expect(await auth.createSetupToken()).to.equal(null);
    expect(await codeOf(auth.completeSetup(token, operator, origin))).to.equal('FORBIDDEN');
    await auth.ensureOperator({ ...operator, email: 'eve@example.com' });
    expect(await storage.read.count(User)).to.equal(1);
  });

  it('may be configured, and is one when several processes start at the same time', async () => {
    await Promise.all([auth, serviceOf(), serviceOf()].map((service) => service.ensureOperator(operator)));
    expect((await storage.read.find(User)).map(({ email }) => email)).to.deep.equal(['ada@example.com']);
    expect(await auth.isSetupOpen()).to.equal(false);
  });

  it('is refused at the start when the settings are not good enough', async () => {
    const error = await auth
      .ensureOperator({ ...operator, password: 'short' })
      .catch((reason: Error) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as Error).message).to.equal(
      'ADMIN_EMAIL and ADMIN_PASSWORD cannot make the operator: A password has at least 12 characters.',
    );
    expect(await auth.isSetupOpen()).to.equal(true);
  });

  it('has an email address and names without control characters', async () => {
    const token = (await auth.createSetupToken())!;
    const codesOf = async (change: Partial<typeof operator>): Promise<string> =>
      codeOf(auth.completeSetup(token, { ...operator, ...change }, origin));
    for (const email of ['', 'ada', 'a@b@c', 'a b@c', 'a\u0000@b', `${'a'.repeat(250)}@b.com`])
      expect(await codesOf({ email }), email).to.equal('INVALID');
    expect(await codesOf({ name: 'A\nda' })).to.equal('INVALID');
    expect(await codesOf({ name: 'x'.repeat(101) })).to.equal('TOO_LONG');
    expect(await codesOf({ accountName: ' ' })).to.equal('REQUIRED');
    expect(await auth.isSetupOpen()).to.equal(true);
  });
});
