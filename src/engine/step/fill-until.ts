import type { StepRequest } from '../../core/step.ts';
import { formatUntil, parseTtl } from '../../core/until.ts';
import type { PveReader } from '../../pve/reader.ts';
import { serverTime } from '../../pve/server-time.ts';

// The end of a mark, which is the last line of a description; such a text anywhere else is the user's own.
const PLACEHOLDER = /((?:^|\n)pvevm:[^\s:]+:[^\s:]+:[^\s:]+(?: unfinished)? until )\{until:(\d+[mhd])\}$/;
const END = /((?:^|\n)pvevm:[^\s:]+:[^\s:]+:[^\s:]+)(?: unfinished)?(?: until \d{4}-\d\d-\d\dT\d\d:\d\dZ)?$/;

/** A request with the end of an ephemeral guest filled in, by the server's clock as it is now. */
export async function fillUntil(request: StepRequest, pve: PveReader): Promise<StepRequest> {
  const { description } = request.params;
  const ttl = typeof description === 'string' ? parseTtl(PLACEHOLDER.exec(description)?.[2] ?? '') : undefined;
  if (ttl === undefined) return request;
  const until = formatUntil((await serverTime(pve)) + ttl);
  return {
    ...request,
    params: { ...request.params, description: String(description).replace(PLACEHOLDER, `$1${until}`) },
  };
}

/**
 * Whether two descriptions are the same, but for the end in their marks, which two runs of one document compute anew, and
 * for the word that says that one of them is not finished yet.
 */
export function isSameButEnd(left: unknown, right: unknown): boolean {
  if (typeof left !== 'string' || typeof right !== 'string') return false;
  return left.replace(END, '$1') === right.replace(END, '$1');
}
