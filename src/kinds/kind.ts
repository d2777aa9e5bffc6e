import type { Address } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Field } from '../core/field.ts';
import type { Json } from '../core/json.ts';
import type { Change, ResourcePlan } from '../core/plan.ts';
import type { Project, Resource } from '../core/resource.ts';
import type { Step } from '../core/step.ts';
import type { ClusterView } from '../pve/cluster.ts';

/** What planning knows besides the documents. It can only read: nothing here can change a cluster. */
export interface PlanContext {
  readonly cluster: ClusterView;
  readonly project: Project;
  /** Who reads: `user@realm!token`. */
  readonly user: string;
  /** Whose guests may be adopted: nobody's (`false`), those that no stack owns (`true`), or that stack's too. */
  readonly adopt: boolean | string;
  readonly clock: Clock;
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
}

/** What a kind found of a resource, and what it makes of it. */
export interface Observation
  extends Pick<ResourcePlan, 'node' | 'nodeReason' | 'vmid' | 'vmidChosen' | 'incarnation' | 'digest' | 'unmanaged'> {
  /** Undefined where the object does not exist yet. */
  readonly live: LiveState | undefined;
  /** Somebody else's object: it may be reported, and changed only where it is adopted. */
  readonly foreign: boolean;
  readonly desired: readonly ManagedValue[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What `destroy` does with a resource. */
export interface Removal extends Pick<ResourcePlan, 'node' | 'vmid' | 'incarnation' | 'digest' | 'changes' | 'steps'> {
  readonly diagnostics: readonly Diagnostic[];
}

/** Everything pvevm needs to know about one kind of Proxmox VE object. */
export interface Kind {
  readonly name: string;
  /** What the schema cannot say: rules between fields. Needs no cluster. */
  check(resource: Resource): readonly Diagnostic[];
  /** Takes a config value apart by sub-keys; undefined for a key that is no property string. */
  decode(key: string, text: string): Readonly<Record<string, string>> | undefined;
  /**
   * Finds the live objects of all documents of this kind, decides identity, node and id, and projects the documents
   * onto config keys. Reads only. What only the cluster can tell comes back as diagnostics.
   */
  observe(resources: readonly Resource[], context: PlanContext): Promise<ReadonlyMap<Address, Observation>>;
  /** What stands in the way of changes, as errors: a storage that does not exist, a disk that would shrink. */
  review(
    resource: Resource,
    observation: Observation,
    changes: readonly Change[],
    context: PlanContext,
  ): Promise<readonly Diagnostic[]>;
  /** The steps of a new object. */
  create(resource: Resource, observation: Observation, context: PlanContext): Promise<readonly Step[]>;
  /** The steps that bring a live object to its state. */
  update(resource: Resource, observation: Observation, changes: readonly Change[]): readonly Step[];
  /** Finds what `destroy` would remove: owned objects only. A document without an object has no removal. */
  observeRemoval(resources: readonly Resource[], context: PlanContext): Promise<ReadonlyMap<Address, Removal>>;
}
