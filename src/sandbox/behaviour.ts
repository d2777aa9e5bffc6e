import type { SandboxHost } from './host.ts';

/**
 * What versions of Proxmox VE do differently; each name says what the newer ones do. 8.4 and 9.2 are measured; 7.4 and
 * 9.1 are taken from the sources where those are clear, else from the nearest version.
 */
export interface Behaviour {
  /** Privileges of the guest agent and of replication; before, `VM.Monitor` stood for the agent's. */
  readonly hasGuestAgentPrivileges: boolean;
  /** Mappings of devices, privileges on them, and a privilege to use a bridge. */
  readonly hasMappings: boolean;
  /** A value without its key (`agent=yes`) may be any word for a boolean; before, only 1 and 0. */
  readonly readsBareBooleans: boolean;
  /** A parameter that another one needs is missed in these words; `X` is that other one. */
  readonly requiredBy: string;
  /** The flags that a guest's CPU may have, in the order in which an error names them. */
  readonly cpuFlags: readonly string[];
  /** Lines of PVE/APIServer/AnyEvent.pm that an error names: of JSON that cannot be read, and of JSON that is no object. */
  readonly jsonErrorLines: readonly [unreadable: number, noObject: number];
  /** The log of a task that is not there is a list; before, the list's one line alone. */
  readonly listsMissingLog: boolean;
  /** A pool's name has to start with a letter (pve-manager: PVE/API2/Pool.pm). */
  readonly poolNamesStartWithLetter: boolean;
  /** HA places resources by rules; groups are refused (pve-ha-manager: PVE/API2/HA/Rules.pm). */
  readonly hasHaRules: boolean;
  /** HA status tells of fencing and failback (pve-ha-manager: PVE/API2/HA/Status.pm). */
  readonly haStatusShowsFencing: boolean;
  /** The zones of a node are resources of type `network`, before of type `sdn` (PVE/API2/Cluster.pm). */
  readonly zonesAreNetworks: boolean;
  /** Tags of a new guest are checked, lower-cased, sorted and without duplicates; before, they are stored as sent. */
  readonly normalisesTagsOnCreate: boolean;
  /** A NIC may be without a bridge. */
  readonly allowsNicWithoutBridge: boolean;
  /** The disks of a migration's precondition say whether they hold cloud-init data. */
  readonly tellsCloudInitDisks: boolean;
  /** A migration can carry the state of connections. */
  readonly hasConnectionState: boolean;
  /** The precondition of a migration tells of mapped devices in detail. */
  readonly tellsMappedResources: boolean;
  /** A guest's row and status tell what memory it takes of its host (pve-manager: PVE/API2Tools.pm). */
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

const CPU_FLAGS_8 = 'pcid spec-ctrl ibpb ssbd virt-ssbd amd-ssbd amd-no-ssb pdpe1gb md-clear hv-tlbflush hv-evmcs aes';

const PVE_7_4: Behaviour = {
  ...{ hasGuestAgentPrivileges: false, hasMappings: false, readsBareBooleans: false, listsMissingLog: false },
  requiredBy: "missing property - 'X' requires this property",
  ...{ cpuFlags: CPU_FLAGS_8.split(' '), jsonErrorLines: [917, 957] },
  ...{ poolNamesStartWithLetter: false, hasHaRules: false, haStatusShowsFencing: false, zonesAreNetworks: false },
  ...{ normalisesTagsOnCreate: false, allowsNicWithoutBridge: false, checksPowerOnCreate: false, resizesInTask: false },
  ...{ tellsCloudInitDisks: false, hasConnectionState: false, tellsMappedResources: false, tellsHostMemory: false },
  ...{ logsVolumeSteps: false, preallocatesLinkedClones: false, pathRefusalLine: 581, macPrefix: '' },
  ...{ qemu: '7.2.0', runningMachine: '7.2+pve0', pinnedMachine: '7.2' },
};

const PVE_8_4: Behaviour = {
  ...PVE_7_4,
  ...{ hasMappings: true, resizesInTask: true, tellsMappedResources: true, macPrefix: 'BC:24:11' },
  ...{ qemu: '9.2.0', runningMachine: '9.2+pve1', pinnedMachine: '9.2+pve1' },
};

const PVE_9_1: Behaviour = {
  ...PVE_8_4,
  ...{ hasGuestAgentPrivileges: true, readsBareBooleans: true, listsMissingLog: true, jsonErrorLines: [934, 978] },
  requiredBy: "missing property required by 'X'",
  ...{ poolNamesStartWithLetter: true, hasHaRules: true, haStatusShowsFencing: true, zonesAreNetworks: true },
  ...{ allowsNicWithoutBridge: true, tellsCloudInitDisks: true, hasConnectionState: true, tellsHostMemory: true },
  ...{ logsVolumeSteps: true, preallocatesLinkedClones: true, pathRefusalLine: 651 },
  ...{ qemu: '10.1.2', runningMachine: '10.1+pve0', pinnedMachine: '10.1+pve0' },
};

const PVE_9_2: Behaviour = {
  ...PVE_9_1,
  cpuFlags: [...CPU_FLAGS_8.split(' '), 'nested-virt'].sort(),
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
