import type { Address } from '../../../core/address.ts';

/** The guest that a clone is made from, as it will be when it is cloned. */
export interface CloneSource {
  readonly node: string;
  readonly vmid: number;
  /** The id as requests write it: `{vmid:vm/tpl}` where the run makes the guest and pvevm chooses its id. */
  readonly id: number | `{vmid:${Address}}`;
  readonly name: string;
  /** Its config values, or those of its snapshot: what a clone takes, without anything pending. */
  readonly texts: ReadonlyMap<string, string>;
  readonly template: boolean;
  readonly running: boolean;
  /** The digest of what the plan rests on; undefined where this run makes or changes the guest itself. */
  readonly digest: string | undefined;
  /** Whether it is there already, and not made by this run. */
  readonly exists: boolean;
  /** The document of this run that describes it. */
  readonly document: Address | undefined;
}

/** How a clone is made. */
export interface CloneMode {
  readonly mode: 'full' | 'linked';
  /** The storage that all copied disks go to; undefined: each stays where its source lies. */
  readonly storage: string | undefined;
  readonly snapshot: string | undefined;
}
