import type { Diagnostic } from '../../../core/diagnostic.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { NodeStorage } from '../../../pve/cluster-rows.ts';
import type { LocalVolume, MigrationPrecondition } from '../../../pve/migration.ts';
import type { PlanContext } from '../../kind.ts';
import { storageOf } from '../disks/volumes.ts';
import { storedParts } from '../live.ts';
import { volumesOf } from './obstacles.ts';

/**
 * What can be told of a migration where the token may not ask for that: the volumes that lie on storages of the node alone,
 * by the guest's config (qemu-server: PVE/API2/Qemu.pm, migrate_vm_precondition). Nothing of its devices and of what the
 * nodes lack for them.
 */
export function unreadPrecondition(
  texts: ReadonlyMap<string, string>,
  here: readonly NodeStorage[],
): MigrationPrecondition {
  const isLocal = (storage: string): boolean => here.some((row) => row.storage === storage && !row.shared);
  const localVolumes = [...volumesOf(texts)].flatMap(([key, volid]): readonly LocalVolume[] => {
    const parts = storedParts(key, texts.get(key) ?? '');
    // Whoever attached it says that all nodes have it.
    if (parts?.['shared'] === '1' || !isLocal(storageOf(volid) ?? '')) return [];
    return [{ volid, cdrom: parts?.['media'] === 'cdrom' }];
  });
  return { localVolumes, localDevices: [], fixedDevices: [], refusals: new Map() };
}

/**
 * That nobody could ask what stands in the way of a migration: a note where another token carries the plan out, an error
 * where it is this one that would.
 */
export function unreadMigration(resource: Resource, vmid: number, { cluster, user }: PlanContext): Diagnostic {
  const { range = resource.range } = originOf(resource, '/node');
  const place = { code: 'PERMISSION', range, address: resource.address, pointer: '/node' } as const;
  const path = `/vms/${vmid}`;
  if (cluster.isForAnother) {
    const detail = `What stands in the way of the migration is not checked, beside what the guest’s config and the storages show: that needs VM.Migrate on ${path}.`;
    return { ...place, severity: 'note', summary: 'the migration is not checked', detail };
  }
  const detail = `node needs VM.Migrate on ${path}, which ${user} does not hold. Give it a role with that privilege on /vms.`;
  return { ...place, severity: 'error', summary: 'a privilege is missing', detail };
}
