import { expect } from 'chai';
import {
  classifyNetworkError,
  errorClasses,
  hintFor,
  outcomeFor,
  summaryOf,
} from '../../../server/delivery/error-classes.js';

const withCode = (code: string): Error => Object.assign(new Error('failed'), { code });

describe('error classes', () => {
  for (const errorClass of errorClasses)
    it(`${errorClass} has an outcome, one sentence on what happened and one on what to do`, () => {
      expect(outcomeFor(errorClass)).to.be.oneOf(['RETRYABLE', 'MISCONFIGURED', 'PERMANENT']);
      expect(hintFor(errorClass)).to.match(/^[A-Z].{30,170}[^.]\.$/);
      expect(summaryOf(errorClass)).to.match(/^[A-Z].{10,80}[^.]\.$/);
    });

  it('repeat no hint', () => {
    expect(new Set(errorClasses.map((errorClass) => hintFor(errorClass)))).to.have.length(
      errorClasses.length,
    );
  });

  it('end a hint and a summary with a detail', () => {
    expect(hintFor('REDIRECT', 'https://new.example.com/')).to.equal(
      'Redirects are not followed: enter the final address as the target URL (https://new.example.com/).',
    );
    expect(summaryOf('TLS_HANDSHAKE', 'wrong version number')).to.equal(
      'The TLS handshake failed: wrong version number.',
    );
  });

  it('hold what only a person can mend, retry what may pass, and fail only what can never be sent', () => {
    const of = (outcome: string): string[] =>
      errorClasses.filter((errorClass) => outcomeFor(errorClass) === outcome);

    expect(of('MISCONFIGURED')).to.have.members([
      'GONE',
      'HEC_REJECTED',
      'ACK_MISSING',
      'TARGET_BLOCKED',
      'REQUEST_INVALID',
    ]);
    expect(of('PERMANENT')).to.have.members(['FORMAT_FAILED']);
  });

  for (const [code, errorClass] of [
    ['ENOTFOUND', 'DNS_NOT_FOUND'],
    ['EAI_AGAIN', 'DNS_TEMPORARY'],
    ['ECONNREFUSED', 'CONNECTION_REFUSED'],
    ['ECONNRESET', 'CONNECTION_RESET'],
    ['EPIPE', 'CONNECTION_RESET'],
    ['ETIMEDOUT', 'CONNECT_TIMEOUT'],
    ['EHOSTUNREACH', 'HOST_UNREACHABLE'],
    ['EMFILE', 'OUT_OF_RESOURCES'],
    ['CERT_HAS_EXPIRED', 'TLS_CERTIFICATE_EXPIRED'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS_CERTIFICATE_UNTRUSTED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_HOSTNAME_MISMATCH'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLS_HANDSHAKE'],
    ['HPE_INVALID_CONSTANT', 'RESPONSE_MALFORMED'],
    ['HPE_HEADER_OVERFLOW', 'RESPONSE_TOO_LARGE'],
    ['ERR_TARGET_BLOCKED', 'TARGET_BLOCKED'],
    ['ERR_INVALID_CHAR', 'REQUEST_INVALID'],
    ['E_NEVER_SEEN', 'NETWORK_ERROR'],
  ])
    it(`take ${code} for ${errorClass}`, () => {
      expect(classifyNetworkError(withCode(code!))).to.equal(errorClass);
    });

  it('take for NETWORK_ERROR whatever is no error with a code', () => {
    for (const thrown of [undefined, null, 'text', new Error('no code'), { code: 'ECONNRESET' }])
      expect(classifyNetworkError(thrown)).to.equal('NETWORK_ERROR');
  });
});
