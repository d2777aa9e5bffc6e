import type { ClusterState } from '../faults/cluster-state.ts';

/** Whose guest it is, by the mark at the end of its description. */
export interface Mark {
  readonly stack: string;
  readonly address: string;
}

/** The mark of a config's text that names its own id. */
export function markOf(text: string, vmid: number): Mark | undefined {
  const comments = (text.split(/\n\[/)[0] ?? '').split('\n').filter((line) => line.startsWith('#'));
  const last = decodeURIComponent(comments.at(-1)?.slice(1) ?? '');
  const [, stack = '', address = '', id] = /^pvevm:([^:]+):([^:]+):(\d+)/.exec(last) ?? [];
  return id === String(vmid) ? { stack, address } : undefined;
}

/** What tells a guest from another one of its id: a document may write the uuid of both. */
export function uuidOf(text: string | undefined): string | undefined {
  const uuid = /^smbios1: .*uuid=([0-9a-f-]+)/m.exec(text ?? '')?.[1];
  return uuid === undefined ? undefined : `${uuid} of ${/^meta: .*ctime=(\d+)/m.exec(text ?? '')?.[1]}`;
}

/** The guests of a stack: id and address. */
export function guestsOf(
  state: ClusterState,
  stack: string,
): readonly { readonly vmid: number; readonly address: string }[] {
  return [...state.guests].flatMap(([vmid, { text }]) => {
    const mark = markOf(text, vmid);
    return mark?.stack === stack ? [{ vmid, address: mark.address }] : [];
  });
}
