import { isObject } from '../core/json.ts';
import { type Row, rowOf, rowsOf } from './decode.ts';

/** A volume of a guest on a storage that is not shared. */
export interface LocalVolume {
  readonly volid: string;
  readonly cdrom: boolean;
}

/** What Proxmox VE says, before a migration, of where a guest can go (qemu-server: PVE/API2/Qemu.pm, migrate_vm_precondition). */
export interface MigrationPrecondition {
  readonly localVolumes: readonly LocalVolume[];
  /** The config keys of devices that are the node's own, as in `hostpci0`. */
  readonly localDevices: readonly string[];
  /** The config keys of mapped devices that a running guest cannot take along; none before 8.0, which has no mappings. */
  readonly fixedDevices: readonly string[];
  /** Why it cannot go to a node, by node: what is missing there, as in `storage local-zfs`. */
  readonly refusals: ReadonlyMap<string, readonly string[]>;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function refusalsOf(value: unknown): ReadonlyMap<string, readonly string[]> {
  if (!isObject(value)) return new Map();
  return new Map(
    Object.entries(value).map(([node, reasons]) => {
      const said: Readonly<Record<string, unknown>> = isObject(reasons) ? reasons : {};
      const blocking = Array.isArray(said['blocking-ha-resources']) ? said['blocking-ha-resources'] : [];
      return [
        node,
        [
          ...textsOf(said['unavailable_storages']).map((storage) => `storage ${storage}`),
          ...textsOf(said['unavailable-resources']).map((device) => `mapped device ${device}`),
          ...blocking.map((row: unknown) => {
            const { sid, cause } = isObject(row) ? row : {};
            return `HA resource ${String(sid)} (${String(cause)})`;
          }),
        ],
      ] as const;
    }),
  );
}

function fixedDevicesOf(row: Row): readonly string[] {
  const info = row.raw('mapped-resource-info');
  // Before 8.4 no mapped device could move with a running guest.
  if (!isObject(info) || Object.keys(info).length === 0) return textsOf(row.raw('mapped-resources'));
  return Object.entries(info)
    .filter(([, device]) => !isObject(device) || Number(device['live-migration'] ?? 0) !== 1)
    .map(([key]) => key);
}

/** Decodes `GET …/migrate`. Before 9.x, refusals are told of a stopped guest only. */
export function decodePrecondition(path: string, data: unknown): MigrationPrecondition {
  const row = rowOf(path, data);
  return {
    localVolumes: rowsOf(path, row.raw('local_disks') ?? []).map((disk) => ({
      volid: disk.text('volid'),
      cdrom: disk.flag('cdrom'),
    })),
    localDevices: textsOf(row.raw('local_resources')),
    fixedDevices: fixedDevicesOf(row),
    refusals: refusalsOf(row.raw('not_allowed_nodes')),
  };
}
