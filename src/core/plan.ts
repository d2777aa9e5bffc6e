import type { Address } from './address.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Effect } from './effect.ts';
import type { Json } from './json.ts';
import type { Step } from './step.ts';

/** The version of the plan's JSON form; its first number changes when a reader of it could break. */
export const PLAN_FORMAT_VERSION = '1.0';

/** One managed key whose desired value differs from its live value. */
export interface Change {
  /** Where the value stands in the spec, as in `disks.scsi0.size`. */
  readonly path: string;
  /** The config key it becomes, as in `scsi0`. */
  readonly key: string;
  /** The live value in the words of the spec; null where there is none. */
  readonly before: Json;
  /** The desired value in the words of the spec; null where it is to be removed. */
  readonly after: Json;
  readonly effect: Effect;
  /** `change` is written; `pending` is written already and waits for a restart; `drift` cannot be written. */
  readonly state: 'change' | 'pending' | 'drift';
  /** As in `web.yaml:7:10`, `pvevm.yaml:5:20`, `built-in default`. */
  readonly origin: string;
  /**
   * With which deed of this plan a change that a running guest does not take becomes effective: a restart, or the
   * shutdown of a guest that is to stay stopped. Absent where it goes on waiting once the plan is done.
   */
  readonly appliedBy?: 'restart' | 'stop';
  /** Whether it only takes back what is pending, so that the object stays as it runs now. */
  readonly withdraws?: true;
  /** What a reader should know beside the effect, as in `pending until restart (hotplug: disk, network, usb)`. */
  readonly note?: string;
}

/** What is to be done with one resource. */
export type Action = 'create' | 'update' | 'delete' | 'none';

/** The plan for one resource. */
export interface ResourcePlan {
  readonly address: Address;
  readonly action: Action;
  /** Where the document stands; `file` is relative to the folder the command ran in. */
  readonly source: { readonly file: string; readonly line: number };
  readonly node: string;
  /** What it is made from, where that is another guest, as in `clone of tpl-debian (9000), linked`. */
  readonly from?: string;
  /** Why this node, where the document does not say, as in `most free memory`. */
  readonly nodeReason?: string;
  /**
   * The guest's id; for a guest to be created without a written id, the id that would be taken now. Null for what is no
   * guest.
   */
  readonly vmid: number | null;
  /** Whether pvevm chose the id: then it may take another when the id is gone by the time it creates. */
  readonly vmidChosen: boolean;
  /** What an object that is no guest is known by: the volume id of an image. */
  readonly identity?: string;
  /** Why it is done, where no document asks for it, as in `in no document of stack lab`. */
  readonly reason?: string;
  /** The resources that have to be done before this one; a resource comes after all of them in a plan. */
  readonly dependsOn: readonly Address[];
  /** What tells this guest from another one of the same id: its `smbios1` uuid, or what stands in for it. */
  readonly incarnation: string | null;
  readonly digest: string | null;
  readonly changes: readonly Change[];
  /** Live config keys that the document does not manage. */
  readonly unmanaged: readonly string[];
  readonly steps: readonly Step[];
}

/** The plan for a guest. */
export interface GuestPlan extends ResourcePlan {
  readonly vmid: number;
}

/** Whether a plan is that of a guest. */
export function isGuestPlan(plan: ResourcePlan): plan is GuestPlan {
  return plan.vmid !== null;
}

/** The cluster that a plan was made for. */
export interface PlanCluster {
  readonly name: string | null;
  readonly version: string;
  /** In a saved plan: SHA-256 of the cluster's own certificate authority. */
  readonly authority?: string;
  /** In a saved plan, where the authority cannot be read: the nodes, with the fingerprints of their certificates. */
  readonly nodes?: readonly { readonly name: string; readonly fingerprint?: string }[];
}

/** A file that a plan was made from, relative to the folder in which that was, and what it came to. */
export interface PlanSource {
  readonly file: string;
  readonly sha256: string;
  /** Whether only the plan's own resources count in it: `--only` has left others out. */
  readonly partial?: true;
}

/** The ordered steps of all resources, with the facts they rest on. Plain JSON; the same input gives the same bytes. */
export interface Plan {
  readonly formatVersion: typeof PLAN_FORMAT_VERSION;
  readonly cluster: PlanCluster;
  readonly stack: string | null;
  /** In a saved plan: the files of its documents, each with a SHA-256 of what they come to, without secrets. */
  readonly sources?: readonly PlanSource[];
  /** In a saved plan: a SHA-256 of all else in it, by which it shows when somebody has edited it. */
  readonly sha256?: string;
  /** In a saved plan: where the parts of new devices come from, by address and path: changes say it of whole ones. */
  readonly origins?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly resources: readonly ResourcePlan[];
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: PlanSummary;
}

/** The numbers of the summary sentence. */
export interface PlanSummary {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
  /** Changes that take effect only after a restart, and that this plan does not apply itself. */
  readonly restart: number;
}

/** Whether a plan has anything to write. */
export function hasChanges(plan: Plan): boolean {
  return plan.resources.some((resource) => resource.steps.length > 0);
}
