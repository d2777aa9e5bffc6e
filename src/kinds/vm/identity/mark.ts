import type { Address } from '../../../core/address.ts';

/** The line in a guest's description by which pvevm knows that it owns the guest. */
export interface Mark {
  /** Null where there is no stack. */
  readonly stack: string | null;
  readonly address: Address;
  /** The id of the guest that the mark was written for; another id makes it a copied mark. */
  readonly vmid: number;
  /** When the guest's time is over, as in `2026-08-01T12:00Z`; absent for a guest that stays. */
  readonly until?: string;
  /** Whether the run that made the guest has more to do with it: its last step takes the word away. */
  readonly unfinished?: true;
}

const MARK =
  /^pvevm:([a-z0-9][a-z0-9_-]{0,30}|-):(vm\/[^\s:]+):(\d+|\{vmid\})( unfinished)?(?: until (\d{4}-\d\d-\d\dT\d\d:\d\dZ|\{until:\d+[mhd]\}))?$/;

/** The mark's line without its end; `vmid` may be the placeholder that is filled in when the guest is created. */
export function formatMark(stack: string | null, address: Address, vmid: number | '{vmid}'): string {
  return `pvevm:${stack ?? '-'}:${address}:${vmid}`;
}

/** The mark's line, without an end, with the word that says that its guest is not yet all that it was made to be. */
export function withUnfinished(mark: string): string {
  return `${mark} unfinished`;
}

/** The mark's line with its end, where it has one: a moment, or the placeholder `{until:4h}`. */
export function withUntil(mark: string, until: string | undefined): string {
  return until === undefined ? mark : `${mark} until ${until}`;
}

/** A description taken apart: the user's text, and the mark where the last line is one. */
export function splitDescription(description: string): { readonly text: string; readonly mark: Mark | undefined } {
  const trimmed = description.replace(/\s+$/, '');
  const at = trimmed.lastIndexOf('\n');
  const match = MARK.exec(trimmed.slice(at + 1));
  if (match === null) return { text: trimmed, mark: undefined };
  const [, stack, address, vmid, unfinished, until] = match;
  return {
    text: trimmed.slice(0, Math.max(at, 0)).replace(/\s+$/, ''),
    mark: {
      stack: stack === '-' ? null : (stack ?? null),
      address: address as Address,
      vmid: Number(vmid),
      ...(until === undefined ? {} : { until }),
      ...(unfinished === undefined ? {} : { unfinished: true }),
    },
  };
}

/** A description put together: the user's text, a blank line, the mark. */
export function joinDescription(text: string, mark: string | undefined): string {
  if (mark === undefined) return text;
  return text === '' ? mark : `${text}\n\n${mark}`;
}

/** The tag that makes a stack's guests cheap to list: the mark's index. */
export function ownTag(stack: string | null): string {
  return stack === null ? 'pvevm' : `pvevm-${stack}`;
}
