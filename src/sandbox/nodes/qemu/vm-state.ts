import type { Volume } from '../../host.ts';
import { allocateVolume } from './allocate-volume.ts';
import { storageOf } from './drive.ts';
import type { GuestScope } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { runningMachine } from './machine.ts';
import { memoryOf } from './memory.ts';
import { isFileStorage, storageNamed } from './storage-access.ts';

const MIB = 1024 * 1024;
/** MiB that the state of the devices may take beside twice the memory (qemu-server: PVE/QemuConfig.pm). */
const DEVICES = 500;

/**
 * Saves the memory of a running guest to a volume of its own and returns the keys that name it in the config: `vmstate`,
 * `runningmachine` and `runningcpu` (qemu-server: PVE/QemuConfig.pm, __snapshot_save_vmstate).
 */
export function saveState(
  scope: GuestScope,
  config: ReadonlyMap<string, string>,
  suffix: string,
  storageId?: string,
): ReadonlyMap<string, string> {
  const storage = storageNamed(scope.host, storageId ?? stateStorage(scope, config));
  const name = `vm-${scope.vmid}-state-${suffix}${isFileStorage(storage) ? '.raw' : ''}`;
  const size = (memoryOf(config.get('memory')) * 2 + DEVICES) * MIB;
  scope.log(`saving VM state and RAM using storage '${storage.id}'`);
  const volume: Volume = allocateVolume(scope, storage, { format: 'raw', size, name });
  return new Map([
    ['vmstate', volume.volid],
    ['runningmachine', runningMachine(scope.host, config.get('machine'))],
    ['runningcpu', runningCpu(config.get('cpu'))],
  ]);
}

/** The storage for the state: the one that is asked for, else one of the guest's own disks, shared and of files first. */
function stateStorage(scope: GuestScope, config: ReadonlyMap<string, string>): string {
  const asked = config.get('vmstatestorage');
  if (asked !== undefined) return asked;
  const used = disksOf(scope.host.facts, config).flatMap(({ drive }) => {
    const id = storageOf(drive.file);
    return id === undefined ? [] : [storageNamed(scope.host, id)];
  });
  const rank = (isShared: boolean): string | undefined => {
    const candidates = used.filter(({ shared }) => shared === isShared);
    return (candidates.findLast((storage) => isFileStorage(storage)) ?? candidates[0])?.id;
  };
  return rank(true) ?? rank(false) ?? 'local';
}

/** The processor as a running guest's command line has it (qemu-server: PVE/QemuServer/CPUConfig.pm). */
function runningCpu(cpu: string | undefined): string {
  const type = (cpu ?? 'kvm64').split(',')[0]?.replace(/^cputype=/, '') ?? 'kvm64';
  if (type === 'host' || type === 'max') return `${type},+kvm_pv_eoi,+kvm_pv_unhalt`;
  const flags = type === 'kvm64' ? ',+lahf_lm,+sep' : '';
  return `${type},enforce,+kvm_pv_eoi,+kvm_pv_unhalt${flags}`;
}
