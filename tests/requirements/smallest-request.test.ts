import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { examplesOf } from '../../scripts/field-examples.mjs';
import { loadSchemas } from '../../scripts/schemas.mjs';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import type { Plan, ResourcePlan } from '../../src/core/plan.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';
import { storedParts } from '../../src/kinds/vm/live.ts';
import { type Lab, startLab } from './lab.ts';
import { MAC } from './meaning/pair.ts';

const LONG = 120_000;
const schema = loadSchemas(join(dirname(fileURLToPath(import.meta.url)), '../../schema')).get('vm');
const inConfig = new Set(
  vmFields.filter((field) => field.key !== false && field.writeOnly !== true).map(({ path }) => path),
);

// What a guest that is there is known by, or keeps, or gets as a whole; and what the lab's storages do not have.
const OF_NO_CHANGE =
  /^(name|system\.(efi|tpm|smbios\.uuid)(\..*)?|disks\.\*\.(volume|model|format)|cloudInit\.custom\.(network|meta|vendor))$/;

/** The examples of all fields that are config keys, each for a guest of its own. */
const EXAMPLES = [...examplesOf(schema ?? {})]
  .filter(([path]) => inConfig.has(path) && !OF_NO_CHANGE.test(path))
  .flatMap(([path, list]) => list.map(({ part }) => ({ path, part: part as JsonObject })))
  // An image is a document of its own.
  .filter(({ part }) => !JSON.stringify(part).includes('"image/'))
  .map((example, index) => ({ ...example, vmid: 1000 + index, name: `guest-${index}` }));

/** A guest that has something of its own in most property strings. */
const LIVE: JsonObject = {
  ...{ machine: 'q35,viommu=virtio', cores: 8, memory: '16384', ostype: 'l26', scsihw: 'virtio-scsi-single' },
  ...{ agent: '1,freeze-fs-on-backup=0', cpu: 'host,hv-vendor-id=mine', vga: 'qxl,memory=20', startup: 'down=77' },
  ...{ scsi0: 'ceph-pool:4,serial=mine,werror=stop', net0: `virtio=${MAC},bridge=vmbr0,host-tunnel=1,rate=7` },
  ...{ ide0: 'ceph-pool:cloudinit', ipconfig0: 'ip6=auto', boot: 'order=scsi0;net0', rng0: '/dev/random,period=77' },
  ...{ watchdog: 'ib700,action=pause', hostpci0: '02:00.0,rombar=0', usb0: 'host=1234:5678,usb3=1' },
  ...{ audio0: 'device=AC97,driver=none', ivshmem: 'size=7,name=mine', virtiofs0: 'other,cache=never' },
  ...{ spice_enhancements: 'videostreaming=all', cicustom: 'meta=cephfs:snippets/web.yaml' },
};

/** What the document changes of the config, by key and sub-key. */
function changedParts({ changes }: ResourcePlan): ReadonlyMap<string, ReadonlySet<string>> {
  const parts = new Map<string, Set<string>>();
  for (const { path, key, state } of changes) {
    if (state !== 'change') continue;
    const isOf = (pattern: string): boolean =>
      new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]*')}$`).test(path);
    const subs = vmFields.filter((field) => isOf(field.path)).map((field) => field.sub ?? '');
    parts.set(key, new Set([...(parts.get(key) ?? []), ...subs]));
  }
  return parts;
}

/** The keys that the config writes of a plan name, each as often as it is named, and their new texts. */
function written({ steps }: ResourcePlan): readonly (readonly [key: string, text: string | undefined])[] {
  return steps.flatMap(({ request }) => {
    if (request === undefined || !/\/(config|resize)$/.test(request.path)) return [];
    const { digest: _, delete: gone, revert, disk, size, ...set } = request.params;
    if (disk !== undefined && size !== undefined) return [];
    const removed = [gone, revert].flatMap((list) => (list === undefined ? [] : String(list).split(',')));
    return [
      ...removed.map((key) => [key, undefined] as const),
      ...Object.entries(set).map(([key, text]) => [key, String(text)] as const),
    ];
  });
}

describe('a guest with something of its own in every property string', () => {
  let lab: Lab;
  let plan: Plan;
  beforeAll(async () => {
    lab = await startLab();
    for (const { vmid, name } of EXAMPLES) {
      const params = { vmid, name, tags: 'pvevm', description: `pvevm:-:vm/${name}:${vmid}`, ...LIVE };
      await lab.pve.post('/nodes/pve1/qemu', { params });
    }
    await lab.sandbox.settled();
    const documents = EXAMPLES.map(({ name, part }) => stringify({ kind: 'vm', name, defaults: 'none', ...part }));
    plan = await lab.plan(await lab.load(documents.join('---\n')));
  }, LONG);
  afterAll(() => lab.close());

  it('can take all of the examples', () => {
    expect(new Set(EXAMPLES.map(({ path }) => path)).size).toBeGreaterThan(130);
    expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each(EXAMPLES)(
    'R-13: $path (guest $vmid) sends its key once, and what is beside it along',
    async ({ name, vmid }) => {
      const planned = plan.resources.find(({ address }) => address === `vm/${name}`) as ResourcePlan;
      const changed = changedParts(planned);
      const sent = written(planned);
      const config = await lab.pve.get(`/nodes/pve1/qemu/${vmid}/config`);
      const live = isObject(config) ? config : {};
      const resized = planned.changes.filter(({ path }) => /^disks\..*\.(size|storage|format)$/.test(path));
      const keys = [...changed.keys()].filter((key) => !resized.some((change) => change.key === key));
      expect(sent.map(([key]) => key).sort()).toEqual(keys.sort());
      for (const [key, text] of sent) {
        if (text === undefined || live[key] === undefined || key === 'description') continue;
        const [before = {}, after = {}] = [storedParts(key, String(live[key])), storedParts(key, text)];
        const others = (parts: Readonly<Record<string, string>>): JsonObject =>
          Object.fromEntries(
            Object.entries(parts).filter(
              ([sub]) => !['size', 'base64'].includes(sub) && changed.get(key)?.has(sub) !== true,
            ),
          );
        expect(others(after), key).toEqual(others(before));
      }
    },
  );
});
