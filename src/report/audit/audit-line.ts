import { createHash } from 'node:crypto';
import { isObject } from '../../core/json.ts';
import { toJsonText } from '../json-text.ts';
import { AUDIT_FORMAT_VERSION, type AuditEntry, type AuditRecord } from './audit-record.ts';

/** What stands in place of a head before the first line. */
export const FIRST_HEAD: string = '0'.repeat(64);

const BEGINNING = /^\{"formatVersion":"1\.\d+","seq":([1-9]\d{0,14}),"previous":"([0-9a-f]{64})",/;
const END = /,"sha256":"([0-9a-f]{64})"\}$/;

/** One line as it stands in a log, without its newline. */
export interface AuditLine {
  readonly bytes: Buffer;
  /** The record's own `sha256`; for what has not the form of a record, the SHA-256 of its bytes. */
  readonly hash: string;
  /** What the record says of its place; undefined for what has not the form of a record. */
  readonly place: { readonly seq: number; readonly previous: string } | undefined;
}

/** The SHA-256 of a text or of bytes, in hexadecimal digits. */
function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A record as a line, with its newline and without a character that a terminal would obey, and its SHA-256. */
export function sealRecord(
  { seq, previous }: { readonly seq: number; readonly previous: string },
  entry: AuditEntry,
): { readonly text: string; readonly hash: string } {
  const open = toJsonText({ formatVersion: AUDIT_FORMAT_VERSION, seq, previous, ...entry }).trimEnd();
  const hash = sha256Of(open);
  return { text: `${open.slice(0, -1)},"sha256":"${hash}"}\n`, hash };
}

/** Takes a line apart, without a look at whether it is as it was written. */
export function readLine(bytes: Buffer): AuditLine {
  const text = bytes.toString('latin1');
  const [, seq, previous] = BEGINNING.exec(text) ?? [];
  const [, hash] = END.exec(text) ?? [];
  if (seq === undefined || previous === undefined || hash === undefined)
    return { bytes, hash: sha256Of(bytes), place: undefined };
  return { bytes, hash, place: { seq: Number(seq), previous } };
}

function isJsonObject(bytes: Buffer): boolean {
  try {
    return isObject(JSON.parse(bytes.toString('utf8')));
  } catch {
    return false;
  }
}

/** Whether a line is a record, and its bytes are those that its `sha256` was made from. */
export function isIntact({ bytes, hash, place }: AuditLine): boolean {
  // The hash stands at the end, and was made before it was added.
  const open = bytes.subarray(0, bytes.length - `,"sha256":"${hash}"}`.length);
  return place !== undefined && sha256Of(Buffer.concat([open, Buffer.from('}')])) === hash && isJsonObject(bytes);
}

/** The record of an intact line. */
export function recordOf({ bytes }: AuditLine): AuditRecord {
  // Its hash says that pvevm has written it, or somebody who means to be taken for it.
  return JSON.parse(bytes.toString('utf8')) as AuditRecord;
}

/** The head after a line. One whose writer did not see all lines before it, nor is a record, is chained to them here. */
export function nextHead(head: string, { hash, place }: AuditLine): string {
  return place?.previous === head ? hash : sha256Of(head + hash);
}

/** The lines of a log; `rest` is what stands behind the last newline. */
export function splitLines(bytes: Buffer): { readonly lines: readonly Buffer[]; readonly rest: Buffer } {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return { lines, rest: bytes.subarray(start) };
}
