import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { type AsRoot, asRoot } from './as-root.ts';
import { changesOf, configOf, errorsOf, powerByHand, setByHand } from './guests.ts';
import { makeMappings } from './make-mappings.ts';

function versionsIn(details: readonly string[]): readonly number[] {
  return details.map((detail) => Number(/needs Proxmox VE (\S+) or newer/.exec(detail)?.[1]));
}

const WEB = 'kind: vm\nname: web-01\nha: false\n';

describe('with a guest', () => {
  let harness: Harness;
  let root: AsRoot;
  beforeEach(async () => {
    harness = await startHarness();
    root = asRoot(harness.sandbox);
    await makeMappings(harness);
    await harness.apply(WEB);
    harness.writes();
  });
  afterEach(async () => {
    await root.close();
    await harness.close();
  });

  it.each([
    ['hostpci0: "01:00.0"', { hostpci0: '0000:01:00.0' }],
    ['hostpci0: "0000:01:00.0"', { hostpci0: 'host=01:00.0,rombar=1' }],
    ['hostpci0: "0000:0A:00"', { hostpci0: 'pcie=0,host=0a:00' }],
    ['hostpci0: { device: ["0000:01:00.0", "01:00.1"], romBar: true }', { hostpci0: 'host=01:00.0;0000:01:00.1' }],
    ['usb0: "0x1234:ABCD"', { usb0: 'host=1234:abcd' }],
    ['usb0: { host: "1234:abcd", usb3: false }', { usb0: '0x1234:0xABCD' }],
    ['usb0: 1-2.3', { usb0: '1-2.3' }],
    ['serial1: /dev/ttyS1', { serial1: '/dev/ttyS1' }],
    ['parallel0: /dev/parport0', { parallel0: '/dev/parport0' }],
    ['ivshmem: { size: 32MiB }', { ivshmem: 'size=32' }],
  ])('R-8: of the host, %s means the same as %j', async (device, live) => {
    await setByHand({ ...harness, pve: root.pve }, 101, live);
    expect(changesOf(await root.plan(`${WEB}devices: { ${device} }\n`))).toEqual([]);
  });

  it.each([
    'hostpci0: "0000:01:00.0"',
    'usb0: 1-2',
    'serial1: /dev/ttyS0',
    'parallel0: /dev/parport0',
    'ivshmem: { size: 32MiB }',
  ])('R-21: no token may set %s', async (entry) => {
    const key = entry.split(':')[0];
    const [error, ...others] = errorsOf(await harness.plan(`${WEB}devices: { ${entry} }\n`));
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: 'PERMISSION', detail: expect.stringContaining(`devices.${key}`) });
  });

  it('R-21: nor change or remove what is of the host', async () => {
    await root.apply(`${WEB}devices: { usb0: 1-2, hostpci0: "01:00.0" }\n`);
    for (const device of ['usb0: { mapping: stick }', 'usb0: null', 'hostpci0: { device: "01:00.0", romBar: false }'])
      expect(errorsOf(await harness.plan(`${WEB}devices: { ${device} }\n`))).toMatchObject([{ code: 'PERMISSION' }]);
  });

  it('R-13: a mapping in place of a device of the host, and back, is one value', async () => {
    await root.apply(`${WEB}devices: { usb0: 1-2 }\n`);
    const mapped = `${WEB}devices: { usb0: { mapping: stick } }\n`;
    await root.apply(mapped);
    expect(await configOf(harness, 101)).toMatchObject({ usb0: 'mapping=stick' });
    expect(changesOf(await root.plan(mapped))).toEqual([]);
    await root.apply(`${WEB}devices: { usb0: 1-2 }\n`);
    expect(await configOf(harness, 101)).toMatchObject({ usb0: '1-2' });
  });

  it('R-13: one sub-key is changed, and the others that the guest has stay', async () => {
    await setByHand(harness, 101, { hostpci0: 'mapping=gpu,mdev=nvidia-63', watchdog: 'action=reset' });
    const yaml = `${WEB}devices: { hostpci0: { mapping: gpu, pcie: true }, watchdog: { action: pause } }\n`;
    harness.writes();
    const plan = await harness.apply(yaml);
    expect(changesOf(plan)).toEqual([
      ['devices.watchdog.action', 'reset', 'pause'],
      ['devices.hostpci0.pcie', null, true],
    ]);
    expect(harness.writes().map(({ params }) => params)).toEqual([
      {
        hostpci0: 'mapping=gpu,mdev=nvidia-63,pcie=1',
        watchdog: 'i6300esb,action=pause',
        digest: plan.resources[0]?.digest,
      },
    ]);
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('a device that is written as null goes, and one that is not written stays', async () => {
    await setByHand(harness, 101, { usb0: 'spice', rng0: '/dev/urandom', audio0: 'device=AC97' });
    const plan = await harness.apply(`${WEB}devices: { usb0: null, rng0: null }\n`);
    expect(plan.resources[0]?.unmanaged).toContain('audio0');
    const config = await configOf(harness, 101);
    expect(Object.keys(config).filter((key) => /^(usb0|rng0|audio0)$/.test(key))).toEqual(['audio0']);
  });

  it('R-17: a mapping that is not there, or not on the node, is an error with what there is', async () => {
    await harness.pve.post('/cluster/mapping/pci', {
      params: { id: 'far', map: ['node=pve3,id=10de:0001,path=0000:02:00.0'] },
    });
    const plan = await harness.plan(
      `${WEB}devices: { hostpci0: { mapping: gpux }, hostpci1: { mapping: far }, usb0: { mapping: gpu } }\n`,
    );
    expect(errorsOf(plan).map(({ code, pointer, detail }) => [code, pointer, detail])).toEqual([
      [
        'MISSING',
        '/devices/hostpci0/mapping',
        'devices.hostpci0.mapping is gpux (vm.yaml:4:33), and the cluster has no such PCI mapping. With a device on pve2: gpu.',
      ],
      [
        'MISSING',
        '/devices/hostpci1/mapping',
        'devices.hostpci1.mapping is far (vm.yaml:4:62), a PCI mapping that has no device on pve2, only on pve3. With a device on pve2: gpu.',
      ],
      [
        'MISSING',
        '/devices/usb0/mapping',
        'devices.usb0.mapping is gpu (vm.yaml:4:86), and the cluster has no such USB mapping. With a device on pve2: stick.',
      ],
    ]);
    expect(harness.writes().map(({ path }) => path)).toEqual(['/cluster/mapping/pci']);
  });

  it('R-17: a hookscript that is not there is an error with what there is', async () => {
    const plan = await root.plan(`${WEB}system: { hookscript: "local:snippets/hook.pl" }\n`);
    expect(errorsOf(plan).map(({ code, detail }) => [code, detail])).toEqual([
      [
        'MISSING',
        'system.hookscript is local:snippets/hook.pl (vm.yaml:4:23), which pve2 does not have. Snippets on local: none.',
      ],
    ]);
  });

  it('R-16: says what a change does to a running guest', async () => {
    await powerByHand(harness, 101, 'start');
    const yaml = `${WEB}devices: { usb0: spice, rng0: /dev/urandom }\nsystem: { tablet: false, acpi: false, hotplug: [disk, network] }\n`;
    const effects = async (text: string): Promise<unknown> =>
      (await harness.plan(text)).resources[0]?.changes.map(({ path, effect }) => [path, effect]);
    expect(await effects(yaml)).toEqual([
      ['system.acpi', 'restart'],
      ['system.tablet', 'live'],
      ['system.hotplug', 'live'],
      ['devices.rng0', 'restart'],
      ['devices.usb0', 'live'],
    ]);
    expect(await effects(`${WEB}cpu: { numa: true }\nsystem: { hotplug: [disk, memory] }\n`)).toEqual([
      ['system.hotplug', 'restart'],
      ['cpu.numa', 'restart'],
    ]);
  });

  it('a USB device is not plugged into a machine that is too old for it', async () => {
    await setByHand(harness, 101, { machine: 'pc-q35-6.2' });
    await powerByHand(harness, 101, 'start');
    const plan = await harness.plan(`${WEB}defaults: none\ndevices: { usb0: spice }\n`);
    expect(plan.resources[0]?.changes).toMatchObject([{ path: 'devices.usb0', effect: 'restart' }]);
  });

  it('R-54: texts of smbios go beside the uuid of the guest, which stays', async () => {
    const uuid = /uuid=([^,]+)/.exec(String((await configOf(harness, 101))['smbios1']))?.[1];
    const yaml = `${WEB}system: { smbios: { product: "Wébserver, 1", serial: "0001" } }\n`;
    await harness.apply(yaml);
    const product = Buffer.from('Wébserver, 1').toString('base64');
    expect((await configOf(harness, 101))['smbios1']).toBe(`base64=1,product=${product},serial=MDAwMQ==,uuid=${uuid}`);
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
    await harness.apply(`${WEB}system: { smbios: null }\n`);
    expect((await configOf(harness, 101))['smbios1']).toBe(`uuid=${uuid}`);
    const other = await harness.plan(`${WEB}system: { smbios: { uuid: 00000000-0000-4000-8000-000000000000 } }\n`);
    expect(errorsOf(other)).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/system/smbios/uuid' }]);
  });

  it('R-54: a new guest with smbios gets a uuid of its own', async () => {
    const yaml = 'kind: vm\nname: db-01\nha: false\nsystem: { smbios: { serial: "1" } }\n';
    const plan = await harness.apply(yaml);
    expect(plan.resources[0]?.steps[0]?.request?.params['smbios1']).toBe('base64=1,serial=MQ==,uuid={uuid}');
    expect((await configOf(harness, 102))['smbios1']).toMatch(
      /^base64=1,serial=MQ==,uuid=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('the machine and display keep what the document does not mention', async () => {
    await setByHand(harness, 101, { machine: 'q35,viommu=virtio', vga: 'serial0,clipboard=vnc' });
    const plan = await harness.apply(
      `${WEB}console: { serial: socket, display: virtio }\nsystem: { machine: { enableS3: true } }\n`,
    );
    expect(changesOf(plan).map(([path]) => path)).toEqual(['system.machine.enableS3', 'console.display.type']);
    expect(await configOf(harness, 101)).toMatchObject({
      machine: 'q35,enable-s3=1,viommu=virtio',
      vga: 'virtio,clipboard=vnc',
    });
  });
});

it('R-21: before 8.4 the source of randomness was root’s', async () => {
  const older = await startHarness({ version: '7.4' });
  const root = asRoot(older.sandbox);
  try {
    const yaml = `${WEB}devices: { rng0: /dev/urandom }\n`;
    expect(errorsOf(await older.plan(yaml))).toMatchObject([{ code: 'PERMISSION' }]);
    await root.apply(yaml);
    expect(changesOf(await root.plan(yaml))).toEqual([]);
    const late = await older.plan(`${WEB}devices: { usb0: { mapping: stick }, virtiofs0: share }\n`);
    expect(new Set(versionsIn(errorsOf(late).map(({ detail }) => detail)))).toEqual(new Set([8, 8.4]));
  } finally {
    await root.close();
    await older.close();
  }
});
