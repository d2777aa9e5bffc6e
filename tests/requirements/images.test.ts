import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/core/event.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, createByHand, destroyByHand, errorsOf, guestIds, titlesOf, volumesOf } from './guests.ts';
import { useImageLab } from './image-lab.ts';
import type { ImageServer } from './image-server.ts';

let harness: Harness;
let files: ImageServer;
useImageLab((lab) => {
  ({ harness, files } = lab);
});

const digits = (path: string): string => files.checksum(path).slice('sha256:'.length);

/** A guest on pve1 whose disk starts from a file of the server. */
const guest = (name: string, path = '/debian.raw', more = ''): string =>
  `kind: vm\nname: ${name}\nnode: pve1\nha: false\ndisks:\n  scsi0: { storage: local-lvm, image: { url: "${files.base}${path}", checksum: "${files.checksum(path)}" }${more} }\n`;

const downloads = (): readonly unknown[] =>
  harness
    .writes()
    .filter(({ path }) => path.endsWith('/download-url'))
    .map(({ params }) => params);

/** Lets the shared storage of the sandbox hold disk images. */
const shareImages = async (): Promise<void> => {
  await harness.pve.put('/storage/cephfs', { params: { content: 'iso,vztmpl,backup,snippets,import' } });
  harness.writes();
};

describe('a disk that starts from an address', () => {
  it('R-43: is downloaded once for five guests, with its checksum, and made a disk of each', async () => {
    await shareImages();
    const yaml = [1, 2, 3, 4, 5].map((number) => guest(`web-${number}`).replace('node: pve1\n', '')).join('---\n');
    const plan = await harness.apply(yaml);
    const file = `debian-${digits('/debian.raw').slice(0, 12)}.raw`;
    expect(plan.resources[0]).toMatchObject({
      address: `image/cephfs:import/${file}`,
      action: 'create',
      vmid: null,
      identity: `cephfs:import/${file}`,
      steps: [{ title: `download ${file}` }],
    });
    expect(plan.resources.slice(1).map(({ dependsOn }) => dependsOn)).toEqual(
      Array.from({ length: 5 }, () => [`image/cephfs:import/${file}`]),
    );
    expect(plan.summary.add).toBe(6);
    expect(downloads()).toEqual([
      {
        content: 'import',
        filename: file,
        url: `${files.base}/debian.raw`,
        checksum: digits('/debian.raw'),
        'checksum-algorithm': 'sha256',
      },
    ]);
    expect(files.asked).toEqual(['/debian.raw']);
    expect(await guestIds(harness)).toHaveLength(5);
    for (const vmid of await guestIds(harness)) {
      expect(await configOf(harness, vmid)).toMatchObject({ scsi0: expect.stringMatching(/^local-lvm:.*size=4M/) });
    }
    expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('R-20: asks for the copy in the create request, and neither for a size nor for an installation medium', async () => {
    const plan = await harness.apply(guest('web-01'));
    const create = harness.writes().find(({ path }) => path === '/nodes/pve1/qemu')?.params as Record<string, string>;
    const file = `debian-${digits('/debian.raw').slice(0, 12)}.raw`;
    expect(create['scsi0']).toMatch(new RegExp(`^local-lvm:0,.*import-from=local:import/${file}`));
    expect(create['ide2']).toBeUndefined();
    expect(titlesOf(plan)).toEqual([`download ${file}`, 'create', 'set serial console']);
    expect(changesOf(await harness.plan(guest('web-01')))).toEqual([]);
  });

  it('grows to the written size after it was made', async () => {
    const yaml = guest('web-01', '/debian.qcow2', ', size: 10GiB');
    const plan = await harness.apply(yaml);
    expect(titlesOf(plan).slice(1)).toEqual(['create', 'grow disk scsi0 to 10G', 'set serial console']);
    expect(plan.diagnostics).toMatchObject([{ severity: 'note', summary: 'the size of the image is not known yet' }]);
    expect(await configOf(harness, 101)).toMatchObject({ scsi0: expect.stringContaining('size=10G') });
    expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('is not grown where no size is written: it is as large as the image', async () => {
    await harness.apply(guest('web-01', '/debian.qcow2'));
    expect(await configOf(harness, 101)).toMatchObject({ scsi0: expect.stringContaining('size=3G') });
  });

  it('R-33: is refused in the plan where the image is known to be larger than the written size', async () => {
    await harness.apply(guest('web-01', '/debian.qcow2'));
    const plan = await harness.plan(guest('web-02', '/debian.qcow2', ', size: 2GiB'));
    expect(errorsOf(plan)).toMatchObject([
      { code: 'IMPOSSIBLE', pointer: '/disks/scsi0/image', detail: expect.stringContaining('is 3 GiB') },
    ]);
  });

  it('R-43: a changed checksum gives new guests another file, and leaves the guest that is there alone', async () => {
    await harness.apply(guest('web-01'));
    const other = guest('web-01', '/other.raw');
    expect(changesOf(await harness.plan(other))).toEqual([]);
    expect(titlesOf(await harness.plan(other))).toEqual([]);
    const plan = await harness.apply(`${other}---\n${guest('web-02', '/other.raw')}`);
    expect(plan.resources.map(({ action }) => action)).toEqual(['none', 'create', 'create']);
    expect(files.asked).toEqual(['/debian.raw', '/other.raw']);
    expect(await volumesOf(harness, 'local')).toEqual(
      expect.arrayContaining([
        `local:import/debian-${digits('/debian.raw').slice(0, 12)}.raw`,
        `local:import/other-${digits('/other.raw').slice(0, 12)}.raw`,
      ]),
    );
  });

  it('R-22: is not downloaded again where the file is there already', async () => {
    await harness.apply(guest('web-01'));
    await destroyByHand(harness, 101);
    harness.writes();
    const plan = await harness.apply(guest('web-01'));
    expect(plan.resources.map(({ action }) => action)).toEqual(['none', 'create']);
    expect(downloads()).toEqual([]);
    expect(files.asked).toEqual(['/debian.raw']);
  });

  it('R-22: a download that fails skips the guests that need it, with the reason, and no other', async () => {
    const bad = guest('web-01').replace(/checksum: "sha256:[0-9a-f]{4}/, 'checksum: "sha256:0000');
    const yaml = `${bad}---\nkind: vm\nname: other\nnode: pve2\n`;
    const events: ApplyEvent[] = [];
    const plan = await harness.plan(yaml);
    const result = await harness.run(plan, (event) => events.push(event));
    const [image] = plan.resources.map(({ address }) => address);
    expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'TASK_FAILED' }] });
    expect(result.errors[0]?.message).toContain('checksum mismatch');
    const finished = events.filter((event) => event.type === 'resource.finished');
    expect(finished).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ resource: image, outcome: 'failed' }),
        expect.objectContaining({ resource: 'vm/web-01', outcome: 'skipped', reason: `${image} failed` }),
        expect.objectContaining({ resource: 'vm/other', outcome: 'ok' }),
      ]),
    );
    expect(await guestIds(harness)).toEqual([102]);
    // The next run has the right checksum, and finishes.
    await harness.apply(yaml.replace(bad, guest('web-01')));
    expect(await guestIds(harness)).toEqual([101, 102]);
  });

  it('R-43: is warned of where it has no checksum, and its file is that of its address', async () => {
    const yaml = guest('web-01').replace(/, checksum: "[^"]*"/, '');
    const plan = await harness.apply(yaml);
    expect(plan.diagnostics).toMatchObject([{ severity: 'warning', summary: 'the image is not pinned' }]);
    expect(plan.resources[0]?.identity).toMatch(/^local:import\/debian-url-[0-9a-f]{12}\.raw$/);
    expect((await harness.plan(yaml)).diagnostics).toEqual([]);
  });

  it('R-17: needs a storage that holds disk images, and the error says how to get one', async () => {
    await harness.pve.put('/storage/local', { params: { content: 'iso,vztmpl' } });
    expect(errorsOf(await harness.plan(guest('web-01')))).toMatchObject([
      { code: 'MISSING', detail: expect.stringContaining('pvesm set STORAGE --content') },
    ]);
  });

  it('goes to two nodes where their storage is not shared, once each', async () => {
    const other = guest('web-02').replace('node: pve1', 'node: pve2');
    await harness.apply([guest('web-01'), other, guest('web-03')].join('---\n'));
    const paths = harness
      .writes()
      .filter(({ path }) => path.endsWith('/download-url'))
      .map(({ path }) => path);
    expect(paths.sort()).toEqual(['/nodes/pve1/storage/local/download-url', '/nodes/pve2/storage/local/download-url']);
  });

  it('P2: a disk that is added to a guest starts from an image too', async () => {
    await harness.apply(guest('web-01'));
    const more = `${guest('web-01')}  scsi1: { storage: local-lvm, size: 4GiB, image: { url: "${files.base}/data.raw", checksum: "${files.checksum('/data.raw')}" } }\n`;
    const plan = await harness.apply(more);
    expect(titlesOf(plan).slice(1)).toEqual(['add disk scsi1', 'grow disk scsi1 to 4G']);
    expect(await configOf(harness, 101)).toMatchObject({ scsi1: expect.stringContaining('size=4G') });
    expect(changesOf(await harness.plan(more))).toEqual([]);
  });

  it('R-17: needs Proxmox VE 8.4', async () => {
    const old = await startHarness({ version: '7.4' });
    try {
      expect(errorsOf(await old.plan(guest('web-01')))).toEqual(
        expect.arrayContaining([expect.objectContaining({ detail: expect.stringContaining('8.4 or newer') })]),
      );
    } finally {
      await old.close();
    }
  });
});

describe('a document of the kind image', () => {
  const image = (more = '', path = '/debian.raw'): string =>
    `kind: image\nname: debian\nstorage: local\nnode: pve1\nurl: "${files.base}${path}"\nchecksum: "${files.checksum(path)}"\n${more}`;
  const user =
    'kind: vm\nname: web-01\nnode: pve1\nha: false\ndisks:\n  scsi0: { storage: local-lvm, image: image/debian }\n';

  it('R-9: is downloaded where it is missing, and agrees ever after', async () => {
    await harness.apply(image());
    expect(downloads()).toHaveLength(1);
    const again = await harness.plan(image());
    expect(again.resources).toMatchObject([{ action: 'none', steps: [], changes: [] }]);
    expect(again.diagnostics).toEqual([]);
  });

  it('comes before the guests that refer to it, wherever it stands, and is their file', async () => {
    const plan = await harness.apply(`${user}---\n${image()}`);
    expect(plan.resources.map(({ address }) => address)).toEqual(['image/debian', 'vm/web-01']);
    expect(downloads()).toHaveLength(1);
    expect(titlesOf(await harness.plan(`${user}---\n${image()}`))).toEqual([]);
  });

  it('is the file of a guest that writes the same address and checksum too', async () => {
    const plan = await harness.apply(`${image()}---\n${guest('web-01')}`);
    expect(plan.resources.map(({ address }) => address)).toEqual(['image/debian', 'vm/web-01']);
    expect(downloads()).toHaveLength(1);
  });

  it('R-17: has to be among the documents of a run that refers to it', async () => {
    expect(errorsOf(await harness.plan(user))).toMatchObject([{ code: 'MISSING', pointer: '/disks/scsi0/image' }]);
    const misspelt = await harness.plan(`${user.replace('image/debian', 'image/debain')}---\n${image()}`);
    expect(errorsOf(misspelt)[0]?.detail).toContain('Did you mean image/debian?');
  });

  it('R-17: has to be on a node that the guest reaches', async () => {
    const plan = await harness.plan(`${user.replace('pve1', 'pve2')}---\n${image()}`);
    expect(errorsOf(plan)[0]?.detail).toContain('local of pve1');
  });

  it('a guest without a node goes where its image is', async () => {
    const yaml = `${user.replace('node: pve1\n', '')}---\n${image()}`.replace('node: pve1', 'node: pve3');
    const plan = await harness.apply(yaml);
    expect(plan.resources.map(({ node }) => node)).toEqual(['pve3', 'pve3']);
  });

  it('R-17: names the storage, the node, or the content that is not there', async () => {
    const details = async (yaml: string): Promise<string> => errorsOf(await harness.plan(yaml))[0]?.detail ?? '';
    expect(await details(image().replace('storage: local', 'storage: nowhere'))).toContain('storage is nowhere');
    expect(await details(image().replace('node: pve1', 'node: pve9'))).toContain('Nodes online: pve1, pve2, pve3');
    expect(await details(image().replace('node: pve1\n', ''))).toContain('not shared');
    expect(await details(image().replace('storage: local', 'storage: cephfs'))).toContain(
      'pvesm set cephfs --content backup,import,iso,snippets,vztmpl',
    );
    expect(harness.writes()).toEqual([]);
  });

  it('two that are one file are an error that names both', async () => {
    const named = image('filename: debian.raw\n');
    const plan = await harness.plan(`${named}---\n${named.replace('name: debian', 'name: other')}`);
    expect(errorsOf(plan)[0]).toMatchObject({
      code: 'SPEC_DUPLICATE',
      address: 'image/other',
      detail: expect.stringContaining('image/debian'),
    });
  });

  it('R-21: needs the privileges of a download, each named before any write', async () => {
    const users = join(harness.sandbox.directory, 'user.cfg');
    const rights = ['user:ci@pve:1:0:::::', 'token:ci@pve!plan:0:0::', 'acl:1:/storage:ci@pve:PVEDatastoreUser:'];
    writeFileSync(users, `${readFileSync(users, 'utf8')}\n${rights.join('\n')}\nacl:1:/nodes:ci@pve:PVEAuditor:\n`);
    const secret = '00000000-0000-4000-8000-000000000001';
    const tokens = join(harness.sandbox.directory, 'priv/token.cfg');
    writeFileSync(tokens, `${readFileSync(tokens, 'utf8').trimEnd()}\nci@pve!plan ${secret}\n`);
    harness.sandbox.reload();
    const pve = createPveClient({
      endpoint: harness.sandbox.endpoint,
      credentials: { type: 'token', token: `ci@pve!plan=${secret}` },
      trust: { ca: harness.sandbox.ca },
    });
    try {
      const problems = errorsOf(await harness.plan(image(), { pve }));
      expect(problems.map(({ code }) => code)).toEqual(['PERMISSION', 'PERMISSION']);
      expect(problems[0]?.detail).toContain('Datastore.AllocateTemplate on /storage/local');
      expect(problems[1]?.detail).toContain('Sys.AccessNetwork on /nodes/pve1, which');
    } finally {
      await pve.close();
    }
  });

  it('is removed by destroy only where its name shows that pvevm has made it', async () => {
    await harness.apply(image());
    const removal = await harness.removal(image());
    expect(removal.resources).toMatchObject([{ action: 'delete', steps: [{ effect: 'data-loss' }] }]);
    expect((await harness.run(removal)).outcome).toBe('ok');
    await harness.sandbox.settled();
    expect(titlesOf(await harness.removal(image()))).toEqual([]);
    await harness.apply(image('filename: debian.raw\n'));
    const kept = await harness.removal(image('filename: debian.raw\n'));
    expect(titlesOf(kept)).toEqual([]);
    expect(kept.diagnostics).toMatchObject([{ severity: 'note', summary: 'the file is kept' }]);
  });

  it('stays where it is an ISO image, which may lie in the drive of any guest', async () => {
    const iso = image('', '/tools.iso');
    await harness.apply(iso);
    const kept = await harness.removal(iso);
    expect(titlesOf(kept)).toEqual([]);
    expect(kept.diagnostics).toMatchObject([{ severity: 'note', summary: 'the file is kept' }]);
  });
});

describe('a disk that starts from a volume', () => {
  const copy = (volid: string, name = 'web-01'): string =>
    `kind: vm\nname: ${name}\nnode: pve1\nha: false\ndisks:\n  scsi0: { storage: local-lvm, import: "${volid}" }\n`;

  it('is a copy of another guest’s disk, and never compared with it', async () => {
    await createByHand(harness, 900, { name: 'golden', scsi0: 'local-lvm:5' });
    const yaml = copy('local-lvm:vm-900-disk-0');
    await harness.apply(yaml);
    expect(await configOf(harness, 101)).toMatchObject({ scsi0: expect.stringContaining('size=5G') });
    await destroyByHand(harness, 900);
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('R-17: is of a guest on the same node, though its storage is shared, and the node is chosen for that', async () => {
    await createByHand(harness, 900, { name: 'golden', scsi0: 'ceph-pool:1' }, 'pve3');
    const yaml = copy('ceph-pool:vm-900-disk-0');
    expect(errorsOf(await harness.plan(yaml))).toMatchObject([
      { code: 'IMPOSSIBLE', summary: 'the volume is of a guest on another node', pointer: '/disks/scsi0/import' },
    ]);
    const params = { vmid: 901, scsi0: 'ceph-pool:0,import-from=ceph-pool:vm-900-disk-0' };
    const task = String(await harness.pve.post('/nodes/pve1/qemu', { params }));
    await harness.sandbox.settled();
    const status = await harness.pve.get(`/nodes/pve1/tasks/${task}/status`);
    expect(status).toMatchObject({ exitstatus: expect.stringContaining('owner VM 900 not on local node') });
    const plan = await harness.apply(yaml.replace('node: pve1\n', ''));
    expect(plan.resources[0]?.node).toBe('pve3');
  });

  it('R-17: has to be there, and of a sort that disks are made of', async () => {
    expect(errorsOf(await harness.plan(copy('local-lvm:vm-900-disk-0')))).toMatchObject([
      { code: 'MISSING', pointer: '/disks/scsi0/import' },
    ]);
    expect(errorsOf(await harness.plan(copy('nowhere:import/x.raw')))[0]?.detail).toContain('no such storage');
  });
});
