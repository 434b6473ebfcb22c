import { expect } from 'chai';
import { createEgressGuard, type EgressGuard } from '../../../server/delivery/egress-guard.js';
import { allowedUrls, refusedUrls } from '../../helpers/egress-urls.js';

describe('egress guard', () => {
  const guards: EgressGuard[] = [];
  const guard = (options: Partial<Parameters<typeof createEgressGuard>[0]> = {}): EgressGuard => {
    const made = createEgressGuard({ allowedPrivateTargets: [], ...options });
    guards.push(made);
    return made;
  };

  afterEach(() => {
    for (const made of guards.splice(0)) made.dispose();
  });

  describe('when a URL is saved', () => {
    for (const [url, reason] of refusedUrls)
      it(`refuses ${JSON.stringify(url)}`, () => {
        const check = guard().checkUrl(url);

        expect(check)
          .to.have.property('reason')
          .that.matches(reason)
          .and.matches(/^[A-Z][^\n]+\.$/);
      });

    for (const [url, host] of allowedUrls)
      it(`admits ${url}`, () => {
        const check = guard().checkUrl(url);

        expect(check.allowed && check.url.host).to.equal(host);
      });
  });

  describe('with ALLOWED_PRIVATE_TARGETS', () => {
    const allowing = (...targets: Array<[cidr: string, port: number | null]>): EgressGuard =>
      guard({ allowedPrivateTargets: targets.map(([cidr, port]) => ({ cidr, port })) });
    const isAllowed = (made: EgressGuard, url: string): boolean => made.checkUrl(url).allowed;

    it('admits what it names, on the port it names, in every spelling', () => {
      const made = allowing(['127.0.0.1/32', 9001], ['fd12::/16', 8088]);

      for (const host of [
        '127.0.0.1',
        '127.1',
        '[::ffff:127.0.0.1]',
        'localhost',
        'hook.localhost',
        '[fd12::9]',
      ])
        expect(isAllowed(made, `http://${host}:${host.includes('fd12') ? 8088 : 9001}/`), host).to.equal(
          true,
        );
      for (const url of [
        '127.0.0.1:9002',
        '127.0.0.1',
        '127.0.0.2:9001',
        '[::1]:9001',
        '[fd12::9]:9001',
        '10.0.0.1:9001',
      ])
        expect(isAllowed(made, `http://${url}/`), url).to.equal(false);
    });

    it('admits every port, also of denied services, where it names none', () => {
      const made = allowing(['10.0.0.0/8', null]);

      for (const port of [1, 22, 80, 6379, 8088, 65_535])
        expect(made.isAddressAllowed('10.9.9.9', port), `${port}`).to.equal(true);
      expect(made.isAddressAllowed('11.0.0.1', 22)).to.equal(false);
    });

    it('lets a name use a port that it opens, and still judges where the name leads', () => {
      const made = allowing(['10.0.0.0/8', 9200]);

      expect(isAllowed(made, 'http://internal.example.com:9200/')).to.equal(true);
      expect(isAllowed(made, 'http://internal.example.com:9300/')).to.equal(false);
      expect(made.isAddressAllowed('10.1.1.1', 9200)).to.equal(true);
      expect(made.isAddressAllowed('8.8.8.8', 9200)).to.equal(false);
    });

    it('takes a single address, and an IPv4 range for mapped addresses', () => {
      const made = allowing(['192.168.7.7', null], ['::1', null]);

      expect(made.isAddressAllowed('192.168.7.7', 80)).to.equal(true);
      expect(made.isAddressAllowed('::ffff:192.168.7.7', 80)).to.equal(true);
      expect(made.isAddressAllowed('192.168.7.8', 80)).to.equal(false);
      expect(made.isAddressAllowed('::1', 80)).to.equal(true);
      expect(made.isAddressAllowed('127.0.0.1', 80)).to.equal(false);
    });

    for (const cidr of ['10.0.0.0/33', '10.0.0/8', 'localhost', '', '::/129', '10.0.0.0/-1', '10.0.0.0/8/8'])
      it(`stops the start for ${JSON.stringify(cidr)}`, () => {
        expect(() => allowing([cidr, null])).to.throw(
          `ALLOWED_PRIVATE_TARGETS has "${cidr}", which is no CIDR`,
        );
      });
  });

  it('admits and denies the ports an operator sets', () => {
    const made = guard({ allowedPorts: [81], deniedPorts: [8443] });

    expect([80, 81, 443, 8443, 9200].map((port) => made.isAddressAllowed('8.8.8.8', port))).to.deep.equal([
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  for (const text of [
    '',
    'example.com',
    '127.1',
    '0x7f000001',
    '1.2.3',
    '1.2.3.4.5',
    '8.8.8.8 ',
    '[2606:4700::1]',
    '08.8.8.8',
  ])
    it(`takes ${JSON.stringify(text)} for no address a socket has`, () => {
      expect(guard().isAddressAllowed(text, 443)).to.equal(false);
    });
});
