import type { AccessState, NodeState, StorageDefinition, Volume } from '../host.ts';

/** What a sandbox starts from: the hardware, the storages and what is on them. */
export interface World {
  /** The cluster's name; null where there is one node and no cluster. */
  readonly clusterName: string | null;
  readonly nodes: readonly NodeState[];
  readonly storages: readonly StorageDefinition[];
  /** Bytes in all and in use by what is no volume, by storage. */
  readonly capacities: Readonly<Record<string, Capacity>>;
  readonly volumes: readonly Volume[];
  readonly datacenter: Readonly<Record<string, string>>;
  /** Users besides root@pam. */
  readonly users: readonly string[];
  readonly acl: AccessState['acl'];
  /** Tokens besides root@pam!sandbox, and whether they have privilege separation. */
  readonly tokens: Readonly<Record<string, boolean>>;
}

/** The size of a storage, in bytes. */
export interface Capacity {
  readonly total: number;
  readonly used: number;
}
