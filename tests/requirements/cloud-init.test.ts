import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { checkVm } from '../../src/kinds/vm/check.ts';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { loadOne } from '../spec/load-text.ts';
import { changesOf, configOf, errorsOf, powerByHand, setByHand, titlesOf, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

const BLOB = 'AAAAC3NzaC1lZDI1NTE5AAAAIGNbHurPyyQUAhzw9FeqPt95/qVG/cKGQL5MeAIRqP3Z';
const KEY = `ssh-ed25519 ${BLOB} me@example`;
const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAzwrlNehveTy9kXGg/IYixOSA7OesdAAwnOPmzY0uDu';
const WEB = 'kind: vm\nname: web\nnode: pve1\nha: false\n';
const ADOPTED = 'kind: vm\nname: web\nnode: pve1\ndefaults: none\nvmid: 101\n';

/** The text of a document with settings of cloud-init, one a line. */
function withSettings(...lines: readonly string[]): string {
  return `${WEB}cloudInit:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

async function requestsOf(yaml: string): Promise<readonly (readonly [string, string, JsonObject])[]> {
  const plan = await harness.plan(yaml);
  expect(errorsOf(plan)).toEqual([]);
  return plan.resources.flatMap(({ steps }) =>
    steps.flatMap(({ request }) =>
      request === undefined
        ? []
        : [[request.method, request.path.replace('/nodes/pve1/qemu/101/', ''), request.params]],
    ),
  ) as readonly (readonly [string, string, JsonObject])[];
}

function withoutDigest(requests: readonly (readonly [string, string, JsonObject])[]): readonly unknown[] {
  return requests.map(([method, path, { digest, ...params }]) => [method, path, params]);
}

async function cloudInitOf(vmid: number): Promise<unknown> {
  return await harness.pve.get(`/nodes/pve1/qemu/${vmid}/cloudinit`);
}

describe('a new guest', () => {
  it('has the drive and the settings in its create request, and boots from disk, medium, network', async () => {
    const yaml = withSettings(
      'user: me',
      `sshKeys: ["${KEY}"]`,
      'addresses: { net0: { ipv4: 10.0.0.5/24, gateway4: 10.0.0.1, ipv6: auto } }',
      'nameservers: [10.0.0.53, 2001:DB8:0:0::53]',
      'searchDomains: [a.test, b.test]',
      'upgrade: false',
    );
    const [create] = await requestsOf(yaml);
    expect(create?.[2]).toMatchObject({
      ide0: 'ceph-pool:cloudinit',
      ciuser: 'me',
      sshkeys: encodeURIComponent(KEY),
      ipconfig0: 'gw=10.0.0.1,ip=10.0.0.5/24,ip6=auto',
      nameserver: '10.0.0.53 2001:db8::53',
      searchdomain: 'a.test b.test',
      ciupgrade: 0,
      boot: 'order=scsi0;ide2;net0',
    });
    await harness.apply(yaml);
    expect(await configOf(harness, 101)).toMatchObject({ ide0: 'ceph-pool:vm-101-cloudinit,media=cdrom' });
    expect(await harness.plan(yaml)).toMatchObject({ resources: [{ action: 'none', changes: [] }] });
  });

  it('has a drive though nothing else is said', async () => {
    await harness.apply(`${WEB}cloudInit: {}\n`);
    expect(await configOf(harness, 101)).toHaveProperty('ide0');
    expect(changesOf(await harness.plan(`${WEB}cloudInit: {}\n`))).toEqual([]);
  });

  it('has none where the document does not speak of cloud-init, or writes null', async () => {
    const [create] = await requestsOf(WEB);
    expect(Object.values(create?.[2] ?? {}).join(' ')).not.toContain('cloudinit');
    const [without] = await requestsOf(withSettings('drive: null', 'user: me'));
    expect(without?.[2]).toMatchObject({ ciuser: 'me' });
    expect(without?.[2]).not.toHaveProperty('ide0');
  });

  it('takes the next slot where a disk has the first, and the storage and format that are written', async () => {
    const disks = 'disks: { ide0: { storage: ceph-pool, size: 1GiB }, scsi0: { storage: local-lvm, size: 1GiB } }\n';
    const [create] = await requestsOf(`${withSettings('user: me')}${disks}`);
    expect(create?.[2]).toMatchObject({ sata5: 'ceph-pool:cloudinit', boot: 'order=ide0;ide2;net0' });
    const [written] = await requestsOf(withSettings('drive: scsi30', 'storage: local-lvm', 'format: raw'));
    expect(written?.[2]).toMatchObject({ scsi30: 'local-lvm:cloudinit,format=raw' });
  });

  it('gets an address of its own for each instance', async () => {
    const yaml = `${withSettings('addresses: { net0: { ipv4: "10.0.0.${index}/24" } }')}instances: { from: 11, to: 12 }\n`;
    const plan = await harness.plan(yaml);
    expect(plan.resources.map(({ steps }) => steps[0]?.request?.params['ipconfig0'])).toEqual([
      'ip=10.0.0.11/24',
      'ip=10.0.0.12/24',
    ]);
  });

  it('P6: a storage or a snippet that is missing fails the plan, with what there is', async () => {
    expect(errorsOf(await harness.plan(withSettings('storage: cephfs')))).toMatchObject([
      { code: 'MISSING', pointer: '/cloudInit/storage', detail: expect.stringContaining('ceph-pool, local-lvm') },
    ]);
    expect(errorsOf(await harness.plan(withSettings('custom: { user: "cephfs:snippets/me.yaml" }')))).toMatchObject([
      {
        code: 'MISSING',
        pointer: '/cloudInit/custom/user',
        detail: expect.stringContaining('cephfs holds no snippets'),
      },
    ]);
    const diskless = `${withSettings('user: me')}disks: {}\nsystem: { efi: null }\n`;
    expect(errorsOf(await harness.plan(diskless))).toMatchObject([
      { code: 'SPEC_INVALID', detail: expect.stringContaining('Write cloudInit.storage') },
    ]);
  });
});

describe('the settings of a guest', () => {
  const FIELDS = [
    ['user', 'user: me', 'user: you', { ciuser: 'you' }],
    ['type', 'type: configdrive2', 'type: opennebula', { citype: 'opennebula' }],
    ['sshKeys', `sshKeys: ["${KEY}"]`, `sshKeys: ["${OTHER}"]`, { sshkeys: encodeURIComponent(OTHER) }],
    ['nameservers', 'nameservers: [10.0.0.1]', 'nameservers: [10.0.0.2]', { nameserver: '10.0.0.2' }],
    ['searchDomains', 'searchDomains: [a.test]', 'searchDomains: null', { delete: 'searchdomain' }],
    ['upgrade', 'upgrade: false', 'upgrade: true', { delete: 'ciupgrade' }],
    [
      'ipv4',
      'addresses: { net0: { ipv4: 10.0.0.5/24, gateway4: 10.0.0.1 } }',
      'addresses: { net0: { ipv4: dhcp } }',
      { ipconfig0: 'ip=dhcp' },
    ],
    [
      'ipv6',
      'addresses: { net0: { ipv6: "fd00::5/64", gateway6: "fd00::1" } }',
      'addresses: { net0: { ipv6: "fd00::6/64" } }',
      { ipconfig0: 'gw6=fd00::1,ip6=fd00::6/64' },
    ],
    ['addresses', 'addresses: { net0: { ipv4: dhcp } }', 'addresses: null', { delete: 'ipconfig0' }],
    [
      'one address',
      'addresses: { net0: { ipv4: dhcp, ipv6: auto } }',
      'addresses: { net0: null }',
      { delete: 'ipconfig0' },
    ],
  ] as const;

  it.each(FIELDS)('R-9: straight after an apply of %s the plan is empty', async (_, before, after) => {
    for (const settings of [before, after]) {
      await harness.apply(withSettings(settings));
      expect(changesOf(await harness.plan(withSettings(settings)))).toEqual([]);
    }
  });

  it.each(FIELDS)(
    'R-13 R-35: an edit of %s of a stopped guest is one request, and nothing is recreated',
    async (_, before, after, params) => {
      await harness.apply(withSettings(before));
      expect(withoutDigest(await requestsOf(withSettings(after)))).toEqual([['PUT', 'config', params]]);
    },
  );

  it.each(FIELDS)(
    'R-35: an edit of %s of a running guest makes the drive anew, and says when the guest reads it',
    async (_, before, after, params) => {
      await harness.apply(withSettings(before));
      await powerByHand(harness, 101, 'start');
      expect(withoutDigest(await requestsOf(withSettings(after)))).toEqual([
        ['PUT', 'config', params],
        ['PUT', 'cloudinit', {}],
      ]);
      const plan = await harness.apply(withSettings(after));
      expect(plan.resources[0]?.changes[0]).toMatchObject({
        effect: 'restart',
        state: 'change',
        note: 'cloud-init in the guest reads it when it boots next',
      });
      expect(changesOf(await harness.plan(withSettings(after)))).toEqual([]);
      expect(JSON.stringify(await cloudInitOf(101))).not.toContain('pending');
    },
  );

  it('P3: what the document does not speak of stays', async () => {
    await harness.apply(WEB);
    await setByHand(harness, 101, { ipconfig0: 'ip=dhcp,ip6=auto', ipconfig1: 'ip=dhcp', ciuser: 'hand' });
    const yaml = withSettings('addresses: { net0: { ipv4: 10.0.0.5/24 } }');
    await harness.apply(yaml);
    expect(await configOf(harness, 101)).toMatchObject({
      ipconfig0: 'ip=10.0.0.5/24,ip6=auto',
      ipconfig1: 'ip=dhcp',
      ciuser: 'hand',
    });
    const [resource] = (await harness.plan(yaml)).resources;
    expect(resource?.unmanaged).toEqual(expect.arrayContaining(['ciuser', 'ipconfig1']));
    expect(resource?.unmanaged).not.toContain('ide0');
  });

  it.each([
    ['addresses: { net0: { ipv4: dhcp, ipv6: auto } }', { ipconfig0: 'ip6=auto,ip=dhcp' }],
    [
      'addresses: { net0: { ipv6: "2001:db8::a/64", gateway6: "2001:db8::1" } }',
      { ipconfig0: 'ip6=2001:0DB8:0:0:0:0:0:000A/64,gw6=2001:DB8::1' },
    ],
    ['addresses: { net0: { ipv4: null, ipv6: null } }', {}],
    ['nameservers: [10.0.0.1, "2001:db8::1"]', { nameserver: '10.0.0.1, 2001:DB8:0::1' }],
    ['searchDomains: [a.test, b.test]', { searchdomain: 'a.test,b.test' }],
    [`sshKeys: ["${KEY}", "${OTHER}"]`, { sshkeys: encodeURIComponent(`${OTHER} you@x\n\nssh-ed25519 ${BLOB}\n`) }],
    [`sshKeys: ["${OTHER}"]`, { sshkeys: OTHER.replaceAll(' ', '%20').replaceAll('/', '%2f') }],
    ['upgrade: true', {}],
    ['upgrade: true', { ciupgrade: 1 }],
    ['type: nocloud', {}],
    ['type: nocloud', { citype: 'nocloud' }],
    ['user: null', {}],
    ['sshKeys: null', {}],
    ['sshKeys: []', {}],
    ['nameservers: []', {}],
    ['searchDomains: []', {}],
    [
      'custom: { user: "local:snippets/u.yaml", network: "local:snippets/n.yaml" }',
      { cicustom: 'network=local:snippets/n.yaml,user=local:snippets/u.yaml' },
    ],
    ['custom: null', {}],
  ] as const)('R-8 R-55: spelling is no change: %s', async (setting, live) => {
    await harness.apply(withSettings('user: null'));
    if (Object.keys(live).length > 0) await setByHand(harness, 101, live);
    expect(changesOf(await harness.plan(withSettings(setting)))).toEqual([]);
  });

  it('R-8: a guest with Windows has configdrive2 by default', async () => {
    const windows = `${WEB}os: { type: win11 }\ncloudInit: { type: configdrive2 }\n`;
    await harness.apply(windows);
    expect(await configOf(harness, 101)).not.toHaveProperty('citype');
    expect(changesOf(await harness.plan(windows.replace('configdrive2', 'nocloud')))).toEqual([
      ['cloudInit.type', null, 'nocloud'],
    ]);
  });

  it('R-13: one file of one’s own goes, and the others stay', async () => {
    await harness.apply(withSettings('user: null'));
    await setByHand(harness, 101, { cicustom: 'user=local:snippets/u.yaml,meta=local:snippets/m.yaml' });
    expect(withoutDigest(await requestsOf(withSettings('custom: { user: null }')))).toEqual([
      ['PUT', 'config', { cicustom: 'meta=local:snippets/m.yaml' }],
    ]);
    expect(withoutDigest(await requestsOf(withSettings('custom: null')))).toEqual([
      ['PUT', 'config', { delete: 'cicustom' }],
    ]);
    expect(errorsOf(await harness.plan(withSettings('custom: { user: "local:snippets/x.yaml" }')))).toMatchObject([
      { code: 'MISSING', detail: expect.stringContaining('local holds no snippets') },
    ]);
  });

  it('an empty list takes the key away', async () => {
    await harness.apply(withSettings('nameservers: [10.0.0.1]'));
    expect(withoutDigest(await requestsOf(withSettings('nameservers: []')))).toEqual([
      ['PUT', 'config', { delete: 'nameserver' }],
    ]);
  });

  it('another order of name servers is a change, for the first is asked first', async () => {
    await harness.apply(withSettings('nameservers: [10.0.0.1, 10.0.0.2]'));
    expect(changesOf(await harness.plan(withSettings('nameservers: [10.0.0.2, 10.0.0.1]')))).toHaveLength(1);
  });

  it('another MAC address or name makes the drive anew too, and another VLAN does not', async () => {
    const net = (text: string): string =>
      `${withSettings('addresses: { net0: { ipv4: dhcp } }')}network: { net0: ${text} }\n`;
    await harness.apply(net('{}'));
    await powerByHand(harness, 101, 'start');
    expect(titlesOf(await harness.plan(net('{ vlan: 5 }')))).toEqual(['change network interface net0']);
    expect(titlesOf(await harness.plan(net('{ mac: 02:00:00:00:40:00 }')))).toEqual([
      'change network interface net0',
      'make the cloud-init drive anew',
    ]);
    await setByHand(harness, 101, { name: 'other' });
    expect(titlesOf(await harness.plan(net('{}')))).toEqual(['change name', 'make the cloud-init drive anew']);
  });

  it('R-22: the drive is made anew before what may fail, so that no later run has to know of it', async () => {
    const disks = (size: string): string => `disks: { scsi0: { size: ${size} } }\n`;
    await harness.apply(`${withSettings('user: me')}${disks('2GiB')}`);
    await powerByHand(harness, 101, 'start');
    const yaml = `${withSettings('user: you')}${disks('4GiB')}`;
    const plan = await harness.plan(yaml);
    expect(titlesOf(plan)).toEqual(['change ciuser', 'make the cloud-init drive anew', 'grow disk scsi0 to 4G']);
    harness.sandbox.failNext({ method: 'PUT', path: /\/resize$/, status: 500, message: 'no space left' });
    expect(await harness.run(plan)).toMatchObject({ outcome: 'failed' });
    expect(await cloudInitOf(101)).toContainEqual({ key: 'ciuser', value: 'you' });
    expect(titlesOf(await harness.apply(yaml))).toEqual(['grow disk scsi0 to 4G']);
  });

  it('R-22: where the drive cannot be made anew, the report says how, for no later plan knows of it', async () => {
    await harness.apply(withSettings('user: me'));
    await powerByHand(harness, 101, 'start');
    const plan = await harness.plan(withSettings('user: you'));
    harness.sandbox.failNext({ method: 'PUT', path: /\/cloudinit$/, status: 500, message: 'no space left' });
    const result = await harness.run(plan);
    expect(result.errors[0]?.hints.join()).toContain('qm cloudinit update 101');
    expect(titlesOf(await harness.plan(withSettings('user: you')))).toEqual([]);
  });

  it('a guest that is shut down in the same plan needs no new drive, for its next start makes one', async () => {
    await harness.apply(withSettings('user: me'));
    await powerByHand(harness, 101, 'start');
    expect(titlesOf(await harness.plan(`${withSettings('user: you')}power: stopped\n`))).toEqual([
      'change ciuser',
      'shut down',
    ]);
  });
});

describe('the drive of a guest', () => {
  it('is added to a guest that has none', async () => {
    await harness.apply(WEB);
    expect(withoutDigest(await requestsOf(withSettings('user: me')))).toEqual([
      ['PUT', 'config', { ciuser: 'me' }],
      ['POST', 'config', { ide0: 'ceph-pool:cloudinit' }],
    ]);
    await harness.apply(withSettings('user: me'));
    expect(changesOf(await harness.plan(withSettings('user: me')))).toEqual([]);
  });

  it('R-15: waits for a restart on ide, and is plugged into scsi at once', async () => {
    await harness.apply(WEB);
    await powerByHand(harness, 101, 'start');
    const plan = await harness.apply(withSettings('user: me'));
    expect(plan.resources[0]?.changes).toMatchObject([
      { path: 'cloudInit.user', effect: 'restart' },
      { path: 'cloudInit', key: 'ide0', effect: 'restart', after: { storage: 'ceph-pool' } },
    ]);
    expect((await harness.plan(withSettings('user: me'))).resources[0]).toMatchObject({
      changes: [{ path: 'cloudInit.storage', state: 'pending' }],
      steps: [],
    });
    await harness.apply(withSettings('drive: null', 'user: me'));
    const scsi = await harness.apply(withSettings('drive: scsi30', 'user: me'));
    expect(scsi.resources[0]?.changes).toMatchObject([{ path: 'cloudInit', key: 'scsi30', effect: 'live' }]);
    expect(titlesOf(scsi)).toEqual(['add cloud-init drive scsi30']);
    expect(changesOf(await harness.plan(withSettings('drive: scsi30', 'user: me')))).toEqual([]);
  });

  it('is taken where it is, as long as no other slot is written', async () => {
    await harness.apply(WEB);
    await setByHand(harness, 101, { sata3: 'local-lvm:cloudinit' });
    expect(changesOf(await harness.plan(withSettings('user: null')))).toEqual([]);
    expect(changesOf(await harness.plan(withSettings('drive: sata3', 'storage: local-lvm')))).toEqual([]);
  });

  it('moves to another slot or storage of a stopped guest, and leaves nothing behind', async () => {
    await harness.apply(withSettings('user: me'));
    const moved = withSettings('drive: sata0', 'user: me');
    expect(titlesOf(await harness.apply(moved))).toEqual([
      'remove cloud-init drive ide0',
      'add cloud-init drive sata0',
    ]);
    expect(changesOf(await harness.plan(moved))).toEqual([]);
    const away = withSettings('drive: sata0', 'storage: local-lvm', 'user: me');
    expect(titlesOf(await harness.apply(away))).toEqual(['replace cloud-init drive sata0']);
    expect(changesOf(await harness.plan(away))).toEqual([]);
    const config = await configOf(harness, 101);
    expect(config).toMatchObject({ sata0: 'local-lvm:vm-101-cloudinit,media=cdrom' });
    expect(Object.keys(config).filter((key) => key.startsWith('unused'))).toEqual([]);
    expect((await volumesOf(harness)).join(' ')).not.toContain('cloudinit');
  });

  it('P6: does not move while the guest runs, where Proxmox VE cannot, unless a restart is allowed', async () => {
    await harness.apply(withSettings('user: me'));
    await powerByHand(harness, 101, 'start');
    for (const setting of ['drive: sata0', 'storage: local-lvm']) {
      expect(errorsOf(await harness.plan(withSettings(setting)))).toMatchObject([
        { code: 'CONSENT', summary: 'a running guest keeps its cloud-init drive' },
      ]);
    }
  });

  it('goes with its settings where cloudInit is null', async () => {
    await harness.apply(withSettings('user: me', 'addresses: { net0: { ipv4: dhcp } }', 'nameservers: [10.0.0.1]'));
    const nothing = `${WEB}cloudInit: null\n`;
    expect(withoutDigest(await requestsOf(nothing))).toEqual([
      ['PUT', 'config', { delete: 'ciuser,nameserver,ipconfig0' }],
      ['POST', 'config', { delete: 'ide0' }],
    ]);
    await harness.apply(nothing);
    const left = Object.keys(await configOf(harness, 101)).filter((key) =>
      /^(?:ci|ide0|ipconfig|nameserver)/.test(key),
    );
    expect(left).toEqual([]);
    expect(changesOf(await harness.plan(nothing))).toEqual([]);
    expect((await volumesOf(harness)).join(' ')).not.toContain('cloudinit');
  });

  it('R-15: its removal from a running guest waits for a restart, and is withdrawn', async () => {
    await harness.apply(withSettings('user: me'));
    await powerByHand(harness, 101, 'start');
    const without = withSettings('drive: null', 'user: me');
    await harness.apply(without);
    expect((await harness.plan(without)).resources[0]).toMatchObject({ changes: [{ state: 'pending' }], steps: [] });
    const back = await harness.apply(withSettings('user: me'));
    expect(titlesOf(back)).toEqual(['keep cloud-init drive ide0']);
    expect(changesOf(await harness.plan(withSettings('user: me')))).toEqual([]);
  });

  it('stays where a guest is protected, and where another device has the slot', async () => {
    await harness.apply(`${withSettings('user: me')}protection: true\n`);
    expect(errorsOf(await harness.plan(`${withSettings('drive: null')}protection: true\n`))).toMatchObject([
      { code: 'IMPOSSIBLE', summary: 'the guest is protected' },
    ]);
    await setByHand(harness, 101, { sata1: 'none,media=cdrom' });
    expect(errorsOf(await harness.plan(`${withSettings('drive: sata1')}protection: false\n`))).toMatchObject([
      { code: 'IMPOSSIBLE', summary: 'the slot is taken' },
    ]);
  });

  it('is no disk to exclusive: [disks]', async () => {
    const yaml = `${withSettings('user: me')}disks: { scsi0: {} }\nexclusive: [disks]\n`;
    await harness.apply(yaml);
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('goes to the storage of the guest’s first disk, where the document names none', async () => {
    await harness.pve.post('/nodes/pve1/qemu', {
      params: { vmid: 101, name: 'web', scsi0: 'local-lvm:1', virtio0: 'ceph-pool:1' },
    });
    await harness.sandbox.settled();
    const plan = await harness.plan(`${ADOPTED}cloudInit: { user: me }\n`, { adopt: true });
    expect(plan.resources[0]?.changes).toContainEqual(
      expect.objectContaining({ key: 'ide0', after: { storage: 'local-lvm' } }),
    );
  });
});

it.each(['7.4', '8.4', '9.2'] as const)('R-35: works alike on Proxmox VE %s', async (version) => {
  const other = await startHarness({ version });
  try {
    const yaml = withSettings(
      'user: me',
      `sshKeys: ["${KEY}"]`,
      'addresses: { net0: { ipv4: 10.0.0.5/24, gateway4: 10.0.0.1 } }',
    );
    await other.apply(yaml);
    expect(changesOf(await other.plan(yaml))).toEqual([]);
    await powerByHand(other, 101, 'start');
    const edited = await other.apply(yaml.replace('user: me', 'user: you'));
    expect(titlesOf(edited)).toEqual(['change ciuser', 'make the cloud-init drive anew']);
    expect(changesOf(await other.plan(yaml.replace('user: me', 'user: you')))).toEqual([]);
    const upgrade = await other.plan(`${yaml}  upgrade: false\n`);
    expect(errorsOf(upgrade)).toHaveLength(version === '7.4' ? 1 : 0);
  } finally {
    await other.close();
  }
});

it('P1: what the plan prints is what is written, in its order', async () => {
  await harness.apply(withSettings('user: me'));
  await powerByHand(harness, 101, 'start');
  const yaml = withSettings('user: you', 'drive: null', 'addresses: { net0: { ipv4: dhcp } }');
  const planned = await requestsOf(yaml);
  harness.writes();
  await harness.apply(yaml);
  const written = harness.writes().map(({ method, path, params }) => [method, path, params]);
  expect(written.map(([method]) => method)).toEqual(planned.map(([method]) => method));
  expect(JSON.stringify(written)).toContain('"ipconfig0":"ip=dhcp"');
});

it.each([
  ['ciuser: me', 'cloudInit.user'],
  ['ipconfig1: "ip=dhcp"', 'cloudInit.addresses'],
  ['cicustom: "user=local:snippets/u.yaml"', 'cloudInit.custom'],
])('R-14: options: { %s } says where it is written', async (option, path) => {
  const resource = await loadOne(`${WEB}options: { ${option} }\n`);
  expect(checkVm(resource)).toMatchObject([{ detail: expect.stringContaining(`written as ${path}. Write it there.`) }]);
});

it('ignore leaves the drive and a setting alone', async () => {
  await harness.apply(withSettings('user: me'));
  const yaml = `${withSettings('user: you', 'drive: sata0')}ignore: [cloudInit.user, cloudInit.drive]\n`;
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});

it('the project file sets what a site shares', async () => {
  const project = `kind: project\ndefaults: { vm: { cloudInit: { user: site, sshKeys: ["${KEY}"] } } }\n`;
  const plan = await harness.plan(`${WEB}cloudInit: { user: me }\n`, { project });
  expect(plan.resources[0]?.steps[0]?.request?.params).toMatchObject({
    ciuser: 'me',
    sshkeys: encodeURIComponent(KEY),
    ide0: 'ceph-pool:cloudinit',
  });
});

describe('with a token that holds few privileges', () => {
  const SECRET = '00000000-0000-4000-8000-000000000001';
  const BASE =
    'VM.Audit,VM.Config.Options,VM.Config.HWType,VM.Config.Disk,VM.Config.Memory,VM.Config.CPU,Datastore.Audit';

  async function asTokenWith(privileges: string, act: (pve: PveClient) => Promise<void>): Promise<void> {
    const users = join(harness.sandbox.directory, 'user.cfg');
    const rights = [
      'user:ci@pve:1:0:::::',
      'token:ci@pve!plan:0:0::',
      `role:few:${BASE},${privileges}:`,
      'acl:1:/:ci@pve:few:',
    ];
    writeFileSync(users, `${readFileSync(users, 'utf8')}\n${rights.join('\n')}\n`);
    const tokens = join(harness.sandbox.directory, 'priv/token.cfg');
    writeFileSync(tokens, `${readFileSync(tokens, 'utf8').trimEnd()}\nci@pve!plan ${SECRET}\n`);
    harness.sandbox.reload();
    const pve = createPveClient({
      endpoint: harness.sandbox.endpoint,
      credentials: { type: 'token', token: `ci@pve!plan=${SECRET}` },
      trust: { ca: harness.sandbox.ca },
    });
    try {
      await act(pve);
    } finally {
      await pve.close();
    }
  }

  it('R-21: VM.Config.Network alone changes the settings, and does not make the drive of a running guest anew', async () => {
    await harness.apply(withSettings('user: me'));
    await asTokenWith('VM.Config.Network', async (pve) => {
      expect(errorsOf(await harness.plan(withSettings('user: you'), { pve }))).toEqual([]);
      await powerByHand(harness, 101, 'start');
      expect(errorsOf(await harness.plan(withSettings('user: you'), { pve }))).toMatchObject([
        { code: 'PERMISSION', detail: expect.stringContaining('VM.Config.Cloudinit on /vms/101') },
      ]);
    });
  });

  it('R-21: the drive takes VM.Config.Cloudinit and VM.Config.CDROM', async () => {
    await harness.apply(WEB);
    await asTokenWith('VM.Config.Network,Datastore.AllocateSpace', async (pve) => {
      const errors = errorsOf(await harness.plan(withSettings('user: you'), { pve }));
      expect(errors.map(({ detail }) => /needs (\S+) on/.exec(detail)?.[1]).sort()).toEqual([
        'VM.Config.CDROM',
        'VM.Config.Cloudinit',
      ]);
    });
  });
});

it('R-9: the example plans empty after it is applied', async () => {
  const yaml = readFileSync(new URL('../../examples/cloud-init.yaml', import.meta.url), 'utf8');
  const plan = await harness.apply(yaml);
  expect(plan.resources.map(({ steps }) => steps[0]?.request?.params['ipconfig0'])).toEqual(
    ['192.0.2.11', '192.0.2.12', '192.0.2.13'].map((address) => `gw=192.0.2.1,ip=${address}/24,ip6=auto`),
  );
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});
