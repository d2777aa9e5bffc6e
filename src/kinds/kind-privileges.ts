import type { Field } from '../core/field.ts';

type Command = 'plan' | 'apply';

/** A call of the API that a command makes; what it demands stands in the API facts. */
export interface UsedCall {
  readonly command: Command;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As the API facts write it: `/nodes/{node}/qemu/{vmid}`. */
  readonly path: string;
  /** What for, in a word or two. */
  readonly use: string;
  /** What a document has to say to need it, as in `ha` or `kind: image`. */
  readonly onlyFor?: string;
}

/** What Proxmox VE checks or filters by inside a call, where the API facts say only that any user may make it. */
export interface CodeCheck {
  readonly command: Command;
  readonly path: string;
  /** Any one of these is enough. */
  readonly privileges: readonly string[];
  readonly uses: readonly string[];
  readonly onlyFor?: string;
  /** The first version that asks for it. */
  readonly since?: string;
}

/** What plan and apply need for objects of a kind: `doctor` holds it against what a token may do. */
export interface KindPrivileges {
  readonly calls: readonly UsedCall[];
  readonly checks: readonly CodeCheck[];
  /** The fields whose annotations name privileges, and the path on which they are needed. */
  readonly fields?: { readonly path: string; readonly of: readonly Field[] };
}
