import type { Address } from '../../../core/address.ts';
import { isObject } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';

/** How a document names the guest that it is cloned from. */
export type SourceName =
  | { readonly type: 'id'; readonly vmid: number }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'tag'; readonly tag: string }
  | { readonly type: 'document'; readonly address: Address };

/** What a document says of how it is cloned. */
export interface CloneWish {
  readonly from: SourceName;
  readonly mode: 'full' | 'linked' | undefined;
  readonly storage: string | undefined;
  readonly snapshot: string | undefined;
}

function sourceName(from: unknown): SourceName {
  if (typeof from === 'number') return { type: 'id', vmid: from };
  if (isObject(from)) return { type: 'tag', tag: String(from['tag']).toLowerCase() };
  const text = String(from);
  // A placeholder gives an id as text.
  if (/^\d+$/.test(text)) return { type: 'id', vmid: Number(text) };
  // The schema says that what begins so is the address of a document.
  if (text.startsWith('vm/')) return { type: 'document', address: text as Address };
  return { type: 'name', name: text };
}

function textAt(clone: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = clone[key];
  return typeof value === 'string' ? value : undefined;
}

/** What a document says of `clone`; undefined where it is not made by cloning. */
export function cloneWish(resource: Resource): CloneWish | undefined {
  const clone = resource.spec['clone'];
  if (!isObject(clone)) return undefined;
  const mode = textAt(clone, 'mode');
  return {
    from: sourceName(clone['from']),
    mode: mode === 'full' || mode === 'linked' ? mode : undefined,
    storage: textAt(clone, 'storage'),
    snapshot: textAt(clone, 'snapshot'),
  };
}

/** The name of a source in words, as in `the tag golden`. */
export function sourceWords(from: SourceName): string {
  switch (from.type) {
    case 'id':
      return `guest ${from.vmid}`;
    case 'name':
      return from.name;
    case 'tag':
      return `the tag ${from.tag}`;
    case 'document':
      return from.address;
  }
}
