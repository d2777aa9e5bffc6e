import { describe, expect, it } from 'vitest';
import { PvevmError } from '../../../../src/core/error.ts';
import { volumeUsers } from '../../../../src/kinds/vm/removal/volume-users.ts';
import type { ClusterView } from '../../../../src/pve/cluster.ts';
import type { GuestRow, PendingItem, StorageRow } from '../../../../src/pve/cluster-rows.ts';

const VOLUME = 'ceph:vm-101-disk-1';
const LOCAL = 'local-lvm:vm-101-disk-0';
const OWNER = { node: 'pve1', vmid: 101 };

const guest = (vmid: number, node: string, type: GuestRow['type'] = 'qemu'): GuestRow => ({
  ...{ vmid, node, type, name: `g${vmid}`, status: 'running', tags: [], template: false },
});
const storage = (name: string, node: string, shared: boolean): StorageRow => ({
  ...{ storage: name, node, shared, content: ['images'], status: 'available', maxdisk: 0, disk: 0, plugintype: 'x' },
});

type Config = Readonly<Record<string, PendingItem>>;

/** A cluster of three nodes, of which `ceph` is on two; a configuration that is an error cannot be read. */
function clusterWith(
  guests: readonly (readonly [GuestRow, Config | PvevmError])[],
  {
    storages = [
      ...[storage('ceph', 'pve1', true), storage('ceph', 'pve2', true)],
      ...['pve1', 'pve2', 'pve3'].map((node) => storage('local-lvm', node, false)),
    ],
    offline = '',
  }: { readonly storages?: readonly StorageRow[]; readonly offline?: string } = {},
) {
  const read: number[] = [];
  const configOf = (vmid: number): Config => {
    read.push(vmid);
    const config = guests.find(([row]) => row.vmid === vmid)?.[1];
    if (config === undefined || config instanceof Error) throw config ?? new Error('it is not there');
    return config;
  };
  const nodes = ['pve1', 'pve2', 'pve3'].map((node) => ({
    ...{ node, online: node !== offline, maxmem: 0, mem: 0, maxcpu: 1 },
  }));
  const view: Partial<ClusterView> = {
    resources: async () => ({ guests: guests.map(([row]) => row), nodes, storages }),
    pending: async (_node, vmid) => ({ digest: '', items: new Map(Object.entries(configOf(vmid))) }),
    texts: async (_path, values) => ({
      digest: '',
      rows: [
        Object.fromEntries(
          Object.entries(configOf(Number(values?.['vmid']))).map(([key, { value }]) => [key, String(value)]),
        ),
      ],
    }),
  };
  return { cluster: view as ClusterView, read };
}

const placesOf = async (cluster: ClusterView, volumes: readonly string[] = [VOLUME]): Promise<readonly string[]> =>
  (await volumeUsers(volumes, OWNER, cluster)).users.map(
    ({ guest: { vmid }, key, volume }) => `${vmid} ${key} ${volume}`,
  );

describe('R-5: another guest has a volume', () => {
  it('that it runs with, though another one waits in its place, and one that waits itself', async () => {
    const { cluster } = clusterWith([
      [guest(300, 'pve1'), { sata4: { value: `${VOLUME},size=1G`, pending: 'ceph:vm-300-disk-0' } }],
      [guest(301, 'pve2'), { sata4: { value: 'ceph:vm-301-disk-0', pending: VOLUME } }],
      [guest(302, 'pve2'), { scsi3: { value: VOLUME, delete: 1 } }],
      [guest(303, 'pve2'), { scsi3: { pending: `${VOLUME},discard=on` } }],
    ]);
    expect(await placesOf(cluster)).toEqual([
      ...[`300 sata4 ${VOLUME}`, `301 sata4 ${VOLUME}`, `302 scsi3 ${VOLUME}`, `303 scsi3 ${VOLUME}`],
    ]);
  });

  it.each(['scsi0', 'ide2', 'virtio15', 'efidisk0', 'tpmstate0', 'unused7'])('as %s', async (key) => {
    const { cluster } = clusterWith([[guest(300, 'pve1'), { [key]: { value: VOLUME } }]]);
    expect(await placesOf(cluster)).toEqual([`300 ${key} ${VOLUME}`]);
  });

  it('as a volume of a container, whichever way it is written', async () => {
    const { cluster } = clusterWith([
      [guest(300, 'pve1', 'lxc'), { rootfs: { value: `${VOLUME},size=4G` } }],
      [guest(301, 'pve1', 'lxc'), { mp0: { value: `volume=${VOLUME},mp=/data` } }],
      [guest(302, 'pve1', 'lxc'), { unused3: { value: VOLUME } }],
      [guest(303, 'pve1', 'lxc'), { description: { value: VOLUME }, net0: { value: VOLUME } }],
    ]);
    expect(await placesOf(cluster)).toEqual([`300 rootfs ${VOLUME}`, `301 mp0 ${VOLUME}`, `302 unused3 ${VOLUME}`]);
  });

  it('wherever it is among many guests, and several volumes', async () => {
    const many = Array.from({ length: 40 }, (_, index) => [guest(300 + index, 'pve2'), {}] as const);
    const { cluster } = clusterWith([
      ...many,
      [guest(400, 'pve2'), { scsi0: { value: VOLUME } }],
      [guest(401, 'pve1'), { scsi0: { value: LOCAL } }],
      [guest(101, 'pve1'), { scsi0: { value: LOCAL }, scsi1: { value: VOLUME } }],
    ]);
    expect(await placesOf(cluster, [LOCAL, VOLUME])).toEqual([`400 scsi0 ${VOLUME}`, `401 scsi0 ${LOCAL}`]);
  });

  it('that lies on a storage which the token does not see: it may be on any node', async () => {
    const other: readonly [GuestRow, Config] = [guest(300, 'pve3'), { scsi0: { value: VOLUME } }];
    expect(await placesOf(clusterWith([other]).cluster)).toEqual([]);
    expect(await placesOf(clusterWith([other], { storages: [] }).cluster)).toEqual([`300 scsi0 ${VOLUME}`]);
  });
});

describe('R-5: of a guest that may have a volume', () => {
  it('nobody says that it has none where it cannot be read', async () => {
    const { cluster, read } = clusterWith(
      [
        [guest(300, 'pve2'), {}],
        [guest(301, 'pve1'), new PvevmError('PERMISSION', 'no', { status: 403 })],
        [guest(302, 'pve1'), new PvevmError('CONNECT', 'no route', { status: 595 })],
      ],
      { offline: 'pve2' },
    );
    const { users, unchecked } = await volumeUsers([VOLUME], OWNER, cluster);
    expect(users).toEqual([]);
    expect(unchecked.map(({ guest: { vmid }, why }) => [vmid, why])).toEqual([
      [300, 'pve2 is offline'],
      [301, 'that needs VM.Audit on /vms/301'],
      [302, 'pve1: no route'],
    ]);
    expect(read).not.toContain(300);
  });

  it.each(['AUTHENTICATION', 'TLS', 'INTERRUPTED'] as const)(
    '%s is no matter of that guest, and ends the plan',
    async (code) => {
      const failure = new PvevmError(code, 'no');
      const { cluster } = clusterWith([[guest(300, 'pve1'), failure]]);
      await expect(volumeUsers([VOLUME], OWNER, cluster)).rejects.toBe(failure);
    },
  );
});
