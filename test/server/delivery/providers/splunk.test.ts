import { expect } from 'chai';
import type { DeliverableEvent } from '../../../../server/delivery/providers/provider.js';
import { splunk } from '../../../../server/delivery/providers/splunk.js';
import { context, eventOf, replyOf, settingsOf } from './samples.js';

describe('Splunk provider', () => {
  describe('target URL', () => {
    const event = '/services/collector/event';
    const completed: Array<[string, string]> = [
      ['splunk.example.com', `https://splunk.example.com${event}`],
      ['splunk.example.com:8088', `https://splunk.example.com:8088${event}`],
      ['splunk', `https://splunk${event}`],
      ['10.1.2.3:8088', `https://10.1.2.3:8088${event}`],
      ['[2001:db8::1]:8088', `https://[2001:db8::1]:8088${event}`],
      [' https://splunk.example.com:8088 ', `https://splunk.example.com:8088${event}`],
      ['https://splunk.example.com:8088/', `https://splunk.example.com:8088${event}`],
      ['https://splunk.example.com:8088//', `https://splunk.example.com:8088${event}`],
      ['http://splunk.example.com:8088', `http://splunk.example.com:8088${event}`],
      ['HTTPS://Splunk.Example.COM', `https://splunk.example.com${event}`],
      ['https://splunk.example.com/services', `https://splunk.example.com${event}`],
      ['https://splunk.example.com/services/collector', `https://splunk.example.com${event}`],
      ['https://splunk.example.com/services/collector/', `https://splunk.example.com${event}`],
      ['splunk.example.com:8088/services/collector/event', `https://splunk.example.com:8088${event}`],
      ['https://splunk.example.com//services/collector/event/', `https://splunk.example.com${event}`],
      ['https://splunk.example.com/services/collector/raw', `https://splunk.example.com${event}`],
      ['https://splunk.example.com/services/collector/raw/1.0', `https://splunk.example.com${event}`],
      ['https://splunk.example.com/services/collector/health', `https://splunk.example.com${event}`],
      ['https://splunk.example.com/services/collector/ack', `https://splunk.example.com${event}`],
      ['https://gateway.example.com/hec/services/collector', `https://gateway.example.com/hec${event}`],
      ['https://splunk.example.com?channel=x#top', `https://splunk.example.com${event}?channel=x`],
    ];
    for (const [typed, resolved] of completed)
      it(`completes ${typed}`, () => {
        expect(splunk.resolveUrl(typed)).to.equal(resolved);
        expect(splunk.resolveUrl(resolved)).to.equal(resolved);
      });

    const kept = [
      `https://splunk.example.com:8088${event}`,
      'https://splunk.example.com:8088/services/collector/event/1.0',
      'https://gateway.example.com/api/ingest/hec',
      'https://gateway.example.com/my-services/',
    ];
    for (const url of kept)
      it(`keeps ${url}`, () => {
        expect(splunk.resolveUrl(url)).to.equal(url);
      });

    it('returns text that is no URL as it is', () => {
      for (const text of ['', 'not a host', 'https://', 'https://a b', 'https:splunk'])
        expect(splunk.resolveUrl(` ${text}`)).to.equal(text);
    });
  });

  describe('request', () => {
    const format = (settings = {}, ...events: DeliverableEvent[]) =>
      splunk.format(events.length > 0 ? events : [eventOf()], settingsOf(settings), context);

    it('has the prefix of the token exactly once', () => {
      for (const secretKey of ['abc-123', 'Splunk abc-123', ' splunk  abc-123 ', 'Splunk Splunk abc-123'])
        expect(format({ secretKey }).headers.authorization, secretKey).to.equal('Splunk abc-123');
      expect(format({ secretKey: 'SplunkToken' }).headers.authorization).to.equal('Splunk SplunkToken');
    });

    it('is an envelope around the body, byte for byte', () => {
      const body = '{ "b":1.0, "a":"\\u00e9é\u2028", "a":12345678901234567890 }';
      expect(format({}, eventOf({ body })).body).to.equal(
        '{"time":1738157316.789,"fields":{"hookwatch_event_id":"evt_1","hookwatch_delivery_id":"dlv_1"},' +
          `"event":${body}}`,
      );
    });

    it('has no delivery id when it is a test', () => {
      const { fields } = JSON.parse(format({}, eventOf({ deliveryId: null })).body) as { fields: unknown };
      expect(fields).to.deep.equal({ hookwatch_event_id: 'evt_1' });
    });

    it('always has three decimals of a second', () => {
      const timeOf = (occurredAt: string) =>
        /"time":([^,]+),/.exec(format({}, eventOf({ occurredAt: new Date(occurredAt) })).body)?.[1];
      expect(timeOf('2025-01-29T13:28:36Z')).to.equal('1738157316.000');
      expect(timeOf('2025-01-29T13:28:36.070Z')).to.equal('1738157316.070');
      expect(timeOf('1970-01-01T00:00:00.001Z')).to.equal('0.001');
    });

    it('names index, source, sourcetype and host where they are set', () => {
      const set = { index: 'main "x"', source: 'hook\\watch', sourcetype: '_json', host: 'é' };
      expect(JSON.parse(format({ splunk: set }).body)).to.include(set);
      const unset = JSON.parse(format({ splunk: { index: '', host: null } }).body) as object;
      expect(Object.keys(unset)).to.deep.equal(['time', 'fields', 'event']);
    });

    it('has several events as lines, in the order given', () => {
      const at = (eventId: string, ms: number) => eventOf({ eventId, occurredAt: new Date(ms) });
      const events = [at('a', 2000), at('b', 1000), at('c', 2000), at('d', 1001)];
      const lines = format({}, ...events).body.split('\n');
      const sent = lines.map((line) => JSON.parse(line) as { fields: { hookwatch_event_id: string } });
      expect(sent.map(({ fields }) => fields.hookwatch_event_id)).to.deep.equal(['a', 'b', 'c', 'd']);
    });

    it('carries a channel only for indexer acknowledgment, the same for every request to an address', () => {
      const channelOf = (targetUrl: string, useAck = true) =>
        format({ targetUrl, splunk: { useAck } }).headers['x-splunk-request-channel'];
      expect(channelOf('https://a.example', false)).to.equal(undefined);
      expect(channelOf('https://a.example')).to.match(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(channelOf('a.example')).to.equal(channelOf('https://a.example/services/collector'));
      expect(channelOf('https://b.example')).to.not.equal(channelOf('https://a.example'));
    });
  });

  describe('judgement of a code', () => {
    /** Code, status and text as Splunk sends them, and what the delivery makes of it. */
    const table: Array<[number, number, string, string]> = [
      [0, 200, 'Success', 'SUCCEEDED'],
      [1, 403, 'Token disabled', 'MISCONFIGURED'],
      [2, 401, 'Token is required', 'MISCONFIGURED'],
      [3, 401, 'Invalid authorization', 'MISCONFIGURED'],
      [4, 403, 'Invalid token', 'MISCONFIGURED'],
      [5, 400, 'No data', 'PERMANENT'],
      [6, 400, 'Invalid data format', 'PERMANENT'],
      [7, 400, 'Incorrect index', 'MISCONFIGURED'],
      [8, 500, 'Internal server error', 'RETRYABLE'],
      [9, 503, 'Server is busy', 'RETRYABLE'],
      [10, 400, 'Data channel is missing', 'MISCONFIGURED'],
      [11, 400, 'Invalid data channel', 'MISCONFIGURED'],
      [12, 400, 'Event field is required', 'PERMANENT'],
      [13, 400, 'Event field cannot be blank', 'PERMANENT'],
      [14, 400, 'ACK is disabled', 'MISCONFIGURED'],
      [15, 400, 'Error in handling indexed fields', 'PERMANENT'],
      [16, 400, 'Query string authorization is not enabled', 'MISCONFIGURED'],
      [17, 200, 'HEC is healthy', 'MISCONFIGURED'],
      [18, 503, 'HEC is unhealthy, queues are full', 'RETRYABLE'],
      [19, 503, 'HEC is unhealthy, ack service unavailable', 'RETRYABLE'],
      [20, 503, 'HEC is unhealthy, queues are full, ack service unavailable', 'RETRYABLE'],
      [21, 400, 'Invalid token', 'MISCONFIGURED'],
      [22, 400, 'Token disabled', 'MISCONFIGURED'],
      [23, 503, 'Server is shutting down', 'RETRYABLE'],
      [24, 200, 'Queue approaching capacity', 'SUCCEEDED'],
      [25, 200, 'ACK channel approaching capacity', 'SUCCEEDED'],
      [26, 429, 'Queue at capacity', 'RETRYABLE'],
      [27, 429, 'ACK channel at capacity', 'RETRYABLE'],
    ];
    const judge = (code: number, status: number, text: string, more = {}) =>
      splunk.judge(replyOf(status, JSON.stringify({ text, code, ...more })));

    it('knows every code from 0 to 27', () => {
      expect(table.map(([code]) => code)).to.deep.equal(Array.from({ length: 28 }, (_, code) => code));
    });

    for (const [code, status, text, outcome] of table)
      it(`takes ${status} with code ${code} (${text}) for ${outcome}`, () => {
        const judgement = judge(code, status, text);
        expect(judgement).to.include({ outcome, hecCode: code });
        expect(judgement.gone).to.equal(undefined);
        expect(judgement.splitBatch).to.equal(undefined);
        expect(judgement.slowDown).to.equal(code === 24 || code === 25 ? true : undefined);
        if (outcome === 'SUCCEEDED') expect(judgement).to.include({ errorClass: null, hint: null });
        else {
          expect(judgement.errorClass).to.equal('HEC_REJECTED');
          expect(judgement.hint).to.match(new RegExp(`^Splunk.* \\(code ${code}\\)\\. .+\\.$`));
        }
      });

    for (const [code, , text, outcome] of table)
      it(`takes 200 with code ${code} for ${outcome} too`, () => {
        expect(judge(code, 200, text)).to.include({ outcome, hecCode: code });
      });

    it('names cause and remedy of a wrong token', () => {
      expect(judge(4, 200, 'Invalid token').hint).to.equal(
        'Splunk does not know this token (code 4). Paste the token of an enabled HTTP Event Collector input.',
      );
    });

    it('does not believe a success with an error status', () => {
      expect(judge(0, 500, 'Success')).to.include({
        outcome: 'RETRYABLE',
        errorClass: 'HTTP_5XX',
        hecCode: 0,
      });
      expect(judge(24, 403, 'Queue')).to.include({
        outcome: 'MISCONFIGURED',
        errorClass: 'HTTP_4XX',
        hecCode: 24,
      });
    });

    it('takes what no code of Splunk’s can be for the answer of somebody else', () => {
      for (const code of [1.5, 65_536, -65_536, 2 ** 53])
        expect(judge(code, 200, 'New')).to.include({
          outcome: 'RETRYABLE',
          errorClass: 'HEC_REJECTED',
          hecCode: null,
        });
    });

    it('tries again after a code it does not know, by status', () => {
      for (const code of [28, 99, -1])
        expect(judge(code, 200, 'New')).to.include({
          outcome: 'RETRYABLE',
          errorClass: 'HEC_REJECTED',
          hecCode: code,
        });
      expect(judge(99, 503, 'New')).to.include({ outcome: 'RETRYABLE', errorClass: 'HTTP_5XX', hecCode: 99 });
      expect(judge(99, 400, 'New')).to.include({
        outcome: 'MISCONFIGURED',
        errorClass: 'HTTP_4XX',
        hecCode: 99,
      });
    });

    it('tells which event of a batch is bad', () => {
      for (const code of [6, 12, 13, 15])
        expect(judge(code, 400, 'bad', { 'invalid-event-number': 2 })).to.include({
          outcome: 'PERMANENT',
          invalidEventNumber: 2,
        });
      expect(judge(6, 400, 'bad', { 'invalid-event-number': 0 })).to.include({ invalidEventNumber: 0 });
      for (const number of [-1, 1.5, '2', null, 1e300])
        expect(judge(6, 400, 'bad', { 'invalid-event-number': number }).invalidEventNumber).to.equal(
          undefined,
        );
    });

    it('blames no single event for what concerns them all', () => {
      expect(judge(7, 400, 'Incorrect index', { 'invalid-event-number': 0 }).invalidEventNumber).to.equal(
        undefined,
      );
    });

    it('tells the id of an acknowledgment to come', () => {
      expect(judge(0, 200, 'Success', { ackId: 0 })).to.include({ outcome: 'SUCCEEDED', ackId: 0 });
      expect(judge(24, 200, 'Queue', { ackId: 7 })).to.include({ slowDown: true, ackId: 7 });
      for (const ackId of [undefined, -1, '7', null])
        expect(judge(0, 200, 'Success', { ackId }).ackId).to.equal(undefined);
    });
  });

  describe('judgement without a code', () => {
    const bodies = [
      ...['', ' ', 'OK', '<!doctype html><title>Splunk login</title>', '{}', '[]', 'null', '0', '"Success"'],
      ...['{"code":0}', '{"text":"Success"}', '{"text":"Success","code":"0"}', '{"text":"Success","code":0'],
      ...['[{"text":"Success","code":0}]', '{"text":"Success","code":null}', '{"text":1,"code":0}'],
    ];
    for (const body of bodies)
      it(`takes a 200 with ${body || 'no body'} for a failure`, () => {
        const judgement = splunk.judge(replyOf(200, body));
        expect(judgement).to.include({ outcome: 'RETRYABLE', errorClass: 'HEC_REJECTED', hecCode: null });
        expect(judgement.hint).to.contain('not Splunk’s');
      });

    it('splits a batch that is too large, whatever body comes with it', () => {
      for (const body of ['', '<html>', '{"text":"Request entity too large","code":27}'])
        expect(splunk.judge(replyOf(413, body))).to.include({
          outcome: 'PERMANENT',
          errorClass: 'HTTP_4XX',
          splitBatch: true,
        });
    });

    it('tries again after 408, 425, 429, 5xx and redirects', () => {
      for (const status of [301, 302, 307, 408, 425, 429, 500, 502, 503, 504])
        expect(splunk.judge(replyOf(status, '<html>')).outcome, String(status)).to.equal('RETRYABLE');
    });

    it('holds the webhook after any other 4xx', () => {
      for (const status of [400, 401, 402, 403, 404, 405, 406, 409, 411, 415, 418, 422, 451])
        expect(splunk.judge(replyOf(status, '<html>')), String(status)).to.include({
          outcome: 'MISCONFIGURED',
          errorClass: 'HTTP_4XX',
        });
    });
  });

  describe('question for acknowledgments', () => {
    const { acknowledgments } = splunk;
    const urlOf = (targetUrl: string) =>
      new URL(acknowledgments.format([0], settingsOf({ targetUrl, splunk: { useAck: true } }), context).url);

    it('goes beside the endpoint for events, or below a gateway’s path, and names the channel', () => {
      const endpoints = {
        'splunk.example.com:8088': '/services/collector/ack',
        'https://splunk.example.com/services/collector/event/1.0': '/services/collector/ack',
        'https://gateway.example.com/hec/': '/hec/ack',
      };
      for (const [targetUrl, path] of Object.entries(endpoints)) {
        const settings = settingsOf({ targetUrl, splunk: { useAck: true } });
        expect(urlOf(targetUrl).pathname, targetUrl).to.equal(path);
        expect(urlOf(targetUrl).searchParams.get('channel')).to.equal(acknowledgments.channelOf(settings));
      }
    });

    it('lists the numbers, with the token and without compression', () => {
      const settings = settingsOf({ secretKey: 'abc', splunk: { useAck: true, gzip: true } });
      const { headers, body } = acknowledgments.format([3, 0], settings, context);
      expect(body).to.equal('{"acks":[3,0]}');
      expect(headers).to.include({ authorization: 'Splunk abc' }).and.not.have.property('content-encoding');
    });

    it('is put only where acknowledgment is switched on', () => {
      expect(acknowledgments.channelOf(settingsOf())).to.equal(null);
    });

    it('is answered by the numbers that are true, and by nothing else', () => {
      const read = (status: number, body: string) => acknowledgments.readConfirmed(replyOf(status, body));
      expect(read(200, '{"acks":{"0":true,"1":false,"17":true}}')).to.deep.equal([0, 17]);
      expect(read(200, '{"acks":{}}')).to.deep.equal([]);
      for (const body of ['', 'null', '{}', '{"acks":null}', '{"acks":', '<html>'])
        expect(read(200, body), body).to.equal(null);
      expect(read(400, '{"acks":{"0":true}}')).to.equal(null);
    });
  });
});
