import { type ErrorCode, PvevmError } from '../../core/error.ts';
import { redact } from '../../core/redact.ts';
import { type Attempt, attemptFailed, unknownOutcome } from '../errors.ts';
import type { ServerCertificate } from './certificate.ts';
import { explainCertificate } from './certificate-error.ts';

/** A connection that broke, where asking again may help. */
const RESET = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED']);
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL']);
const UNKNOWN_HOST = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
// OpenSSL's names for what is wrong with a certificate, as Node gives them, and Node's own for the host name.
const CERTIFICATE =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;

/** Why no answer came. */
export interface NetworkFailure {
  readonly type:
    | 'known'
    | 'aborted'
    | 'timeout'
    | 'reset'
    | 'unreachable'
    | 'unknown-host'
    | 'certificate'
    | 'tls'
    | 'other';
  /** The system's code, as in `ECONNREFUSED`, or the message where there is none. */
  readonly detail: string;
  /** Whether it is certain that no byte of the request reached the server. */
  readonly unsent: boolean;
  /** The error of ours in the chain, for `known`. */
  readonly known?: PvevmError;
}

/** Marks what a connection attempt threw, so that `classifyFailure` sees that the request was not sent. */
export function asUnsent<Thrown>(error: Thrown): Thrown {
  return error instanceof Error ? Object.assign(error, { unsent: true }) : error;
}

/**
 * Recognises why no answer came, by walking the chain of causes: the system's error, bare or as the cause of another one
 * (`TypeError: fetch failed`), or a `DOMException` for time-outs and aborts.
 */
export function classifyFailure(error: unknown, signal?: AbortSignal): NetworkFailure {
  const chain = causesOf(error);
  const unsent = chain.some(isUnsent);
  const known = chain.find((cause) => cause instanceof PvevmError);
  if (known instanceof PvevmError) return { type: 'known', detail: known.message, unsent, known };
  if (signal?.aborted) return { type: 'aborted', detail: 'interrupted', unsent };
  if (chain.some((cause) => nameOf(cause) === 'TimeoutError')) {
    return { type: 'timeout', detail: 'no answer in time', unsent };
  }
  for (const cause of chain) {
    const code = codeOf(cause);
    if (code !== undefined) return { type: typeOf(code), detail: code, unsent };
  }
  const last = chain.at(-1);
  // undici's words for a connection that ended in the middle of an answer, which carries no code.
  const message = last instanceof Error ? last.message : String(last);
  return { type: message === 'terminated' ? 'reset' : 'other', detail: message, unsent };
}

function typeOf(code: string): NetworkFailure['type'] {
  if (RESET.has(code)) return 'reset';
  if (UNREACHABLE.has(code)) return 'unreachable';
  if (UNKNOWN_HOST.has(code)) return 'unknown-host';
  if (TIMED_OUT.has(code)) return 'timeout';
  if (CERTIFICATE.test(code)) return 'certificate';
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO' ? 'tls' : 'other';
}

/**
 * The error for a request that got no answer; its causes are free of the attempt's secrets. `certificate` is the
 * server's, where it was refused.
 */
export function errorOfFailure(
  attempt: Attempt,
  failure: NetworkFailure,
  cause: unknown,
  certificate?: ServerCertificate,
): PvevmError {
  if (failure.known !== undefined) return failure.known;
  const fail = (code: ErrorCode, reason: string, hints: readonly string[] = []): PvevmError =>
    attemptFailed(code, attempt, reason, { cause: withoutSecrets(cause, attempt.secrets), hints });
  const host = new URL(attempt.endpoint).host;
  const unknown = failure.unsent ? '' : unknownOutcome(attempt.method);
  switch (failure.type) {
    case 'aborted':
      return fail('INTERRUPTED', `interrupted${unknown}`);
    case 'timeout':
      return failure.unsent
        ? fail('TIMEOUT', `no connection to ${host} in time (${failure.detail})`, [
            'Check the endpoint, and that no firewall drops connections to it.',
          ])
        : fail('TIMEOUT', `${host} did not answer in time${unknown}`);
    case 'reset':
      return fail('CONNECT', `${host} closed the connection before it answered (${failure.detail})${unknown}`);
    case 'unreachable':
      return fail('CONNECT', `no connection to ${host} (${failure.detail})`, [
        'Check the endpoint; Proxmox VE listens on port 8006.',
      ]);
    case 'unknown-host':
      return fail('CONNECT', `the host of ${host} is not known (${failure.detail})`, ['Check the endpoint.']);
    case 'certificate': {
      const { reason, hints } = explainCertificate(failure.detail, attempt.endpoint, certificate);
      return fail('TLS', reason, hints);
    }
    case 'tls':
      return fail('TLS', `no TLS connection to ${host} (${failure.detail})`, [
        'Check that the endpoint speaks https; Proxmox VE listens on port 8006.',
      ]);
    default:
      return fail('CONNECT', `${failure.detail}${unknown}`);
  }
}

// Node repeats a header's value where it refuses it; a proxy or a server may repeat anything.
function withoutSecrets(cause: unknown, secrets: readonly string[]): unknown {
  const texts = causesOf(cause).map((error) => (error instanceof Error ? error.message : String(error)));
  const clean = texts.map((text) => redact(text, secrets));
  return clean.every((text, index) => text === texts[index]) ? cause : new Error(clean.join(': '));
}

function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('unsent' in error && error.unsent === true) return true;
  const code = codeOf(error);
  // Without a connection, or without an address, nothing can have been sent.
  return code === 'ECONNREFUSED' || (code !== undefined && UNKNOWN_HOST.has(code));
}

function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  let current = error;
  // Ten are more than any library nests, and end a cycle.
  while (current !== undefined && current !== null && chain.length < 10) {
    chain.push(current);
    // Where a host has several addresses, Node collects one error for each.
    const first: unknown = current instanceof AggregateError ? current.errors[0] : undefined;
    current = first ?? (current instanceof Error ? current.cause : undefined);
  }
  return chain;
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error || error instanceof DOMException ? error.name : undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
