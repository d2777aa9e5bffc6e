import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import {
  changesOf,
  configOf,
  createByHand,
  errorsOf,
  guestIds,
  powerOf,
  setByHand,
  titlesOf,
  volumesOf,
} from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const HARDWARE = {
  cores: 4,
  memory: 1024,
  scsihw: 'virtio-scsi-single',
  scsi0: 'ceph-pool:8,iothread=1',
  net0: 'virtio,bridge=vmbr0,firewall=1',
};
const CLONE = { method: 'POST', path: /\/clone$/ } as const;
const WEB = 'kind: vm\nname: web-01\nclone: tpl\n';

/** A guest that is no template yet. */
async function createGuest(own: Harness = harness, params: JsonObject = {}, vmid = 9000, name = 'tpl'): Promise<void> {
  await createByHand(own, vmid, { name, ...HARDWARE, ...params });
}

async function createTemplate(
  own: Harness = harness,
  params: JsonObject = {},
  vmid = 9000,
  name = 'tpl',
): Promise<void> {
  await createGuest(own, params, vmid, name);
  await own.pve.post(`/nodes/pve1/qemu/${vmid}/template`);
  await own.sandbox.settled();
  own.writes();
}

/** A value as the sandbox got it: text, with what a placeholder stands for left open. */
function isAsPlanned(planned: Json | undefined, sent: unknown): boolean {
  const pattern = String(planned)
    .split(/\{(?:vmid(?::[^}]+)?|digest|mac|volume|uuid)\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^,]+');
  return new RegExp(`^${pattern}$`, 's').test(String(sent));
}

/** P1: what was sent is what the plan prints, placeholders aside. */
function expectSent(plan: Plan, own: Harness = harness): void {
  const planned = plan.resources.flatMap(({ steps }) => steps.flatMap(({ request }) => request ?? []));
  const sent = own.writes();
  expect(sent.map(({ method }) => method)).toEqual(planned.map(({ method }) => method));
  for (const [index, { path, params }] of planned.entries()) {
    expect(isAsPlanned(path, sent[index]?.path), `${path} ${sent[index]?.path}`).toBe(true);
    const got = sent[index]?.params as JsonObject;
    expect(Object.keys(got).sort()).toEqual(Object.keys(params).sort());
    for (const [key, value] of Object.entries(params))
      expect(isAsPlanned(value, got[key]), `${key}: ${value} ${got[key]}`).toBe(true);
  }
}

it('R-36 P1 P2: a clone keeps its template’s values except those written, and is as planned', async () => {
  await createTemplate(harness, {
    description: 'the golden one',
    tags: 'golden',
    ide2: 'cephfs:iso/nixos-minimal-25.05.iso,media=cdrom',
  });
  const yaml = `${WEB}memory: { size: 2GiB }\npower: running\n`;
  const plan = await harness.apply(yaml);
  expectSent(plan);
  expect(plan.resources[0]).toMatchObject({ action: 'create', from: 'clone of tpl (9000), linked', vmid: 101 });
  expect(changesOf(plan)).toEqual([
    ['memory.size', '1GiB', '2GiB'],
    ['tags', ['golden'], ['golden', 'pvevm']],
    ['power', 'stopped', 'running'],
  ]);
  expect(await configOf(harness, 101)).toMatchObject({
    cores: 4,
    memory: '2048',
    tags: 'golden;pvevm',
    description: 'the golden one\n\npvevm:-:vm/web-01:101',
    ide2: expect.stringContaining('cephfs:iso/nixos-minimal-25.05.iso'),
  });
  expect(await powerOf(harness, 101)).toBe('running');
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('R-2: the mark is in the clone request itself, and the template’s own mark is no mark of the clone', async () => {
  await harness.apply(
    'kind: vm\nname: tpl\nvmid: 9000\nnode: pve1\nha: false\ndescription: golden\nnetwork: { net0: { bridge: vmbr0 } }\ntemplate: true\n',
  );
  harness.writes();
  const plan = await harness.apply(WEB);
  const [clone] = harness.writes();
  expect(clone).toMatchObject({
    path: '/nodes/pve1/qemu/9000/clone',
    params: { description: 'golden\n\npvevm:-:vm/web-01:101' },
  });
  expect(plan.resources[0]?.vmid).toBe(101);
  expect(await configOf(harness, 9000)).toMatchObject({ description: 'golden\n\npvevm:-:vm/tpl:9000' });
  expect(titlesOf(await harness.plan(WEB))).toEqual([]);
});

it('R-2: a clone that was made by hand carries a copied mark, and is nobody’s', async () => {
  await harness.apply('kind: vm\nname: tpl\nvmid: 9000\nnode: pve1\nha: false\ndefaults: none\n');
  await harness.pve.post('/nodes/pve1/qemu/9000/clone', { params: { newid: 120, name: 'tpl' } });
  await harness.sandbox.settled();
  expect(
    errorsOf(await harness.plan('kind: vm\nname: tpl\nvmid: 120\ndefaults: none\ncpu: { cores: 9 }\n')),
  ).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
});

it('changes of interfaces and drives keep the MAC address and the volume that the clone got', async () => {
  await createTemplate();
  const before = String((await configOf(harness, 9000))['net0']);
  const yaml = `${WEB}network: { net0: { vlan: 7, model: e1000 } }\ndisks: { scsi0: { size: 20GiB, discard: true } }\n`;
  const plan = await harness.apply(yaml);
  expectSent(plan);
  expect(titlesOf(plan)).toEqual([
    'clone tpl (9000), linked',
    'change tags',
    'grow disk scsi0 to 20G',
    'change disk scsi0',
    'change network interface net0',
  ]);
  const params = plan.resources[0]?.steps.flatMap(({ request }) => request?.params ?? []);
  expect(params).toContainEqual(expect.objectContaining({ net0: 'e1000={mac},bridge=vmbr0,firewall=1,tag=7' }));
  expect(params).toContainEqual(expect.objectContaining({ scsi0: '{volume},discard=on,iothread=1' }));
  const config = await configOf(harness, 101);
  expect(config).toMatchObject({ scsi0: 'ceph-pool:base-9000-disk-0/vm-101-disk-0,discard=on,iothread=1,size=20G' });
  expect(String(config['net0'])).toMatch(/^e1000=BC:24:11:[0-9A-F:]{8},bridge=vmbr0,firewall=1,tag=7$/);
  expect(String(config['net0']).slice(6, 23)).not.toBe(before.slice(7, 24));
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('a disk that is added, and one that is taken away, beside those of the template', async () => {
  await createTemplate(harness, { scsi1: 'ceph-pool:2' });
  const yaml = `${WEB}disks: { scsi1: null, scsi2: { storage: ceph-pool, size: 3GiB } }\nboot: [scsi0]\n`;
  const plan = await harness.apply(yaml);
  expectSent(plan);
  expect(await configOf(harness, 101)).toMatchObject({
    scsi2: 'ceph-pool:vm-101-disk-2,size=3G',
    unused0: 'ceph-pool:base-9000-disk-1/vm-101-disk-1',
  });
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('a full clone goes to the storage of the document, and nothing is left to compare', async () => {
  await createTemplate(harness, { efidisk0: 'ceph-pool:1,efitype=4m,pre-enrolled-keys=0', bios: 'ovmf' });
  const yaml =
    'kind: vm\nname: web-01\nclone: { from: 9000, storage: local-lvm }\ndisks: { scsi0: { storage: local-lvm, size: 8GiB, format: raw } }\n';
  const plan = await harness.apply(yaml);
  expectSent(plan);
  expect(plan.resources[0]).toMatchObject({
    node: 'pve1',
    nodeReason: 'where it is cloned from',
    from: 'clone of tpl (9000), full',
  });
  expect(plan.resources[0]?.steps[0]?.request?.params).toMatchObject({ full: 1, storage: 'local-lvm' });
  expect(await volumesOf(harness, 'local-lvm')).toEqual(['local-lvm:vm-101-disk-0', 'local-lvm:vm-101-disk-1']);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('a guest that is no template, and one that runs, are cloned in full', async () => {
  await createGuest();
  await harness.pve.post('/nodes/pve1/qemu/9000/status/start');
  await harness.sandbox.settled();
  harness.writes();
  const plan = await harness.apply(WEB);
  expectSent(plan);
  expect(plan.resources[0]?.from).toBe('clone of tpl (9000), full');
  expect(await powerOf(harness, 101)).toBe('stopped');
});

it('what is pending on a running source is no part of its clone', async () => {
  await createGuest();
  await harness.pve.post('/nodes/pve1/qemu/9000/status/start');
  await harness.sandbox.settled();
  await setByHand(harness, 9000, { cores: 6 });
  const yaml = `${WEB}cpu: { cores: 6 }\n`;
  expect(changesOf(await harness.apply(yaml))).toContainEqual(['cpu.cores', 4, 6]);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('R-32: what a clone detaches is destroyed by the next run, which knows its name', async () => {
  await createTemplate(harness, { scsi1: 'ceph-pool:1' });
  const yaml = `${WEB}ha: false\ndisks: { scsi0: {} }\nexclusive: [disks]\nunused: destroy\n`;
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan).filter((title) => title.startsWith('destroy'))).toEqual([]);
  const unused = String((await configOf(harness, 101))['unused0']);
  expect(unused).toMatch(/vm-101-disk-\d$/);
  expect(titlesOf(await harness.apply(yaml))).toEqual([`destroy unused0: ${unused}`]);
});

it('a snapshot is what a full clone takes', async () => {
  await createGuest();
  await harness.pve.post('/nodes/pve1/qemu/9000/snapshot', { params: { snapname: 'before' } });
  await harness.sandbox.settled();
  await setByHand(harness, 9000, { cores: 6 });
  harness.writes();
  const yaml = 'kind: vm\nname: web-01\nclone: { from: tpl, snapshot: before }\ncpu: { cores: 4 }\n';
  const plan = await harness.apply(yaml);
  expectSent(plan);
  expect(changesOf(plan).map(([path]) => path)).toEqual(['tags']);
  expect(await configOf(harness, 101)).toMatchObject({ cores: 4 });
  const missing = await harness.plan('kind: vm\nname: web-02\nclone: { from: tpl, snapshot: after }\n');
  expect(errorsOf(missing)).toMatchObject([{ code: 'MISSING', pointer: '/clone/snapshot' }]);
});

it.each([
  ['zfspool', ['the snapshot cannot be cloned']],
  ['btrfs', []],
  ['custom', []],
])(
  'a snapshot on a storage of type %s is refused only where it is known that it cannot be copied',
  async (type, found) => {
    await createGuest();
    await harness.pve.post('/nodes/pve1/qemu/9000/snapshot', { params: { snapname: 'before' } });
    await harness.sandbox.settled();
    const get: Harness['pve']['get'] = async (path, options) => {
      const rows = await harness.pve.get(path, options);
      if (path !== '/nodes/{node}/storage') return rows;
      return (rows as { storage: string }[]).map((row) => ({ ...row, type }));
    };
    const yaml = 'kind: vm\nname: web-01\nclone: { from: tpl, snapshot: before }\n';
    const plan = await harness.plan(yaml, { pve: { ...harness.pve, get } });
    expect(errorsOf(plan).map(({ summary }) => summary)).toEqual(found);
  },
);

it('a clone goes to another node where every drive is on shared storage, and is refused where one is not', async () => {
  await createTemplate();
  const there = await harness.apply(`${WEB}node: pve3\n`);
  expectSent(there);
  expect(there.resources[0]?.steps[0]?.request).toMatchObject({
    path: '/nodes/pve1/qemu/9000/clone',
    params: { target: 'pve3' },
  });
  expect(await harness.pve.get('/nodes/pve3/qemu/101/config')).toMatchObject({ name: 'web-01' });
  expect(titlesOf(await harness.plan(`${WEB}node: pve3\n`))).toEqual([]);
  await createTemplate(harness, { scsi0: 'local-lvm:8' }, 9001, 'local-tpl');
  const local = await harness.plan('kind: vm\nname: web-02\nclone: local-tpl\nnode: pve3\n');
  expect(errorsOf(local)).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/node' }]);
  expect(errorsOf(local)[0]?.detail).toContain('scsi0 on local-lvm, which is not shared');
  const onto = await harness.plan('kind: vm\nname: web-02\nclone: { from: tpl, storage: local-lvm }\nnode: pve3\n');
  expect(errorsOf(onto)).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/clone/storage' }]);
});

it('the source is found by id, name, tag and address; what is not there, or there twice, is an error with candidates', async () => {
  await createTemplate(harness, { tags: 'golden' });
  await createTemplate(harness, {}, 9001, 'twice');
  await createTemplate(harness, {}, 9002, 'twice');
  const plan = async (from: string): Promise<Plan> =>
    await harness.plan(`kind: vm\nname: web-01\nclone: { from: ${from} }\n`);
  for (const from of ['9000', 'tpl', '{ tag: Golden }'])
    expect((await plan(from)).resources[0]?.from).toBe('clone of tpl (9000), linked');
  const missing = errorsOf(await plan('nope'));
  expect(missing).toMatchObject([{ code: 'MISSING', pointer: '/clone/from' }]);
  expect(missing[0]?.detail).toContain('Templates: 9000 tpl on pve1, 9001 twice on pve1, 9002 twice on pve1.');
  const twice = errorsOf(await plan('twice'));
  expect(twice).toMatchObject([{ code: 'IDENTITY' }]);
  expect(twice[0]?.detail).toContain('9001 twice on pve1, 9002 twice on pve1');
  expect(errorsOf(await plan('vm/tpl'))).toMatchObject([{ code: 'MISSING' }]);
  expect(errorsOf(await plan('4711'))).toMatchObject([{ code: 'MISSING' }]);
});

it('clones take the tags of their template along, and the tag still means the template', async () => {
  await createTemplate(harness, { tags: 'golden' });
  const yaml = (name: string): string => `kind: vm\nname: ${name}\nclone: { from: { tag: golden } }\n`;
  await harness.apply(yaml('web-01'));
  await harness.apply(yaml('web-02'));
  expect(await guestIds(harness)).toEqual([101, 102, 9000]);
});

it('a linked clone that cannot be is an error with its reason', async () => {
  await createGuest();
  const linked = 'kind: vm\nname: web-01\nclone: { from: tpl, mode: linked }\n';
  expect(errorsOf(await harness.plan(linked))[0]?.detail).toContain('tpl is no template');
  await setByHand(harness, 9000, { template: 1 });
  expect(errorsOf(await harness.plan(linked))[0]?.detail).toContain(
    'scsi0 (ceph-pool:vm-9000-disk-0) is no base image',
  );
});

it('an existing clone is never compared with its template, which may be gone', async () => {
  await createTemplate();
  const yaml = `kind: vm\nname: web-01\nclone: { from: tpl, mode: full }\n`;
  await harness.apply(yaml);
  await harness.pve.delete('/nodes/pve1/qemu/9000');
  await harness.sandbox.settled();
  const plan = await harness.plan(yaml);
  expect(errorsOf(plan)).toEqual([]);
  expect(titlesOf(plan)).toEqual([]);
});

it('defaults: builtin lays the built-in defaults over the template’s values', async () => {
  await createTemplate();
  const plan = await harness.plan(`${WEB}defaults: builtin\n`);
  expect(changesOf(plan)).toContainEqual(['cpu.cores', 4, 2]);
});

it('R-3: an id that was taken meanwhile, on another node too, is never success', async () => {
  await createTemplate();
  const plan = await harness.plan(WEB);
  await createByHand(harness, 101, { name: 'one' }, 'pve2');
  await createByHand(harness, 102, { name: 'two' });
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  expect(await configOf(harness, 103)).toMatchObject({ name: 'web-01', description: 'pvevm:-:vm/web-01:103' });
  expect(titlesOf(await harness.plan(WEB))).toEqual([]);
});

it('R-3: a clone whose answer was lost is found by its mark, on its way to another node too, and there is one', async () => {
  for (const fault of [{ dropAfter: true }, { dropBefore: true }, { status: 596 }]) {
    for (const more of ['', 'node: pve3\n']) {
      const own = await startHarness();
      try {
        await createTemplate(own);
        own.sandbox.failNext({ ...CLONE, ...fault });
        await own.apply(`${WEB}${more}`);
        expect(await guestIds(own)).toEqual([101, 9000]);
        expect(titlesOf(await own.plan(`${WEB}${more}`))).toEqual([]);
      } finally {
        await own.close();
      }
    }
  }
}, 60_000);

it('R-2: killed after the clone request, the next run goes on with that guest', async () => {
  await createTemplate();
  const yaml = `${WEB}cpu: { cores: 2 }\nmemory: { size: 2GiB }\n`;
  harness.sandbox.failNext({ method: 'PUT', path: /\/config$/, status: 500, message: 'got no worker', times: 9 });
  expect(await harness.run(await harness.plan(yaml))).toMatchObject({ outcome: 'failed' });
  harness.sandbox.clearFaults();
  await harness.sandbox.settled();
  const again = await harness.apply(yaml);
  expect(again.resources[0]).toMatchObject({ action: 'update', vmid: 101 });
  expect(await guestIds(harness)).toEqual([101, 9000]);
  expect(await configOf(harness, 101)).toMatchObject({ cores: 2, memory: '2048', tags: 'pvevm' });
});

it('R-6: a template that changed since the plan was made is a stale plan, and nothing is cloned', async () => {
  await createTemplate();
  const plan = await harness.plan(`${WEB}cpu: { cores: 4 }\n`);
  await setByHand(harness, 9000, { cores: 8 });
  const result = await harness.run(plan);
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(await guestIds(harness)).toEqual([9000]);
});

it('ten clones of one template at once', async () => {
  await createTemplate();
  const yaml = 'kind: vm\nname: web\ninstances: 10\nclone: tpl\ncpu: { cores: 1 }\n';
  await harness.apply(yaml);
  expect(await guestIds(harness)).toEqual([101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 9000]);
  const macs = new Set<unknown>();
  for (let vmid = 101; vmid <= 110; vmid += 1) macs.add((await configOf(harness, vmid))['net0']);
  expect(macs.size).toBe(10);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('a template and its clones in one run: the template first, with everything it will be', async () => {
  const yaml =
    'kind: vm\nname: tpl\ntemplate: true\nha: false\nnode: pve1\nos: { media: none }\nnetwork: { net0: { bridge: vmbr0 } }\ncpu: { cores: 4 }\ndisks: { scsi0: { size: 8GiB } }\n' +
    '---\nkind: vm\nname: web-01\nclone: vm/tpl\nnetwork: { net0: { vlan: 7 } }\ndisks: { scsi0: { size: 20GiB } }\n' +
    '---\nkind: vm\nname: web-02\nclone: tpl\ncpu: { cores: 2 }\npower: running\n';
  const plan = await harness.apply(yaml);
  expect(plan.resources.map(({ address, vmid, dependsOn }) => [address, vmid, dependsOn])).toEqual([
    ['vm/tpl', 101, []],
    ['vm/web-01', 102, ['vm/tpl']],
    ['vm/web-02', 103, ['vm/tpl']],
  ]);
  expect(plan.resources[1]?.steps[0]).toMatchObject({
    title: 'clone tpl, linked',
    request: { path: '/nodes/pve1/qemu/{vmid:vm/tpl}/clone' },
  });
  expect(plan.resources[2]?.changes).toContainEqual(
    expect.objectContaining({ path: 'cpu.cores', before: 4, after: 2 }),
  );
  expect(await configOf(harness, 101)).toMatchObject({ template: 1 });
  expect(await configOf(harness, 102)).toMatchObject({
    cores: 4,
    scsi0: expect.stringContaining('base-101-disk-1/vm-102-disk-1'),
  });
  expect(await configOf(harness, 103)).toMatchObject({ cores: 2 });
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('a template that this run changes is cloned as it will be', async () => {
  const template =
    'kind: vm\nname: tpl\ntemplate: true\nha: false\nnode: pve1\nos: { media: none }\nnetwork: { net0: { bridge: vmbr0 } }\n';
  await harness.apply(template);
  const yaml = `${template}cpu: { cores: 8 }\n---\n${WEB}cpu: { cores: 2 }\n`;
  const plan = await harness.apply(yaml);
  expect(plan.resources[1]?.changes).toContainEqual(
    expect.objectContaining({ path: 'cpu.cores', before: 8, after: 2 }),
  );
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('documents that are cloned from each other are an error that prints the circle', async () => {
  const yaml = 'kind: vm\nname: a\nclone: vm/b\n---\nkind: vm\nname: b\nclone: vm/a\n';
  const details = errorsOf(await harness.plan(yaml)).map(({ detail }) => detail);
  expect(details).toContainEqual(expect.stringMatching(/^vm\/\w → vm\/\w → vm\/\w: /));
});

it.each(['7.4', '8.4', '9.1', '9.2'] as const)('clones on Proxmox VE %s', async (version) => {
  const own = await startHarness({ version });
  try {
    await createTemplate(own);
    const yaml = `${WEB}cpu: { cores: 2 }\nnetwork: { net0: { vlan: 7 } }\n`;
    expectSent(await own.apply(yaml), own);
    expect(await configOf(own, 101)).toMatchObject({ cores: 2, description: 'pvevm:-:vm/web-01:101' });
    expect(titlesOf(await own.plan(yaml))).toEqual([]);
  } finally {
    await own.close();
  }
});

it('the firewall of the template is the clone’s, and only what differs from it is written', async () => {
  await createTemplate();
  await harness.pve.put('/nodes/pve1/qemu/9000/firewall/options', { params: { enable: 1, dhcp: 0 } });
  harness.writes();
  const yaml = `${WEB}firewall: { enabled: true, dhcp: true }\n`;
  const plan = await harness.apply(yaml);
  expect(
    changesOf(plan)
      .map(([path]) => path)
      .filter((path) => path.startsWith('firewall')),
  ).toEqual(['firewall.dhcp']);
  expectSent(plan);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('R-21: the privileges of the clone call are missed before anything is written', async () => {
  await createTemplate();
  const needs = async (...rights: readonly string[]): Promise<readonly (string | undefined)[]> => {
    const pve = await limitedClient(rights);
    try {
      const errors = errorsOf(await harness.plan(WEB, { pve }));
      return errors
        .filter(({ code }) => code === 'PERMISSION')
        .map(({ detail }) => /[\w.]+ on \/[^,]*/.exec(detail)?.[0]);
    } finally {
      await pve.close();
    }
  };
  const all = ['/vms PVEVMAdmin', '/nodes PVEAuditor', '/sdn PVESDNUser', '/storage PVEDatastoreUser'];
  expect(await needs(...all)).toEqual([]);
  expect(await needs('/vms PVEVMUser', '/nodes PVEAuditor', '/storage PVEAuditor')).toEqual(
    expect.arrayContaining([
      'VM.Clone on /vms/9000',
      'VM.Allocate on /vms/101',
      'SDN.Use on /sdn/zones/localnetwork/vmbr0',
      'Datastore.AllocateSpace on /storage/ceph-pool',
    ]),
  );
});

it('P5: a clone that an interrupted run began and that still runs is waited for, and found', async () => {
  const own = await startHarness({ taskTimeMs: 200 });
  try {
    await createTemplate(own);
    const params = { newid: 101, name: 'web-01', description: 'pvevm:-:vm/web-01:101' };
    await own.pve.post('/nodes/pve1/qemu/9000/clone', { params });
    const plan = await own.plan(`${WEB}cpu: { cores: 2 }\n`);
    expect(plan.resources[0]).toMatchObject({ action: 'update', vmid: 101 });
    expect(changesOf(plan)).toContainEqual(['cpu.cores', 4, 2]);
  } finally {
    await own.close();
  }
});

it('the left-over of a clone is told of, and another id is taken', async () => {
  await createTemplate();
  writeFileSync(join(harness.sandbox.directory, 'nodes/pve1/qemu-server/101.conf'), 'lock: clone\n');
  harness.sandbox.reload();
  const plan = await harness.plan(WEB);
  expect(plan.resources[0]?.vmid).toBe(102);
  expect(plan.diagnostics).toContainEqual(expect.objectContaining({ severity: 'note', code: 'STUB' }));
});

it('cloud-init’s drive is copied with the template, or made where it has none', async () => {
  await createTemplate(harness, { ide0: 'ceph-pool:cloudinit', ciuser: 'root' });
  await createTemplate(harness, {}, 9001, 'bare');
  const yaml = (name: string, from: string): string =>
    `kind: vm\nname: ${name}\nclone: ${from}\ncloudInit: { user: admin, storage: ceph-pool, addresses: { net0: { ipv4: dhcp } } }\npower: running\n`;
  const text = `${yaml('web-01', 'tpl')}---\n${yaml('web-02', 'bare')}`;
  const plan = await harness.apply(text);
  expect(changesOf(plan)).toContainEqual(['cloudInit.user', 'root', 'admin']);
  expect(await configOf(harness, 101)).toMatchObject({
    ide0: expect.stringContaining('vm-101-cloudinit'),
    ciuser: 'admin',
    ipconfig0: 'ip=dhcp',
  });
  expect(await configOf(harness, 102)).toMatchObject({
    ide0: expect.stringContaining('vm-102-cloudinit'),
    ciuser: 'admin',
  });
  expect(titlesOf(await harness.plan(text))).toEqual([]);
});

it('what the firmware tells the guest is set beside the uuid that the clone got', async () => {
  await createTemplate();
  const yaml = `${WEB}system: { smbios: { serial: ABC } }\n`;
  const plan = await harness.apply(yaml);
  expectSent(plan);
  const [, uuid] = /uuid=([^,]+)/.exec(String((await configOf(harness, 101))['smbios1'])) ?? [];
  expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('a written pool is in the clone request, and a high-availability registration comes before the start', async () => {
  await createTemplate();
  await harness.pve.post('/pools', { params: { poolid: 'dev' } });
  harness.writes();
  const yaml = `${WEB}pool: dev\nha: true\npower: running\n`;
  const plan = await harness.apply(yaml);
  expectSent(plan);
  expect(plan.resources[0]?.steps[0]?.request?.params).toMatchObject({ pool: 'dev' });
  expect(titlesOf(plan).slice(2)).toEqual(['register HA (started)', 'wait until HA has started it']);
  expect(plan.resources[0]?.steps[2]?.request?.params).toMatchObject({ sid: 'vm:{vmid}' });
  expect(await harness.pve.get('/cluster/ha/resources/vm:101')).toMatchObject({ state: 'started' });
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('a disk whose storage is written is moved there after the clone', async () => {
  await createTemplate();
  const yaml = `${WEB}disks: { scsi0: { storage: local-lvm, discard: true } }\n`;
  const plan = await harness.apply(`${yaml}node: pve1\n`);
  expectSent(plan);
  expect(plan.resources[0]?.steps.flatMap(({ request }) => request?.path ?? [])).toContain(
    '/nodes/pve1/qemu/{vmid}/move_disk',
  );
  expect(await configOf(harness, 101)).toMatchObject({
    scsi0: 'local-lvm:vm-101-disk-0,discard=on,iothread=1,size=8G',
  });
  expect(titlesOf(await harness.plan(`${yaml}node: pve1\n`))).toEqual([]);
});

it('clones spread over the nodes where their storage is shared, by the memory that they take over', async () => {
  await createTemplate(harness, { memory: 6144 });
  const plan = await harness.plan('kind: vm\nname: web\ninstances: 3\nclone: tpl\n');
  expect(plan.resources.map(({ node, nodeReason }) => [node, nodeReason])).toEqual([
    ['pve2', 'most free memory'],
    ['pve1', 'most free memory'],
    ['pve2', 'most free memory'],
  ]);
});

it('R-7: a template is destroyed after its clones, whatever the order of the documents', async () => {
  const yaml = `kind: vm\nname: tpl\ntemplate: true\nha: false\nnode: pve1\nos: { media: none }\nnetwork: { net0: { bridge: vmbr0 } }\n---\n${WEB}`;
  await harness.apply(yaml);
  const plan = await harness.removal(yaml);
  expect(plan.resources.map(({ address }) => address)).toEqual(['vm/web-01', 'vm/tpl']);
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok', errors: [] });
  await harness.sandbox.settled();
  expect(await guestIds(harness)).toEqual([]);
});

const SECRET = '00000000-0000-4000-8000-000000000001';

/** A client of a user with some rights, as in `/vms PVEVMAdmin`. */
async function limitedClient(rights: readonly string[]): Promise<PveClient> {
  const users = join(harness.sandbox.directory, 'user.cfg');
  const others = readFileSync(users, 'utf8')
    .split('\n')
    .filter((line) => !line.includes('ci@pve'));
  const acls = rights.map((right) => `acl:1:${right.split(' ')[0]}:ci@pve:${right.split(' ')[1]}:`);
  writeFileSync(users, `${[...others, 'user:ci@pve:1:0:::::', 'token:ci@pve!plan:0:0::', ...acls].join('\n')}\n`);
  const tokens = join(harness.sandbox.directory, 'priv/token.cfg');
  const known = readFileSync(tokens, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('ci@pve'));
  writeFileSync(tokens, `${[...known, `ci@pve!plan ${SECRET}`].join('\n')}\n`);
  harness.sandbox.reload();
  return createPveClient({
    endpoint: harness.sandbox.endpoint,
    credentials: { type: 'token', token: `ci@pve!plan=${SECRET}` },
    trust: { ca: harness.sandbox.ca },
  });
}
