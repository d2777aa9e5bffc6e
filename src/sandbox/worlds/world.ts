import type { AccessState, HaResource, NodeState, StorageDefinition, Volume } from '../host.ts';

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
  /** The password of each user that has one. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Tokens besides root@pam!sandbox, and whether they have privilege separation. */
  readonly tokens: Readonly<Record<string, boolean>>;
  readonly guests?: readonly WorldGuest[];
  readonly pools?: Readonly<Record<string, WorldPool>>;
  readonly ha?: readonly HaResource[];
  /** Storages that do not answer on a node, as `STORAGE/NODE`. */
  readonly inactive?: readonly string[];
}

/** A guest that is there from the start. */
export interface WorldGuest {
  readonly vmid: number;
  readonly node: string;
  /** The text of its config file. */
  readonly config: string;
  readonly isRunning?: boolean;
}

/** A pool that is there from the start. */
export interface WorldPool {
  readonly comment: string;
  readonly vms: readonly number[];
  readonly storages: readonly string[];
}

/** The size of a storage, in bytes. */
export interface Capacity {
  readonly total: number;
  readonly used: number;
}
