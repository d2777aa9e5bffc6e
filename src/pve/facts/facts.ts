/**
 * The API facts: what one version of Proxmox VE accepts, made by `npm run gen:api-facts` from its API viewer data.
 * Names, types, bounds, enums, formats and permissions; no descriptive text.
 */
export interface ApiFacts {
  /** The version the facts were read from, as in `9.2`. */
  readonly version: string;
  /** The version whose named formats stand in for this one's own, which were not at hand: a sub-key may be of that one. */
  readonly formatsOf?: string;
  /** Property-string formats by name, and `"validator"` for formats that are a check in code. */
  readonly formats: Readonly<Record<string, PropertyFormat | 'validator'>>;
  readonly endpoints: readonly EndpointFact[];
}

/** One method of one path. */
export interface EndpointFact {
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly name: string;
  readonly protected?: 1;
  readonly proxyto?: string;
  readonly allowtoken?: 0 | 1;
  /** As Proxmox VE states them: `{user: 'all'}`, or `{check: ['perm', '/vms/{vmid}', ['VM.Audit']]}`, nested by `and`/`or`. */
  readonly permissions?: { readonly user?: string; readonly check?: unknown };
  readonly parameters: Readonly<Record<string, ParameterFact>>;
  readonly returns: string;
}

/** What a parameter accepts. A name that ends in `[n]` stands for numbered parameters (`net0`, `net1`, …). */
export interface ParameterFact {
  /** `ip` is a slip of Proxmox VE's own, in the formats of SDN; it checks nothing there. */
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'ip';
  readonly optional?: 1;
  readonly default?: string | number | null;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** A Perl regular expression that the whole value must match. */
  readonly pattern?: string;
  /** The name of a format in `formats`; `…-list` means a list of values of that format. */
  readonly format?: string;
  /** Another parameter that must be given with this one. */
  readonly requires?: string;
  /** The facts of an array's items. */
  readonly items?: ParameterFact;
}

/** The sub-keys of a property string, as in `scsi0=local-lvm:8,ssd=1`. */
export type PropertyFormat = Readonly<Record<string, PropertyFact>>;

/** What a sub-key of a property string accepts. */
export interface PropertyFact extends ParameterFact {
  /** The sub-key whose name may be left out. */
  readonly default_key?: 1;
  /** Another name of the sub-key named here. */
  readonly alias?: string;
  /** The sub-key that takes this key's own name as its value: `virtio=MAC` is `model=virtio,macaddr=MAC`. */
  readonly keyAlias?: string;
  /** An alias that is printed in place of this key, for versions that do not know the key. */
  readonly writtenAs?: string;
}
