import type { Address } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Field } from '../core/field.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Change, ResourcePlan } from '../core/plan.ts';
import type { Project, Resource } from '../core/resource.ts';
import type { Step } from '../core/step.ts';
import type { ClusterView } from '../pve/cluster.ts';
import type { PveReader } from '../pve/reader.ts';
import type { Exported, ExportRequest } from './exported.ts';
import type { KindPrivileges } from './kind-privileges.ts';
import type { SpaceLedger } from './space-ledger.ts';

/** What planning knows besides the documents. It can only read: nothing here can change a cluster. */
export interface PlanContext {
  readonly cluster: ClusterView;
  /** All resources of the run, of every kind. */
  readonly resources: readonly Resource[];
  readonly project: Project;
  /** Who reads: `user@realm!token`. */
  readonly user: string;
  /** Whose guests may be adopted: nobody's (`false`), those that no stack owns (`true`), or that stack's too. */
  readonly adopt: boolean | string;
  /** Whether secrets that are set already are set again. */
  readonly rotateSecrets: boolean;
  /** Whether the ends of ephemeral guests are moved. */
  readonly renew?: boolean;
  /** What the user allowed for all documents: effects, and `hard-stop`. */
  readonly allow: ReadonlySet<string>;
  readonly clock: Clock;
  /** Told, each time anew, what planning waits for, as in `guest 104, which is being cloned`. */
  readonly onWaiting?: (waitingFor: string) => void;
  /** What the resources planned so far take of the storages. */
  readonly space: SpaceLedger;
}

/** One value that a document manages, in canonical form (`src/pve/codecs/`). `undefined` is absence. */
export interface ManagedValue {
  /** In the words of the spec: `network.net0.vlan`. */
  readonly path: string;
  /** The config key, or a name of the kind's own for what is no config key (`status`, `pool`). */
  readonly key: string;
  readonly sub?: string;
  readonly field: Field;
  readonly value: Json | undefined;
  readonly origin: string;
  /** Whether the built-in defaults give it, and nobody wrote it. */
  readonly builtIn: boolean;
  /** Whether its removal destroys data. */
  readonly losesData?: true;
  /** Whether the object has to be moved to another node for it. */
  readonly migrates?: true;
}

/** The live state of a resource by config key, in Proxmox VE's own text. */
export interface LiveState {
  /** What runs now. */
  readonly current: ReadonlyMap<string, string>;
  /** What will run after the next full start. */
  readonly pending: ReadonlyMap<string, string>;
  readonly running: boolean;
  /** The features that its `hotplug` holds: the effects of changes follow from them. */
  readonly hotplug: ReadonlySet<string>;
  /** How the plan takes it down, once that is known; absent where it runs on. */
  readonly downtime?: Downtime;
}

/** How a plan takes a running guest down. */
export interface Downtime {
  /** Whether it comes back by the same plan. */
  readonly by: 'restart' | 'stop';
  /** Whether it is down before the changes are written, which a running guest refuses; otherwise afterwards. */
  readonly around: boolean;
}

/** What a kind found of a resource, and what it makes of it. */
export interface ObjectObservation
  extends Pick<ResourcePlan, 'node' | 'nodeReason' | 'from' | 'identity' | 'incarnation' | 'digest' | 'unmanaged'> {
  /** Undefined where the object does not exist yet; where `madeBy` is given, what it will be once that was done. */
  readonly live: LiveState | undefined;
  /** Somebody else's object: it may be reported, and changed only where it is adopted. */
  readonly foreign: boolean;
  readonly desired: readonly ManagedValue[];
  readonly diagnostics: readonly Diagnostic[];
  /** Resources of any kind that have to be done first. Those that the run does not have are left out of the plan. */
  readonly dependsOn?: readonly Address[];
  /** The step that makes it of another object; what the document changes of that is compared and written after it. */
  readonly madeBy?: Omit<Step, 'id' | 'resource'>;
  /** Resources that no document describes and this one asks for: those of one address are one resource. */
  readonly implied?: readonly Resource[];
}

/** What a kind of guests found of a resource. */
export interface Observation extends ObjectObservation {
  readonly vmid: number;
  readonly vmidChosen: boolean;
  /** The node that it is brought to first, and what the call for that says besides; everything else is done there. */
  readonly movesTo?: { readonly node: string; readonly params: JsonObject };
  /** What the steps rest on besides, in the kind's own words: plain JSON. */
  readonly facts?: Readonly<Record<string, Json>>;
}

/** An address that the agent in a guest shows. */
export interface GuestAddress {
  readonly address: string;
  /** The interface's name in the guest, as in `ens18`. */
  readonly interface: string;
  /** The network device of the guest that it belongs to, as in `net0`; null for one that the guest has made itself. */
  readonly device: string | null;
}

/** What `status` says of an object that is there, as far as its kind can tell. */
export interface ObjectStatus {
  /** As in `running`, `stopped`, `paused`; `present` for what does not run. */
  readonly state: string;
  /** Whose it is: pvevm's own, nobody's whom pvevm knows, or another stack's. */
  readonly owner: 'own' | 'foreign' | 'other-stack';
  /** The other stack; null for what is owned without one. */
  readonly stack?: string | null;
  /** What HA says of it. */
  readonly ha?: string;
  readonly lock?: string;
  /** Seconds since it was started. */
  readonly uptime?: number;
  /** When its time is over, as in `2026-08-01T12:00Z`; absent for what stays. */
  readonly until?: string;
  /** How long that is from now by the server's clock; less than 0 where it is over. */
  readonly secondsLeft?: number;
  /** Bytes. */
  readonly size?: number;
  /** Whether its agent answers; absent where it is off, or not asked. */
  readonly agent?: 'answers' | 'silent' | 'refused';
  readonly addresses?: readonly GuestAddress[];
  /** What a reader should know; what several objects share is shown once. */
  readonly notes?: readonly Diagnostic[];
}

/** What `status` knows besides: it also asks what a plan does not rest on. */
export interface StatusContext extends PlanContext {
  readonly pve: PveReader;
}

/** What `destroy` does with a resource. */
export interface Removal
  extends Pick<ResourcePlan, 'node' | 'vmid' | 'identity' | 'incarnation' | 'digest' | 'changes' | 'steps'> {
  readonly diagnostics: readonly Diagnostic[];
  /** The resources that have to be gone before this one. */
  readonly dependsOn?: readonly Address[];
}

/** An object that the project's stack owns and no document describes. */
export interface Unclaimed {
  /** As far as its removal needs it; it stands in the project file, for want of a document. */
  readonly resource: Resource;
  /** As in `guest 107 on pve1`. */
  readonly place: string;
  /** What its removal would destroy, as in `scsi0: ceph-pool:vm-107-disk-0, 32G`. */
  readonly loses: readonly string[];
}

/** What looking for objects that no document describes came to; where it has errors, nothing may be removed. */
export interface FoundUnclaimed {
  readonly unclaimed: readonly Unclaimed[];
  readonly diagnostics: readonly Diagnostic[];
}

/** An object that the stack owns and whose time is over; no document is known of it. */
export interface Expired extends Unclaimed {
  /** When that was, as in `2026-08-01T12:00Z`. */
  readonly until: string;
  /** Of the state in which it was found so. */
  readonly digest: string;
}

/** What looking for objects whose time is over came to. */
export interface FoundExpired {
  readonly expired: readonly Expired[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Everything pvevm needs to know about one kind of Proxmox VE object. */
export interface Kind<Seen extends ObjectObservation = ObjectObservation> {
  readonly name: string;
  /** What plan and apply need for its objects. */
  readonly privileges: KindPrivileges;
  /** What the schema cannot say: rules between fields. Needs no cluster. */
  check(resource: Resource): readonly Diagnostic[];
  /** Takes a config value apart by sub-keys; undefined for a key that is no property string. */
  decode(key: string, text: string): Readonly<Record<string, string>> | undefined;
  /**
   * Finds the live objects of all documents of this kind, decides identity, node and id, and projects the documents onto
   * config keys. Reads only; what only the cluster can tell is diagnostics. `onObserved` is told early of what is final.
   */
  observe(
    resources: readonly Resource[],
    context: PlanContext,
    onObserved?: (resource: Resource, observation: Seen) => void,
  ): Promise<ReadonlyMap<Address, Seen>>;
  /** Begins the reads that `review` will surely ask of an object, so that those of several run side by side. Called before it, in any order. */
  beginReview?(resource: Resource, observation: Seen, changes: readonly Change[], context: PlanContext): void;
  /** What stands in the way of changes, as errors: a storage that does not exist, a disk that would shrink. */
  review(
    resource: Resource,
    observation: Seen,
    changes: readonly Change[],
    context: PlanContext,
  ): Promise<readonly Diagnostic[]>;
  /** The steps of a new object; `changes` are those of what another object made it (`madeBy`). */
  create(
    resource: Resource,
    observation: Seen,
    context: PlanContext,
    changes: readonly Change[],
  ): Promise<readonly Step[]>;
  /** The steps that bring a live object to its state. */
  update(
    resource: Resource,
    observation: Seen,
    changes: readonly Change[],
    context: PlanContext,
  ): readonly Step[] | Promise<readonly Step[]>;
  /**
   * The changes with the effects that they have in their plan, where a deed of it (a restart, a shutdown, a conversion)
   * makes another of them; `compareWith` compares again, against a live state with such a deed. Without it they are as
   * the comparison says.
   */
  settleEffects?(
    resource: Resource,
    observation: Seen,
    planned: { readonly changes: readonly Change[]; readonly steps: readonly Step[] },
    context: PlanContext,
    compareWith: (live: LiveState) => readonly Change[],
  ): readonly Change[];
  /** What a live object is doing. Reads only; without it, all there is to say is that the object is there. */
  status?(resource: Resource, observation: Seen, context: StatusContext): Promise<ObjectStatus>;
  /** Finds what `destroy` would remove: owned objects only. A document without an object has no removal. */
  observeRemoval(resources: readonly Resource[], context: PlanContext): Promise<ReadonlyMap<Address, Removal>>;
  /**
   * Finds the objects that the stack owns and no document describes; absent in kinds whose objects carry no mark.
   * `planned` is what the documents of this kind came to. `removing`: they are to be removed, so that what is uncertain
   * is an error; otherwise they are only told of, and nothing is.
   */
  findUnclaimed?(planned: readonly ResourcePlan[], context: PlanContext, removing: boolean): Promise<FoundUnclaimed>;
  /** Finds the objects of the stack whose time is over at a moment, in milliseconds since the epoch; absent where objects have no end. */
  findExpired?(now: number, context: PlanContext): Promise<FoundExpired>;
  /** The live objects that are asked for, as documents; absent where the server does not keep what a document says. */
  exportLive?(request: ExportRequest, context: PlanContext): Promise<Exported>;
}
