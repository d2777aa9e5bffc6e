import type { Harness } from '../harness.ts';

/** The mappings that tests and the schema’s examples name, on every node. */
export async function makeMappings(harness: Harness): Promise<void> {
  const nodes = ['pve1', 'pve2', 'pve3'];
  const maps: readonly (readonly [type: string, id: string, item: string])[] = [
    ['pci', 'gpu', 'id=10de:1234,path=0000:01:00.0'],
    ['usb', 'stick', 'id=1234:abcd'],
    ['dir', 'share', 'path=/srv/share'],
  ];
  for (const [type, id, item] of maps) {
    const known = await harness.pve.get(`/cluster/mapping/${type}`).catch(() => undefined);
    if (known === undefined) continue;
    const map = nodes.map((node) => `node=${node},${item}`);
    await harness.pve.post(`/cluster/mapping/${type}`, { params: { id, map } });
  }
}
