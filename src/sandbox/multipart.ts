import { randomBytes } from 'node:crypto';

/** The content type of uploads. */
export const MULTIPART = 'multipart/form-data';

/** Uploads that no call has taken are forgotten when this many newer ones are there. */
const KEPT = 8;
const kept = new Map<string, Buffer>();

/** The file of an upload by the temporary name that its parameters carry, once; undefined where there is none. */
export function takeUpload(name: string): Buffer | undefined {
  const data = kept.get(name);
  kept.delete(name);
  return data;
}

/**
 * The parameters of a `multipart/form-data` body, whose first line is its boundary. The part that is a file is kept for
 * `takeUpload`: `filename` is its name, `tmpfilename` where it is (pve-http-server: PVE/APIServer/AnyEvent.pm,
 * file_upload_multipart).
 */
export function parseMultipart(body: Buffer): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  const firstLine = body.subarray(0, Math.max(0, body.indexOf('\r\n')));
  if (!firstLine.toString('latin1').startsWith('--')) return result;
  const boundary = Buffer.concat([Buffer.from('\r\n'), firstLine]);
  let at = firstLine.length;
  for (;;) {
    const headersEnd = body.indexOf('\r\n\r\n', at);
    if (headersEnd === -1) return result;
    const end = body.indexOf(boundary, headersEnd);
    const content = body.subarray(headersEnd + 4, end === -1 ? body.length : end);
    addPart(result, body.subarray(at, headersEnd).toString('utf8'), content);
    if (end === -1) return result;
    at = end + boundary.length;
  }
}

function addPart(result: Record<string, string>, headers: string, content: Buffer): void {
  const disposition = /^content-disposition:.*$/im.exec(headers)?.[0] ?? '';
  const name = /;\s*name="([^"]*)"/i.exec(disposition)?.[1];
  const filename = /;\s*filename="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined) return;
  if (filename === undefined) {
    result[name] = content.toString('utf8');
    return;
  }
  const temporary = `/var/tmp/pveupload-${randomBytes(16).toString('hex')}`;
  kept.set(temporary, content);
  for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
  result['filename'] = filename;
  result['tmpfilename'] = temporary;
}
