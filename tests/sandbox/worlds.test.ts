import { describe, expect, it } from 'vitest';
import { FACT_VERSIONS } from '../../src/pve/facts/fact-versions.ts';
import { formatGuestConfig, parseGuestConfig } from '../../src/sandbox/guest-config-file.ts';
import { WORLD_NAMES } from '../../src/sandbox/index.ts';
import { volumesOf } from '../../src/sandbox/worlds/guest-text.ts';
import { worldNamed } from '../../src/sandbox/worlds/worlds.ts';
import { startApi } from './api.ts';

interface Row {
  readonly id: string;
  readonly [key: string]: unknown;
}

describe.each(WORLD_NAMES)('the world %s', (name) => {
  it('has guests whose config files are as Proxmox VE writes them, and on storages and nodes that are there', () => {
    const world = worldNamed(name);
    for (const guest of world.guests ?? []) {
      expect(formatGuestConfig(parseGuestConfig(guest.config))).toBe(guest.config);
      expect(world.nodes.map((node) => node.name)).toContain(guest.node);
      const disks = guest.config.match(/^(?:scsi|virtio|sata|ide)\d+: /gm) ?? [];
      const media = guest.config.match(/media=cdrom/g) ?? [];
      expect(volumesOf(guest, world.storages).length).toBeGreaterThanOrEqual(disks.length > media.length ? 1 : 0);
    }
  });

  it('says its name, and shows all its guests and nodes', async () => {
    const api = await startApi({ world: name });
    const world = worldNamed(name);
    const rows = (await api.data('GET', '/cluster/resources')) as readonly Row[];
    await api.sandbox.close();
    expect(api.sandbox.world).toBe(name);
    expect(rows.filter(({ id }) => id.startsWith('qemu/'))).toHaveLength(world.guests?.length ?? 0);
    expect(rows.filter(({ id }) => id.startsWith('node/'))).toHaveLength(world.nodes.length);
  });
});

describe('the world cluster', () => {
  it('has guests of every sort', async () => {
    const api = await startApi({ world: 'cluster' });
    const rows = new Map(((await api.data('GET', '/cluster/resources')) as readonly Row[]).map((row) => [row.id, row]));
    expect(rows.get('node/pve5')).toMatchObject({ status: 'offline' });
    expect(rows.get('qemu/100')).toMatchObject({ status: 'running', pool: 'web', tags: 'prod;web' });
    expect(rows.get('qemu/102')).toMatchObject({ status: 'stopped' });
    expect(rows.get('qemu/103')).toMatchObject({ lock: 'backup' });
    expect(rows.get('qemu/9000')).toMatchObject({ template: 1 });
    expect(rows.get('qemu/110')).toMatchObject({ hastate: 'started' });
    const pending = (await api.data('GET', '/nodes/pve2/qemu/101/pending')) as readonly Row[];
    expect(pending).toContainEqual(expect.objectContaining({ key: 'memory', value: '2048', pending: '4096' }));
    const snapshots = (await api.data('GET', '/nodes/pve2/qemu/120/snapshot')) as readonly { name: string }[];
    expect(snapshots.map((snapshot) => snapshot.name).sort()).toEqual(['after-upgrade', 'before-upgrade', 'current']);
    const authorization = `PVEAPIToken=${api.sandbox.token}`;
    expect((await api.raw('GET', '/api2/json/nodes/pve5/qemu', { authorization })).status).toBe(595);
    await api.sandbox.close();
  });
});

describe('the world broken-storage', () => {
  it('has a storage that does not answer on one node, a full one and a disabled one', async () => {
    const api = await startApi({ world: 'broken-storage' });
    const on = async (node: string): Promise<Map<unknown, Row>> =>
      new Map(
        ((await api.data('GET', `/nodes/${node}/storage`)) as readonly Row[]).map((row) => [row['storage'], row]),
      );
    expect((await on('pve1')).get('nfs-away')).toMatchObject({ enabled: 1, active: 1 });
    expect((await on('pve2')).get('nfs-away')).toMatchObject({ enabled: 1, active: 0, avail: 0 });
    expect((await on('pve1')).get('full-dir')).toMatchObject({ active: 1, avail: 0 });
    expect((await on('pve1')).get('off-zfs')).toMatchObject({ enabled: 0, active: 0 });
    await api.sandbox.close();
  });
});

describe.each(FACT_VERSIONS)('Proxmox VE %s', (version) => {
  it('is what the sandbox says it is, and what its folder keeps', async () => {
    const api = await startApi({ version });
    expect(await api.data('GET', '/version')).toMatchObject({ release: version });
    expect(await api.data('GET', '/nodes/pve1/version')).toMatchObject({ release: version });
    expect(api.sandbox.version).toBe(version);
    await api.sandbox.close();
  });
});

it('a sandbox takes exactly the parameters of its version', async () => {
  const older = await startApi({ version: '7.4' });
  const newer = await startApi({ version: '9.2' });
  const params = { vmid: 100, 'allow-ksm': 1 };
  const refused = await older.call('POST', '/nodes/pve1/qemu', params);
  expect(refused.body.errors).toEqual({
    'allow-ksm': 'property is not defined in schema and the schema does not allow additional properties',
  });
  expect((await newer.call('POST', '/nodes/pve1/qemu', params)).status).toBe(200);
  await older.sandbox.close();
  await newer.sandbox.close();
});
