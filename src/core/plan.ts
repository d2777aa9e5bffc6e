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
  /** Why this node, where the document does not say, as in `most free memory`. */
  readonly nodeReason?: string;
  /** The guest's id; for a guest to be created without a written id, the id that would be taken now. */
  readonly vmid: number;
  /** Whether pvevm chose the id: then it may take another when the id is gone by the time it creates. */
  readonly vmidChosen: boolean;
  /** What tells this guest from another one of the same id: its `smbios1` uuid, or what stands in for it. */
  readonly incarnation: string | null;
  readonly digest: string | null;
  readonly changes: readonly Change[];
  /** Live config keys that the document does not manage. */
  readonly unmanaged: readonly string[];
  readonly steps: readonly Step[];
}

/** The ordered steps of all resources, with the facts they rest on. Plain JSON; the same input gives the same bytes. */
export interface Plan {
  readonly formatVersion: typeof PLAN_FORMAT_VERSION;
  readonly cluster: { readonly name: string | null; readonly version: string };
  readonly stack: string | null;
  readonly resources: readonly ResourcePlan[];
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: PlanSummary;
}

/** The numbers of the summary sentence. */
export interface PlanSummary {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
  /** Changes that take effect only after a restart. */
  readonly restart: number;
}

/** Whether a plan has anything to write. */
export function hasChanges(plan: Plan): boolean {
  return plan.resources.some((resource) => resource.steps.length > 0);
}
