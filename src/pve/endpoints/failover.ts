import type { PvevmError } from '../../core/error.ts';
import { classifyFailure } from '../connection/network-error.ts';

/** Whether it is certain that a request did not reach its server, so that even a write may be sent elsewhere. */
export function wasNotSent(error: PvevmError): boolean {
  if (error.status !== undefined || (error.code !== 'CONNECT' && error.code !== 'TIMEOUT')) return false;
  return classifyFailure(error.cause).unsent;
}

/**
 * Whether another node of the cluster may answer a read that failed like this: where no answer came, or something in
 * front of the node gave it. pveproxy's own 595 to 599 about a path below `/nodes/` speak of the node that the path
 * names, which is the same from everywhere.
 */
export function mayAnotherAnswer(error: PvevmError, path = ''): boolean {
  if (error.code !== 'CONNECT' && error.code !== 'TIMEOUT' && error.status !== 599) return false;
  if (error.status === undefined || error.status < 595) return true;
  return !path.startsWith('/nodes/');
}

/**
 * Whether a login that failed like this may be made at another node: nothing reached the server, or what answered could
 * not hand it on. Where a server may have seen a one-time code, it is not sent a second time.
 */
export function mayLogInElsewhere(error: PvevmError): boolean {
  return wasNotSent(error) || error.status === 502 || error.status === 503 || error.status === 595;
}
