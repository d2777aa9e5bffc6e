import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { checkVm } from '../../src/kinds/vm/check.ts';
import { coveringPath, optionKey, refusal } from '../../src/kinds/vm/option-keys.ts';
import { FACT_VERSIONS, loadFacts } from '../../src/pve/facts/load-facts.ts';
import { type Harness, startHarness } from '../harness.ts';
import { loadFiles, loadOne } from '../spec/load-text.ts';
import { changesOf, configOf, errorsOf, powerByHand, setByHand } from './guests.ts';

const WEB = 'kind: vm\nname: web-01\nha: false\n';

// What a call says besides the config (qemu-server: PVE/API2/Qemu.pm).
const CALL_PARAMETERS = new Set(
  'archive background_delay bwlimit delete digest force ha-managed import-working-storage live-restore node revert skiplock start storage unique'.split(
    ' ',
  ),
);

/** The parameters of creating and of changing a guest, numbered ones with the number 1. */
async function parametersOf(version: (typeof FACT_VERSIONS)[number]): Promise<readonly string[]> {
  const { endpoints } = await loadFacts(version);
  return endpoints
    .filter(
      ({ path, method }) =>
        (path === '/nodes/{node}/qemu' && method === 'POST') ||
        (path === '/nodes/{node}/qemu/{vmid}/config' && method !== 'GET'),
    )
    .flatMap(({ parameters }) => Object.keys(parameters).map((key) => key.replace('[n]', '1')));
}

describe('R-14: every config key can be expressed', () => {
  it.each(FACT_VERSIONS)('of Proxmox VE %s: by a field, or through options', async (version) => {
    const keys = new Set((await parametersOf(version)).filter((key) => !CALL_PARAMETERS.has(key)));
    expect(keys.size).toBeGreaterThan(70);
    const expressed = [...keys].filter((key) => coveringPath(key) !== undefined || optionKey(key) !== undefined);
    const others = [...keys].filter((key) => !expressed.includes(key)).sort();
    // The first is a secret; the others are no settings.
    expect(others).toEqual(['cipassword', 'lock', 'template', 'unused1']);
    for (const key of others) expect(refusal(key)).toMatch(/\.$/);
  });

  it('a key is a field’s or an option, never both', async () => {
    const keys = await parametersOf('9.2');
    expect(keys.filter((key) => coveringPath(key) !== undefined && optionKey(key) !== undefined)).toEqual([]);
  });

  it.each(FACT_VERSIONS)('options know which keys Proxmox VE %s has', async (version) => {
    const keys = new Set(await parametersOf(version));
    const all = new Set(await parametersOf('9.2'));
    const late = [...all].filter((key) => optionKey(key) !== undefined && !keys.has(key));
    for (const key of late) expect(Number(optionKey(key)?.since)).toBeGreaterThan(Number(version));
    for (const key of keys) expect(Number(optionKey(key)?.since ?? 0)).toBeLessThanOrEqual(Number(version));
  });
});

describe('what options do not take', () => {
  it.each([
    ['cores: 4', 'options has cores, which is written as cpu.cores. Write it there.'],
    ['memory: 4096', 'options has memory, which is written as memory.size. Write it there.'],
    ['agent: 1', 'options has agent, which is written as system.agent. Write it there.'],
    ['cpu: host', 'options has cpu, which is written as cpu. Write it there.'],
    ['scsi3: "local-lvm:8"', 'options has scsi3, which is written as disks. Write it there.'],
    ['net0: virtio', 'options has net0, which is written as network. Write it there.'],
    ['ide2: none', 'options has ide2, which is written as os.media. Write it there.'],
    ['serial0: socket', 'options has serial0, which is written as console.serial. Write it there.'],
    ['bootdisk: scsi0', 'options has bootdisk, which is written as boot. Write it there.'],
    ['lock: backup', 'options has lock. It is what Proxmox VE sets while it works on a guest, and no setting.'],
    ['unused3: x', 'options has unused3. Proxmox VE keeps the volumes of detached disks there by itself.'],
    ['tabelt: 1', 'Proxmox VE has no config key tabelt. Did you mean tablet?'],
    ['usb14: spice', 'Proxmox VE has no config key usb14. Did you mean usb0 to usb13?'],
    ['"usb*": spice', 'Proxmox VE has no config key usb*. Did you mean usb0?'],
    ['constructor: 1', 'Proxmox VE has no config key constructor. Keys are written as qm set takes them.'],
    ['skiplock: 1', 'Proxmox VE has no config key skiplock. Keys are written as qm set takes them.'],
    ['tablet: on please', 'options.tablet is on please. It is true or false.'],
    ['args: true', 'options.args is true. It is text.'],
    ['migrate_speed: 1.5', 'options.migrate_speed is 1.5. It is a whole number.'],
    ['migrate_speed: -1', 'options.migrate_speed is -1. It is 0 or more.'],
    ['citype: cloud', 'options.citype is cloud. It is one of configdrive2, nocloud and opennebula.'],
    ['startdate: tomorrow', 'options.startdate is tomorrow, which has a wrong form.'],
    ['watchdog: "model=i6300esb,action=explode"', /^action in options.watchdog is explode. It is one of reset, /],
    ['rng0: "source=/dev/urandom,colour=red"', /^options.rng0 has no colour. Known are /],
    ['rng0: "max_bytes=5"', 'options.rng0 is max_bytes=5, which lacks source.'],
    ['numa0: "cpus=0-1,cpus=2"', /^options.numa0 is cpus=0-1,cpus=2, which has a wrong form: duplicate key/],
  ])('R-17: %s', async (entry, detail) => {
    const found = checkVm(await loadOne(`kind: vm\nname: x\noptions: { ${entry} }\n`));
    expect(found.map((one) => [one.severity, one.range?.line])).toEqual([['error', 3]]);
    expect(found[0]?.detail).toEqual(typeof detail === 'string' ? detail : expect.stringMatching(detail));
  });

  it.each(['tablet: [1]', 'tablet: {}', 'args: ""'])('R-17: no value at all: %s', async (entry) => {
    const { diagnostics } = await loadFiles({ 'vm.yaml': `kind: vm\nname: x\noptions: { ${entry} }\n` });
    expect(diagnostics).toMatchObject([{ severity: 'error', range: { line: 3 } }]);
  });
});

describe('with a guest', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness.close());

  const OPTIONS =
    'options: { tablet: false, keyboard: de, migrate_downtime: 0.5, watchdog: "i6300esb,action=reset", usb1: spice, serial2: socket, hotplug: "disk,network", kvm: true }\n';

  it('R-9: creates it with them, and plans nothing afterwards', async () => {
    await harness.apply(WEB + OPTIONS);
    expect(await configOf(harness, 101)).toMatchObject({
      tablet: 0,
      keyboard: 'de',
      watchdog: 'i6300esb,action=reset',
      usb1: 'spice',
      serial2: 'socket',
      hotplug: 'disk,network',
    });
    // It means the same as absence.
    expect(await configOf(harness, 101)).not.toHaveProperty('kvm');
    expect(changesOf(await harness.plan(WEB + OPTIONS))).toEqual([]);
  });

  it('R-13: changes and removes them, each key alone', async () => {
    await harness.apply(WEB + OPTIONS);
    harness.writes();
    const yaml = `${WEB}options: { tablet: true, keyboard: null, watchdog: "action=debug", usb1: null, acpi: null }\n`;
    const plan = await harness.apply(yaml);
    expect(changesOf(plan)).toEqual([
      ['options.keyboard', 'de', null],
      ['options.tablet', '0', '1'],
      ['options.usb1', 'spice', null],
      ['options.watchdog', 'i6300esb,action=reset', 'action=debug'],
    ]);
    const bodies = harness.writes().map(({ params }) => {
      const { digest: _, ...rest } = params as JsonObject;
      return rest;
    });
    expect(bodies).toEqual([{ delete: 'keyboard,tablet,usb1', watchdog: 'action=debug' }]);
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
    expect(plan.resources[0]?.unmanaged).toEqual(expect.arrayContaining(['hotplug', 'serial2']));
  });

  it.each([
    ['watchdog', 'model=i6300esb,action=reset', 'action=reset,model=i6300esb'],
    ['watchdog', 'action=reset', 'model=i6300esb,action=reset'],
    ['rng0', 'source=/dev/urandom', '/dev/urandom,max_bytes=1024,period=1000'],
    ['audio0', 'device=ich9-intel-hda', 'device=ich9-intel-hda,driver=spice'],
    ['usb1', 'spice', 'host=spice,usb3=off'],
    ['hotplug', 'network,disk,usb', 'usb,disk,network'],
    ['hotplug', '"1"', 'disk,network,usb'],
    ['numa0', 'cpus=0-1,memory=512', 'memory=512,cpus=0-1'],
    ['ipconfig0', '"ip=dhcp,ip6=auto"', 'ip6=auto,ip=dhcp'],
    ['nameserver', '192.0.2.1 192.0.2.2', '192.0.2.1,192.0.2.2'],
    ['migrate_downtime', '0.50', '0.5'],
  ])('R-8 R-55: spelling is no change: %s %s', async (key, written, live) => {
    await harness.apply(WEB);
    await setByHand(harness, 101, { [key]: live });
    const wanted = written.startsWith('"') ? written : `"${written}"`;
    expect(changesOf(await harness.plan(`${WEB}options: { ${key}: ${wanted} }\n`))).toEqual([]);
  });

  it('a vmgenid that is to be made is met by the one that Proxmox VE has made', async () => {
    await harness.apply(WEB);
    expect(await configOf(harness, 101)).toHaveProperty('vmgenid');
    expect(changesOf(await harness.plan(`${WEB}options: { vmgenid: 1 }\n`))).toEqual([]);
    expect(changesOf(await harness.plan(`${WEB}options: { vmgenid: 0 }\n`))).toHaveLength(1);
  });

  it('R-55: a default is not written over an absent value', async () => {
    await harness.apply(WEB);
    const yaml = `${WEB}options: { acpi: true, kvm: 1, tablet: true, freeze: false, startdate: now, hotplug: "network,disk,usb" }\n`;
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('R-16: says what a change does to a running guest', async () => {
    await harness.apply(WEB);
    await powerByHand(harness, 101, 'start');
    const yaml = `${WEB}options: { acpi: false, tablet: false, ciuser: me, usb1: spice, hotplug: "disk,network" }\n`;
    const plan = await harness.plan(yaml);
    expect(plan.resources[0]?.changes.map(({ path, effect }) => [path, effect])).toEqual([
      ['options.acpi', 'restart'],
      ['options.ciuser', 'restart'],
      ['options.hotplug', 'live'],
      ['options.tablet', 'live'],
      ['options.usb1', 'restart'],
    ]);
    // The drive that cloud-init reads is made at each start (qemu-server: PVE/QemuServer/Cloudinit.pm).
    expect(plan.resources[0]?.changes[1]?.note).toContain('until its next start');
    const memory = await harness.plan(`${WEB}options: { hotplug: "disk,memory" }\n`);
    expect(memory.resources[0]?.changes).toMatchObject([{ path: 'options.hotplug', effect: 'restart' }]);
  });

  it('R-15: a value that waits for a restart is told apart, and is withdrawn', async () => {
    await harness.apply(WEB);
    await powerByHand(harness, 101, 'start');
    const yaml = `${WEB}options: { watchdog: "i6300esb,action=reset" }\n`;
    await harness.apply(yaml);
    const again = await harness.plan(yaml);
    expect(again.resources[0]?.changes).toMatchObject([{ path: 'options.watchdog', state: 'pending' }]);
    expect(again.resources[0]?.steps).toEqual([]);
    const back = await harness.plan(`${WEB}options: { watchdog: null }\n`);
    expect(back.resources[0]?.changes).toMatchObject([{ path: 'options.watchdog', withdraws: true }]);
    expect(back.resources[0]?.steps.map(({ request }) => request?.params['revert'])).toEqual(['watchdog']);
  });

  it.each([
    'args: "-cpu host"',
    'hostpci0: "0000:01:00.0"',
    'usb0: "host=1-2"',
    'serial1: /dev/ttyS0',
    'parallel0: /dev/parport0',
  ])('R-21: only root@pam may set %s', async (entry) => {
    await harness.apply(WEB);
    const key = entry.split(':')[0];
    expect(errorsOf(await harness.plan(`${WEB}options: { ${entry} }\n`))).toMatchObject([
      {
        code: 'PERMISSION',
        summary: 'only root@pam itself may set this',
        detail: expect.stringContaining(`options.${key}`),
      },
    ]);
  });

  it.each(['usb0: spice', 'usb0: "mapping=stick"', 'hostpci0: "mapping=card"', 'serial1: socket'])(
    'R-21: others may set %s',
    async (entry) => {
      await harness.apply(WEB);
      expect(errorsOf(await harness.plan(`${WEB}options: { ${entry} }\n`))).toEqual([]);
    },
  );

  it('R-54: keeps the uuid that tells the guest from others where smbios1 is written', async () => {
    await harness.apply(WEB);
    const uuid = /uuid=([^,]+)/.exec(String((await configOf(harness, 101))['smbios1']))?.[1];
    const yaml = `${WEB}options: { smbios1: "serial=MTIz,base64=1" }\n`;
    await harness.apply(yaml);
    expect(String((await configOf(harness, 101))['smbios1'])).toContain(`uuid=${uuid}`);
    expect(String((await configOf(harness, 101))['smbios1'])).toContain('serial=MTIz');
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('R-54: smbios1 as null keeps the uuid, and another uuid is an error', async () => {
    await harness.apply(
      `${WEB}options: { smbios1: "uuid=6a6d6f2e-2d6d-4c56-9d2b-0f5c4c1f7f11,serial=MTIz,base64=1" }\n`,
    );
    const other = `${WEB}options: { smbios1: "uuid=00000000-2d6d-4c56-9d2b-0f5c4c1f7f11" }\n`;
    expect(errorsOf(await harness.plan(other))).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/options/smbios1' }]);
    const none = `${WEB}options: { smbios1: null }\n`;
    await harness.apply(none);
    expect((await configOf(harness, 101))['smbios1']).toBe('uuid=6a6d6f2e-2d6d-4c56-9d2b-0f5c4c1f7f11');
    expect(changesOf(await harness.plan(none))).toEqual([]);
  });

  it('R-14: a key that the server’s version lacks is an error, and null there is none', async () => {
    const older = await startHarness({ version: '7.4' });
    try {
      const plan = await older.plan(`${WEB}options: { virtiofs0: share }\n`);
      expect(errorsOf(plan).map(({ detail }) => detail)).toEqual([
        'options.virtiofs0 (vm.yaml:4:23) needs Proxmox VE 8.4 or newer; the server is 7.4-3. Leave it out.',
      ]);
      expect(errorsOf(await older.plan(`${WEB}options: { virtiofs0: null }\n`))).toEqual([]);
    } finally {
      await older.close();
    }
  });

  it('ignore leaves an option alone', async () => {
    await harness.apply(WEB);
    const yaml = `${WEB}options: { acpi: false, kvm: false }\nignore: [options.acpi]\n`;
    expect(changesOf(await harness.plan(yaml)).map(([path]) => path)).toEqual(['options.kvm']);
  });
});
