import { expect } from 'chai';
import { custom } from '../../../../server/delivery/providers/custom.js';
import { sign } from '../../../../server/delivery/providers/standard-webhooks.js';
import { context, eventOf, replyOf, settingsOf } from './samples.js';

describe('Custom provider', () => {
  describe('signature', () => {
    const vector = {
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1614265330,
      payload: '{"test": 2432232314}',
      signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };

    it('is the one of Standard Webhooks’ test vector', () => {
      const { secret, id, timestamp, payload, signature } = vector;
      expect(sign([secret], id, timestamp, payload)).to.equal(signature);
      expect(sign([secret], id, timestamp, payload), 'with a cached key').to.equal(signature);
    });

    it('is of the secret with and without its prefix the same', () => {
      const { secret, id, timestamp, payload, signature } = vector;
      expect(sign([secret.slice('whsec_'.length)], id, timestamp, payload)).to.equal(signature);
    });

    it('is made with every secret, newest first, while an old one is still valid', () => {
      const { secret, id, timestamp, payload, signature } = vector;
      const other = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
      const both = sign([other, secret], id, timestamp, payload).split(' ');
      expect(both).to.deep.equal([sign([other], id, timestamp, payload), signature]);
    });

    it('changes with id, time, body and secret', () => {
      const { secret, id, timestamp, payload } = vector;
      const signatures = [
        sign([secret], id, timestamp, payload),
        sign([secret], `${id}x`, timestamp, payload),
        sign([secret], id, timestamp + 1, payload),
        sign([secret], id, timestamp, `${payload} `),
        sign(['whsec_AAAA'], id, timestamp, payload),
      ];
      expect(new Set(signatures)).to.have.lengthOf(signatures.length);
    });

    it('covers characters outside ASCII as UTF-8', () => {
      expect(sign([vector.secret], 'evt_1', 1, '{"name":"Müller 𝕏"}')).to.equal(
        'v1,hAzAmGxoLjUyp8WJDaX66UNDW4FFbIvwtCcgG8mH2Qs=',
      );
    });
  });

  describe('request', () => {
    it('is the stored body with the headers of Standard Webhooks and our own', () => {
      const event = eventOf({
        eventId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        body: '{"test": 2432232314}',
        attempt: 3,
      });
      expect(custom.format([event], settingsOf(), context)).to.deep.equal({
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Hookwatch/1.2.3',
          'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
          'webhook-timestamp': '1614265330',
          'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
          'hookwatch-delivery-id': 'dlv_1',
          'hookwatch-attempt': '3',
          'hookwatch-account-id': 'acc_1',
        },
        body: '{"test": 2432232314}',
      });
    });

    it('has no delivery id when it is a test', () => {
      const headers = [{ name: 'Hookwatch-Delivery-Id', value: 'forged' }];
      const request = custom.format([eventOf({ deliveryId: null })], settingsOf({ headers }), context);
      expect(request.headers).to.not.have.property('hookwatch-delivery-id');
    });

    it('carries the admin’s headers', () => {
      const headers = [
        { name: 'Authorization', value: 'Bearer abc' },
        { name: 'X-Tenant', value: '7' },
      ];
      expect(custom.format([eventOf()], settingsOf({ headers }), context).headers).to.include({
        authorization: 'Bearer abc',
        'x-tenant': '7',
      });
    });

    it('does not let the admin’s headers replace those that receivers rely on', () => {
      const plain = custom.format([eventOf()], settingsOf(), context);
      const names = [...Object.keys(plain.headers), 'webhook-extra', 'hookwatch-extra'];
      const headers = [...names, ...names.map((name) => name.toUpperCase())].map((name) => ({
        name,
        value: 'forged',
      }));
      expect(custom.format([eventOf()], settingsOf({ headers }), context)).to.deep.equal(plain);
    });

    it('leaves out what may not be sent, whatever is stored', () => {
      const plain = custom.format([eventOf()], settingsOf(), context);
      const names = [
        ...[
          'Host',
          'Connection',
          'Keep-Alive',
          'Transfer-Encoding',
          'Content-Length',
          'TE',
          'Trailer',
          'Upgrade',
        ],
        ...['Expect', 'Via', 'Forwarded', 'X-Forwarded-For', 'x_forwarded_for', 'Proxy-Authorization'],
        ...['Content-Encoding', 'Accept-Encoding', 'Sec-Fetch-Site', 'Metadata', 'Metadata-Flavor'],
        ...[
          'X-Amz-Security-Token',
          'X-Goog-User-Project',
          '__proto__',
          ':path',
          ':authority',
          '',
          ' x',
          'x y',
        ],
        ...['x\r\nhost', 'x:', 'é', 'ｈost', 'x'.repeat(129)],
      ];
      const values = ['a\r\nhost: b', 'a\nb', 'a\0b', 'é', '\u2028', 'a ', '', 'v'.repeat(4_097)];
      const headers = [
        ...names.map((name) => ({ name, value: 'forged' })),
        ...values.map((value, index) => ({ name: `X-${index}`, value })),
      ];
      expect(custom.format([eventOf()], settingsOf({ headers }), context)).to.deep.equal(plain);
    });

    it('goes out without a signature while there is no secret, as in the test of an unsaved webhook', () => {
      const { headers } = custom.format([eventOf()], settingsOf({ signingSecrets: [] }), context);
      expect(headers).to.not.have.property('webhook-signature');
      expect(headers).to.have.property('webhook-id');
    });

    it('takes one event only', () => {
      expect(() => custom.format([eventOf(), eventOf()], settingsOf(), context)).to.throw(
        'one event a request',
      );
    });
  });

  it('sends to the URL as it was entered', () => {
    for (const url of [
      'https://hooks.example.com',
      'https://hooks.example.com/',
      'http://hooks.example.com:8080/a/b/?c=d%20e',
      'no URL',
    ])
      expect(custom.resolveUrl(` ${url}\n`)).to.equal(url);
    expect(custom.resolveUrl('http://127.0.0.1\\@example.com/')).to.equal('http://127.0.0.1/@example.com/');
  });

  describe('judgement', () => {
    it('takes any 2xx for an acknowledgement, whatever the body', () => {
      for (const status of [200, 201, 202, 204, 299])
        expect(custom.judge(replyOf(status, 'no thanks'))).to.deep.equal({
          outcome: 'SUCCEEDED',
          errorClass: null,
          hint: null,
          hecCode: null,
        });
    });

    it('tries again after every 4xx but 410, for the receiver may be in the middle of a deployment', () => {
      for (const status of [400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 422, 425, 429, 451, 499]) {
        const judgement = custom.judge(replyOf(status));
        expect(judgement).to.include({ outcome: 'RETRYABLE', errorClass: 'HTTP_4XX' });
        expect(judgement.hint).to.contain(`(${status})`);
      }
    });

    it('tries again after 5xx', () => {
      for (const status of [500, 501, 502, 503, 504, 520, 599])
        expect(custom.judge(replyOf(status))).to.include({ outcome: 'RETRYABLE', errorClass: 'HTTP_5XX' });
    });

    it('takes 410 for the end of the webhook', () => {
      expect(custom.judge(replyOf(410))).to.include({
        outcome: 'MISCONFIGURED',
        errorClass: 'GONE',
        gone: true,
      });
    });

    it('names where a redirect leads, but not at length, and says when it leads nowhere', () => {
      for (const status of [301, 302, 303, 307, 308])
        expect(custom.judge(replyOf(status, '', { LOCATION: '/new' })).hint).to.equal(
          'The receiver redirects to /new: if that is right, enter it as the target URL.',
        );
      expect(custom.judge(replyOf(302, '', { location: 'x'.repeat(9_000) })).hint).to.have.length.below(300);
      expect(custom.judge(replyOf(304)).hint).to.contain('no Location');
    });

    it('is not Splunk’s business', () => {
      const reply = replyOf(200, '{"text":"Invalid token","code":4}');
      expect(custom.judge(reply)).to.include({ outcome: 'SUCCEEDED', hecCode: null });
    });
  });
});
