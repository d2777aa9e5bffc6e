import type { Address } from './address.ts';
import type { Effect } from './effect.ts';
import type { JsonObject } from './json.ts';

/**
 * One write to Proxmox VE. `{vmid}`, `{digest}` and `{uuid}` in path and params are filled in when the step runs, and so
 * is `{volume}` at the beginning of a drive's value: the volume that the drive has by then, which a move has named anew;
 * `{until:4h}` at the end of a mark becomes the moment so long after the step, by the server's clock.
 */
export interface StepRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** The path below `/api2/json`, as in `/nodes/pve1/qemu/{vmid}/config`. */
  readonly path: string;
  readonly params: JsonObject;
  /** The params whose value is `{secret:PATH}`, and is filled in from the document when the step runs. */
  readonly secrets?: readonly string[];
}

/** What a step waits for after its request, and for how long. */
export interface StepAwait {
  readonly for: 'none' | 'task' | 'unlock' | 'power' | 'agent' | 'node';
  /** The node on which the guest has to be, with `for: 'node'`, once its task has ended; what follows happens there. */
  readonly node?: string;
  /** The power state that is waited for, with `for: 'power'`. */
  readonly state?: 'running' | 'stopped';
  /** The network interface on which the agent has to show an address, with `for: 'agent'`; without it, any answer will do. */
  readonly address?: string;
  readonly timeoutMs: number;
}

/** What is allowed by name, beside the effects that always need it. */
export type Permission = 'restart' | 'hard-stop';

/** One action of the plan: usually one API request, and what to wait for after it. Without a request it only waits. */
export interface Step {
  /** As in `vm/web-01#2`; steps of a resource count from 1. */
  readonly id: string;
  readonly resource: Address;
  readonly title: string;
  readonly effect: Effect;
  /** What has to be allowed besides the effect: a restart that the document does not allow itself, a hard stop. */
  readonly needs?: readonly Permission[];
  readonly request?: StepRequest;
  /**
   * What goes by it, whether data is lost or not: volumes and files by their ids, as in `ceph-pool:vm-100-disk-1`, and
   * `snapshot NAME`. Where the step waits for a restart, they go then.
   */
  readonly removes?: readonly string[];
  /** What must be so when the step runs; otherwise the plan is stale. */
  readonly expects?: {
    /** What the guest is doing. */
    readonly power?: 'running' | 'stopped';
    /** The lock that the step itself takes away; any other one is waited for. */
    readonly lock?: 'suspended';
    /** What a guest is made from: its configuration is as it was planned with. */
    readonly source?: { readonly node: string; readonly vmid: number; readonly digest: string };
    /** The volumes that config keys hold, as in `{unused0: 'ceph-pool:vm-100-disk-1'}`: none other is to be destroyed. */
    readonly volumes?: Readonly<Record<string, string>>;
    /** A list, or one object, that is found as planned, but for what the server computes; its digest is `{digest}`. */
    readonly list?: { readonly path: string; readonly rows: readonly Readonly<Record<string, string>>[] };
  };
  /**
   * What it keeps busy while it runs, as in `node:pve1`, `storage:ceph-pool`, `storage:local-lvm@pve1`; how many steps
   * may keep one thing busy at a time is the run's to say. A light step has none.
   */
  readonly loads?: readonly string[];
  readonly await: StepAwait;
  /** What to do where it fails: imperative sentences, best first. */
  readonly hints?: readonly string[];
}
