import type { SandboxHost } from '../../host.ts';

/**
 * What versions of Proxmox VE do differently with QEMU guests; each name says what the newer ones do. 8.4 and 9.2 are
 * measured; 7.4 and 9.1 are taken from the sources where those are clear, else from the nearest version.
 */
export interface Behaviour {
  /** Tags of a new guest are lower-cased, sorted and without duplicates; before, they are stored as sent. */
  readonly normalisesTagsOnCreate: boolean;
  /** A NIC may be without a bridge. */
  readonly allowsNicWithoutBridge: boolean;
  /** The disks of a migration's precondition say whether they hold cloud-init data. */
  readonly tellsCloudInitDisks: boolean;
  /** A migration can carry the state of connections. */
  readonly hasConnectionState: boolean;
  /** The precondition of a migration tells of mapped devices in detail. */
  readonly tellsMappedResources: boolean;
  /** The status has the memory that the process takes on the host. */
  readonly tellsHostMemory: boolean;
  /** Starting a guest together with its creation needs the privilege to do so. */
  readonly checksPowerOnCreate: boolean;
  /** A disk is resized in a task; before, the answer comes when it is done. */
  readonly resizesInTask: boolean;
  /** What generated MAC addresses begin with where the datacenter does not say; empty: nothing in particular. */
  readonly macPrefix: string;
  /** The line of PVE/Storage.pm that refuses paths to anyone but root. */
  readonly pathRefusalLine: number;
  /** The version of QEMU. */
  readonly qemu: string;
  /** The machine version that a guest without a pinned one runs with. */
  readonly runningMachine: string;
  /** The newest machine version, which guests with Windows are pinned to. */
  readonly pinnedMachine: string;
  /** Tasks that copy or move volumes log each step. */
  readonly logsVolumeSteps: boolean;
  /** Linked clones as files have their metadata from the beginning, in larger clusters. */
  readonly preallocatesLinkedClones: boolean;
}

const PVE_7_4: Behaviour = {
  ...{ normalisesTagsOnCreate: false, allowsNicWithoutBridge: false, checksPowerOnCreate: false, resizesInTask: false },
  ...{ tellsCloudInitDisks: false, hasConnectionState: false, tellsMappedResources: false, tellsHostMemory: false },
  ...{ logsVolumeSteps: false, preallocatesLinkedClones: false, pathRefusalLine: 581, macPrefix: '' },
  ...{ qemu: '7.2.0', runningMachine: '7.2+pve0', pinnedMachine: '7.2' },
};

const PVE_8_4: Behaviour = {
  ...PVE_7_4,
  ...{ resizesInTask: true, tellsMappedResources: true, macPrefix: 'BC:24:11' },
  ...{ qemu: '9.2.0', runningMachine: '9.2+pve1', pinnedMachine: '9.2+pve1' },
};

const PVE_9_1: Behaviour = {
  ...PVE_8_4,
  ...{ allowsNicWithoutBridge: true, tellsCloudInitDisks: true, hasConnectionState: true, tellsHostMemory: true },
  ...{ logsVolumeSteps: true, preallocatesLinkedClones: true, pathRefusalLine: 651 },
  ...{ qemu: '10.1.2', runningMachine: '10.1+pve0', pinnedMachine: '10.1+pve0' },
};

const PVE_9_2: Behaviour = {
  ...PVE_9_1,
  ...{ normalisesTagsOnCreate: true, checksPowerOnCreate: true },
  ...{ qemu: '11.0.0', runningMachine: '11.0+pve0', pinnedMachine: '11.0+pve2' },
};

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  ...{ '7.4': PVE_7_4, '8.4': PVE_8_4, '9.1': PVE_9_1, '9.2': PVE_9_2 },
};

/** What the version does that the sandbox is; a version that is not known is taken for the newest. */
export function behaviourOf(host: Pick<SandboxHost, 'facts'>): Behaviour {
  return BEHAVIOURS[host.facts.version] ?? PVE_9_2;
}
