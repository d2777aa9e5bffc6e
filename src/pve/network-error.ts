import { type ErrorCode, PvevmError } from '../core/error.ts';
import { type Attempt, attemptFailed, unknownOutcome } from './errors.ts';

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
  /** The error of ours in the chain, for `known`. */
  readonly known?: PvevmError;
}

/**
 * Recognises what `fetch` throws, by walking the chain of causes: `TypeError: fetch failed` with the system's error as
 * its cause, a `DOMException` for time-outs and aborts, or the bare system error.
 */
export function classifyFailure(error: unknown, signal?: AbortSignal): NetworkFailure {
  const chain = causesOf(error);
  const known = chain.find((cause) => cause instanceof PvevmError);
  if (known instanceof PvevmError) return { type: 'known', detail: known.message, known };
  if (signal?.aborted) return { type: 'aborted', detail: 'interrupted' };
  if (chain.some((cause) => nameOf(cause) === 'TimeoutError')) return { type: 'timeout', detail: 'no answer in time' };
  for (const cause of chain) {
    const code = codeOf(cause);
    if (code !== undefined) return { type: typeOf(code), detail: code };
  }
  const last = chain.at(-1);
  // undici's words for a connection that ended in the middle of an answer, which carries no code.
  const message = last instanceof Error ? last.message : String(last);
  return { type: message === 'terminated' ? 'reset' : 'other', detail: message };
}

function typeOf(code: string): NetworkFailure['type'] {
  if (RESET.has(code)) return 'reset';
  if (UNREACHABLE.has(code)) return 'unreachable';
  if (UNKNOWN_HOST.has(code)) return 'unknown-host';
  if (TIMED_OUT.has(code)) return 'timeout';
  if (CERTIFICATE.test(code)) return 'certificate';
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO' ? 'tls' : 'other';
}

/** The error for a request that got no answer. `fingerprint` is the server's, where a certificate was refused. */
export function errorOfFailure(
  attempt: Attempt,
  failure: NetworkFailure,
  cause: unknown,
  fingerprint?: string,
): PvevmError {
  if (failure.known !== undefined) return failure.known;
  const fail = (code: ErrorCode, reason: string, hints: readonly string[] = []): PvevmError =>
    attemptFailed(code, attempt, reason, { cause, hints });
  const host = new URL(attempt.endpoint).host;
  const unknown = unknownOutcome(attempt.method);
  switch (failure.type) {
    case 'aborted':
      return fail('INTERRUPTED', `interrupted${unknown}`);
    case 'timeout':
      return fail('TIMEOUT', `${host} did not answer in time${unknown}`);
    case 'reset':
      return fail('CONNECT', `${host} closed the connection before it answered (${failure.detail})${unknown}`);
    case 'unreachable':
      return fail('CONNECT', `no connection to ${host} (${failure.detail})`, [
        'Check the endpoint; Proxmox VE listens on port 8006.',
      ]);
    case 'unknown-host':
      return fail('CONNECT', `the host of ${host} is not known (${failure.detail})`, ['Check the endpoint.']);
    case 'certificate':
      return fail(
        'TLS',
        `the certificate of ${host} is not trusted (${failure.detail})`,
        certificateHints(fingerprint),
      );
    case 'tls':
      return fail('TLS', `no TLS connection to ${host} (${failure.detail})`, [
        'Check that the endpoint speaks https; Proxmox VE listens on port 8006.',
      ]);
    default:
      return fail('CONNECT', `${failure.detail}${unknown}`);
  }
}

function certificateHints(fingerprint: string | undefined): readonly string[] {
  const ca = "Give the cluster's certificate authority: --ca FILE, a copy of /etc/pve/pve-root-ca.pem.";
  if (fingerprint === undefined) return [ca];
  return [`If this is the fingerprint that the node itself shows, pin it: --fingerprint ${fingerprint}`, ca];
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
