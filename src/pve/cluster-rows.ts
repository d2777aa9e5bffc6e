/** A guest, as lists of guests show it. */
export interface GuestRow {
  readonly vmid: number;
  readonly node: string;
  readonly type: 'qemu' | 'lxc';
  readonly name?: string;
  /** `running`, `stopped`, …; in `/cluster/resources` also `unknown`, and up to some ten seconds old. */
  readonly status: string;
  readonly tags: readonly string[];
  readonly lock?: string;
  readonly pool?: string;
  readonly template: boolean;
  /** Seconds since the guest was started; absent for less than one, and where it does not run. */
  readonly uptime?: number;
  /** What HA says of it, in `/cluster/resources`: `started`, `error`, …; absent where HA does not manage it. */
  readonly hastate?: string;
}

/** A node; sizes are bytes. */
export interface NodeRow {
  readonly node: string;
  readonly online: boolean;
  readonly maxmem: number;
  readonly mem: number;
  readonly maxcpu: number;
}

/** A storage on one node, from `/cluster/resources`; sizes are bytes. */
export interface StorageRow {
  readonly storage: string;
  readonly node: string;
  readonly shared: boolean;
  readonly content: readonly string[];
  readonly status: string;
  readonly maxdisk: number;
  readonly disk: number;
  readonly plugintype: string;
}

/** What `/cluster/resources` shows of guests, nodes and storages. Guests that the token may not see are left out. */
export interface Resources {
  readonly guests: readonly GuestRow[];
  readonly nodes: readonly NodeRow[];
  readonly storages: readonly StorageRow[];
}

/** A storage as its node sees it; sizes are bytes. */
export interface NodeStorage {
  readonly storage: string;
  readonly type: string;
  readonly content: readonly string[];
  readonly active: boolean;
  readonly enabled: boolean;
  readonly shared: boolean;
  readonly avail: number;
  readonly total: number;
}

/** A volume; `size` is bytes. */
export interface Volume {
  readonly volid: string;
  readonly size: number;
  readonly format: string;
  readonly vmid?: number;
}

/** A config value as Proxmox VE gives it. */
export type ConfigValue = string | number;

/** One key of a guest's configuration: what the running guest has, what waits for a restart, and what will be removed. */
export interface PendingItem {
  readonly value?: ConfigValue;
  readonly pending?: ConfigValue;
  /** 2 where the removal was forced. */
  readonly delete?: 1 | 2;
}

/** A guest's configuration with what is pending in it. */
export interface Pending {
  readonly digest: string;
  readonly items: ReadonlyMap<string, PendingItem>;
}

/** What a guest is doing. */
export interface GuestStatus {
  readonly status: string;
  /** QEMU's own word, as in `paused`. */
  readonly qmpstatus?: string;
  readonly lock?: string;
  readonly ha?: { readonly managed: boolean; readonly state?: string };
}

/** A guest under high availability; what is not set is absent. */
export interface HaResource {
  /** As in `vm:100`. */
  readonly sid: string;
  readonly state?: string;
  readonly group?: string;
  readonly comment?: string;
  readonly max_restart?: number;
  readonly max_relocate?: number;
  readonly failback?: boolean;
}

/** The cluster; a node without one has the name null and is always quorate. */
export interface ClusterStatus {
  readonly name: string | null;
  readonly quorate: boolean;
  readonly nodes: readonly { readonly name: string; readonly online: boolean }[];
}

/** A task that is running. */
export interface RunningTask {
  readonly upid: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  /** Seconds since 1970, by the node's clock. */
  readonly starttime: number;
}

/** A pool. */
export interface PoolRow {
  readonly poolid: string;
  readonly comment?: string;
}
