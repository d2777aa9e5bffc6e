import type { Json } from '../core/json.ts';
import type { ApiFacts } from '../pve/facts/facts.ts';
import type { GuestConfig } from './guest-config.ts';
import type { StorageType } from './storage/storage-types.ts';

/**
 * What the sandbox's parts know of each other. `state.ts` and `server.ts` implement it; the endpoints under `access/`,
 * `cluster/`, `nodes/` and `storage/` are written against it.
 */
export interface SandboxHost {
  readonly facts: SandboxFacts;
  readonly clock: SandboxClock;
  readonly random: SandboxRandom;
  readonly nodes: ReadonlyMap<string, NodeState>;
  readonly guests: GuestStore;
  readonly volumes: VolumeStore;
  readonly tasks: TaskStore;
  /** `user.cfg`, `storage.cfg`, `datacenter.cfg`, `ha/resources.cfg` as typed values; `save` writes their files. */
  readonly access: AccessState;
  readonly storages: readonly StorageDefinition[];
  readonly datacenter: Record<string, string>;
  readonly ha: Map<string, HaResource>;
  /** The zone of each SDN vnet; absent: there is none. */
  vnets?(): ReadonlyMap<string, string>;
  save(): void;
}

/** The API facts of a version, with what this cluster adds to what parameters may be. */
export interface SandboxFacts extends ApiFacts {
  /** Whether there is a processor model of one's own of that name; absent: there is none. */
  hasCpuModel?(name: string): boolean;
}

/** Wall-clock time and delays of the simulated host. */
export interface SandboxClock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Chance, from a seed: the same seed and the same calls give the same ids and addresses. */
export interface SandboxRandom {
  uuid(): string;
  /** An upper-case MAC address below a prefix such as `BC:24:11`. */
  mac(prefix: string): string;
  integer(below: number): number;
}

export interface NodeState {
  readonly name: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes that the host itself uses. */
  readonly memoryUsed: number;
  online: boolean;
  readonly bridges: readonly string[];
  /** The volume groups and ZFS pools on its disks; absent: none. */
  readonly pools?: readonly string[];
}

export interface StorageDefinition {
  readonly id: string;
  readonly type: StorageType;
  readonly content: readonly string[];
  readonly shared: boolean;
  /** The nodes it is limited to; undefined: all. */
  readonly nodes?: readonly string[];
  readonly path?: string;
  /** The other keys of its section in `storage.cfg`, as they stand there. */
  readonly options: Readonly<Record<string, string>>;
}

/** A guest's place in the cluster. */
export interface GuestEntry {
  readonly vmid: number;
  readonly node: string;
  /** The parsed config file; change it only through `GuestStore.write`. */
  readonly config: GuestConfig;
  /** SHA-1 of the config file's text, as Proxmox VE makes its `digest`. */
  readonly digest: string;
}

/** A container of a loaded cluster: it is not simulated, and keeps its id. */
export interface ContainerEntry {
  readonly vmid: number;
  readonly node: string;
  readonly name: string;
  readonly isTemplate: boolean;
}

export interface GuestStore {
  get(vmid: number): GuestEntry | undefined;
  containers(): readonly ContainerEntry[];
  /** Whether a guest or a container has the id. */
  isTaken(vmid: number): boolean;
  list(node?: string): readonly GuestEntry[];
  /** Writes the config file (and makes it, on `node`, where there is none) and returns the new entry. */
  write(vmid: number, node: string, config: GuestConfig): GuestEntry;
  remove(vmid: number): void;
  /** Gives a guest a copy of another one's firewall, where that has one. */
  copyFirewall(from: number, to: number): void;
  /** Moves the config file, and the running process with it, to another node. */
  move(vmid: number, node: string): GuestEntry;
  /** When the running process started (milliseconds since the epoch); undefined: stopped. */
  startedAt(vmid: number): number | undefined;
  setStartedAt(vmid: number, at: number | undefined): void;
}

export interface Volume {
  /** As in `local-lvm:vm-100-disk-0` or `local:iso/debian-13.iso`. */
  readonly volid: string;
  readonly storage: string;
  /** The node whose local storage holds it; undefined on a shared storage. */
  readonly node?: string;
  readonly content: 'images' | 'iso' | 'vztmpl' | 'backup' | 'snippets' | 'import' | 'rootdir';
  readonly format: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of the disk in an image, where that is not what the file takes. */
  readonly diskSize?: number;
  /** The SHA-256 of a file that was downloaded; files that were there from the start hold no bytes. */
  readonly sha256?: string;
  readonly vmid?: number;
  /** Seconds since the epoch. */
  readonly ctime: number;
  /** Only backups have notes and protection. */
  readonly notes?: string;
  readonly protected?: boolean;
}

export interface VolumeStore {
  find(volid: string, node: string): Volume | undefined;
  list(storage: string, node: string): readonly Volume[];
  /**
   * Allocates `vm-VMID-disk-N` with the lowest free N (or `name`), named as the storage's type names volumes; as a
   * linked clone of the volume `base` where one is given.
   */
  allocate(request: {
    storage: string;
    node: string;
    vmid: number;
    format?: string;
    size: number;
    name?: string;
    base?: string;
  }): Volume;
  /** Gives a volume its name as a base image: `base-VMID-disk-N`. */
  makeBase(volid: string, node: string): Volume;
  /** Gives a volume to another guest, under the lowest free name of that one. */
  reassign(volid: string, node: string, vmid: number): Volume;
  resize(volid: string, node: string, size: number): Volume;
  free(volid: string, node: string): void;
}

/** What a task's worker may do. */
export interface TaskContext {
  readonly upid: string;
  /** Adds a line to the task's log. */
  log(line: string): void;
  /** Adds a warning to the log; the task then ends as `WARNINGS: n`. */
  warn(line: string): void;
}

/**
 * What may become of a worker: it is killed before its work or after it, and does not get to clean up; or its task is
 * forgotten once it has ended, as when the lists of a node are lost.
 */
export type WorkerFate = 'dies-before' | 'dies-after' | 'is-forgotten';

export interface TaskRequest {
  readonly node: string;
  /** As in `qmcreate`. */
  readonly type: string;
  /** Usually the guest's id; may be empty. */
  readonly id: string;
  readonly user: AuthUser;
  /** What the worker does before it takes its time: it checks the guest and takes its lock. What it throws ends the task. */
  begin?(task: TaskContext): void;
  /** What becomes of the worker, where a fault says so. */
  readonly fate?: WorkerFate;
  /** The worker. A thrown error's message becomes the exit status. */
  run(task: TaskContext): void | Promise<void>;
}

export interface TaskRecord {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly tokenid?: string;
  readonly endtime?: number;
  /** Undefined while it runs. */
  readonly exitstatus?: string;
  readonly log: readonly string[];
}

export interface TaskStore {
  /** Starts a worker that waits the configured task time, then runs; returns its UPID at once. */
  start(request: TaskRequest): string;
  get(upid: string): TaskRecord | undefined;
  /** Newest first. */
  list(node?: string): readonly TaskRecord[];
}

/** Who sends a request. */
export interface AuthUser {
  /** `user@realm`, or `user@realm!token`. */
  readonly id: string;
  /** Whether this is the user root@pam itself: a token of root is not. */
  readonly isRoot: boolean;
}

export interface AccessState {
  readonly users: Map<string, { enable: boolean; expire: number; comment?: string }>;
  readonly tokens: Map<string, { secret: string; privsep: boolean; expire: number; comment?: string }>;
  readonly pools: Map<string, { comment: string; vms: Set<number>; storages: Set<string> }>;
  readonly roles: Map<string, readonly string[]>;
  readonly acl: { path: string; type: 'user' | 'group' | 'token'; ugid: string; roleid: string; propagate: boolean }[];
  /** The privileges that a user or token has on a path. */
  privileges(user: AuthUser, path: string): ReadonlySet<string>;
}

export interface HaResource {
  readonly sid: string;
  readonly type: 'vm' | 'ct';
  readonly options: Readonly<Record<string, string>>;
}

/** One request, its parameters checked against the API facts: integers and booleans (1/0) are numbers, the rest text. */
export interface Call {
  readonly host: SandboxHost;
  readonly user: AuthUser;
  readonly params: Readonly<Record<string, string | number | readonly string[]>>;
  /** Throws the 403 that Proxmox VE gives where none of these privileges is held on the path. */
  require(path: string, anyOf: readonly string[]): void;
}

/** One method of one path, in the words of the API: `/nodes/{node}/qemu/{vmid}/config`. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Returns the `data` of the answer; throws `ApiError`. */
  handle(call: Call): Json | Promise<Json>;
}
