import { expect, it } from 'vitest';
import { classifyFailure, errorOfFailure } from '../../../src/pve/connection/network-error.ts';
import type { Attempt } from '../../../src/pve/errors.ts';

const ATTEMPT: Attempt = { method: 'GET', path: '/version', endpoint: 'https://pve1:8006', secrets: [] };

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function fetchFailed(cause: unknown): Error {
  return new TypeError('fetch failed', { cause });
}

it.each([
  [fetchFailed(systemError('ECONNREFUSED')), 'unreachable', 'CONNECT'],
  [fetchFailed(new AggregateError([systemError('ECONNREFUSED')])), 'unreachable', 'CONNECT'],
  [fetchFailed(systemError('ENOTFOUND')), 'unknown-host', 'CONNECT'],
  [fetchFailed(systemError('UND_ERR_SOCKET')), 'reset', 'CONNECT'],
  [new TypeError('terminated'), 'reset', 'CONNECT'],
  [systemError('ECONNRESET'), 'reset', 'CONNECT'],
  [fetchFailed(systemError('UND_ERR_HEADERS_TIMEOUT')), 'timeout', 'TIMEOUT'],
  [new DOMException('too late', 'TimeoutError'), 'timeout', 'TIMEOUT'],
  [fetchFailed(systemError('DEPTH_ZERO_SELF_SIGNED_CERT')), 'certificate', 'TLS'],
  [fetchFailed(systemError('UNABLE_TO_VERIFY_LEAF_SIGNATURE')), 'certificate', 'TLS'],
  [fetchFailed(systemError('CERT_HAS_EXPIRED')), 'certificate', 'TLS'],
  [fetchFailed(systemError('ERR_TLS_CERT_ALTNAME_INVALID')), 'certificate', 'TLS'],
  [fetchFailed(systemError('ERR_SSL_WRONG_VERSION_NUMBER')), 'tls', 'TLS'],
  [fetchFailed(systemError('EPROTO')), 'tls', 'TLS'],
  [new Error('odd'), 'other', 'CONNECT'],
  ['odd', 'other', 'CONNECT'],
] as const)('sees that %s is %s, an error %s', (error, type, code) => {
  const failure = classifyFailure(error);
  expect(failure.type).toBe(type);
  expect(errorOfFailure(ATTEMPT, failure, error)).toMatchObject({ code, cause: error });
});

it('ends on a chain of causes that is a cycle', () => {
  const error = new Error('round');
  error.cause = error;
  expect(classifyFailure(error)).toEqual({ type: 'other', detail: 'round', unsent: false });
});
