import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import { MULTIPART } from './multipart.ts';
import { WireError } from './wire-error.ts';

/** The largest body that Proxmox VE takes, in bytes (pve-http-server: PVE/APIServer/AnyEvent.pm). */
const BODY_LIMIT = 512 * 1024;
/** A request as it arrives, over a socket or within the process. */
export type Incoming = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & AsyncIterable<unknown>;

const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE']);

/** A method that the API has. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The method of a request; throws `WireError` for others. */
export function methodOf(request: Incoming): Method {
  const method = request.method ?? '';
  if (!METHODS.has(method)) throw new WireError(501, `method '${method}' not available`, '');
  return method as Method;
}

/** The content type of a request without its parameters; empty where there is none. */
export function contentTypeOf(request: Incoming): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The body of a request; throws `WireError` where there may be none, or none of that kind or size. */
export async function readBody(request: Incoming, method: Method): Promise<Buffer> {
  if (request.headers['transfer-encoding'] !== undefined)
    throw new WireError(501, 'chunked transfer encoding not supported');
  const length = Number(request.headers['content-length'] ?? 0);
  if (length === 0) return Buffer.alloc(0);
  if (method !== 'POST' && method !== 'PUT') throw new WireError(501, `Unexpected content for method '${method}'`);
  const type = contentTypeOf(request);
  const isUpload = method === 'POST' && type === MULTIPART;
  if (length > BODY_LIMIT && !isUpload) throw new WireError(501, 'for data too large');
  if (type !== '' && !isUpload && type !== 'application/x-www-form-urlencoded' && type !== 'application/json') {
    throw new WireError(506, `upload 'Content-Type '${request.headers['content-type']}' not implemented`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Sends an answer; the connection ends after any that is no success. Its date is the simulated host's, in milliseconds.
 */
export function sendAnswer(response: ServerResponse, answer: Answer, now: number): void {
  const isSuccess = answer.status < 400;
  const body = Buffer.from(answer.body, 'utf8');
  const date = new Date(now).toUTCString();
  response.sendDate = false;
  // An empty answer has no length in Proxmox VE; Node would add one.
  if (body.length === 0) {
    response.removeHeader('Content-Length');
    response.removeHeader('Transfer-Encoding');
  }
  response.writeHead(answer.status, answer.reason, {
    'Cache-Control': 'max-age=0',
    Connection: isSuccess ? 'Keep-Alive' : 'close',
    Date: date,
    Expires: date,
    Pragma: 'no-cache',
    Server: 'pve-api-daemon/3.0',
    ...(body.length === 0 ? {} : { 'Content-Length': body.length }),
    ...(answer.contentType === undefined ? {} : { 'Content-Type': answer.contentType }),
  });
  response.end(body.length === 0 ? undefined : body);
}
