import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { vmOptions } from '../../src/generated/options/vm.ts';
import { checkVm } from '../../src/kinds/vm/check.ts';
import { type Harness, startHarness } from '../harness.ts';
import { loadFiles, loadOne } from '../spec/load-text.ts';
import { changesOf, configOf, powerByHand, setByHand } from './guests.ts';

const WEB = 'kind: vm\nname: web-01\nha: false\n';

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
    ['serial2: socket', 'options has serial2, which is written as devices.serial2. Write it there.'],
    ['hostpci0: "mapping=gpu"', 'options has hostpci0, which is written as devices.hostpci0. Write it there.'],
    ['usb3: spice', 'options has usb3, which is written as devices.usb3. Write it there.'],
    ['rng0: /dev/urandom', 'options has rng0, which is written as devices.rng0. Write it there.'],
    ['numa1: "cpus=0"', 'options has numa1, which is written as cpu.numaNodes. Write it there.'],
    ['vga: std', 'options has vga, which is written as console.display. Write it there.'],
    ['machine: q35', 'options has machine, which is written as system.machine. Write it there.'],
    ['smbios1: "serial=1"', 'options has smbios1, which is written as system.smbios. Write it there.'],
    ['amd-sev: std', 'options has amd-sev, which is written as system.sev. Write it there.'],
    ['tablet: 1', 'options has tablet, which is written as system.tablet. Write it there.'],
    ['bootdisk: scsi0', 'options has bootdisk, which is written as boot. Write it there.'],
    ['lock: backup', 'options has lock. It is what Proxmox VE sets while it works on a guest, and no setting.'],
    ['unused3: x', 'options has unused3. Proxmox VE keeps the volumes of detached disks there by itself.'],
    ['keybord: de', 'Proxmox VE has no config key keybord. Did you mean keyboard?'],
    ['tabelt: 1', 'Proxmox VE has no config key tabelt. Did you mean system.tablet?'],
    ['constructor: 1', 'Proxmox VE has no config key constructor. Keys are written as qm set takes them.'],
    ['skiplock: 1', 'Proxmox VE has no config key skiplock. Keys are written as qm set takes them.'],
    ['tdf: on please', 'options.tdf is on please. It is true or false.'],
    ['vmstatestorage: true', 'options.vmstatestorage is true. It is text.'],
    ['migrate_speed: 1.5', 'options.migrate_speed is 1.5. It is a whole number.'],
    ['migrate_speed: fast', 'options.migrate_speed is fast. It is a whole number.'],
    ['migrate_downtime: x', 'options.migrate_downtime is x. It is a number.'],
    ['migrate_speed: -1', 'options.migrate_speed is -1. It is 0 or more.'],
    ['keyboard: xx', /^options.keyboard is xx. It is one of de, de-ch, /],
  ])('R-17: %s', async (entry, detail) => {
    const found = checkVm(await loadOne(`kind: vm\nname: x\noptions: { ${entry} }\n`));
    expect(found.map((one) => [one.severity, one.range?.line])).toEqual([['error', 3]]);
    expect(found[0]?.detail).toEqual(typeof detail === 'string' ? detail : expect.stringMatching(detail));
  });

  it.each(['tdf: [1]', 'tdf: {}', 'keyboard: ""'])('R-17: no value at all: %s', async (entry) => {
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
    'options: { autostart: true, keyboard: de, migrate_downtime: 0.5, migrate_speed: 100, tdf: false, vmstatestorage: local-lvm }\n';

  it('R-9: creates it with all there are, and plans nothing afterwards', async () => {
    expect(Object.keys(vmOptions.keys).filter((key) => !OPTIONS.includes(`${key}:`))).toEqual([]);
    await harness.apply(WEB + OPTIONS);
    expect(await configOf(harness, 101)).toMatchObject({
      autostart: 1,
      keyboard: 'de',
      migrate_downtime: '0.5',
      migrate_speed: 100,
      vmstatestorage: 'local-lvm',
    });
    // It means the same as absence.
    expect(await configOf(harness, 101)).not.toHaveProperty('tdf');
    expect(changesOf(await harness.plan(WEB + OPTIONS))).toEqual([]);
  });

  it('R-13: changes and removes them, each key alone', async () => {
    await harness.apply(WEB + OPTIONS);
    harness.writes();
    const yaml = `${WEB}options: { autostart: false, keyboard: null, migrate_speed: 50, tdf: null }\n`;
    const plan = await harness.apply(yaml);
    expect(changesOf(plan)).toEqual([
      ['options.autostart', '1', '0'],
      ['options.keyboard', 'de', null],
      ['options.migrate_speed', '100', '50'],
    ]);
    const bodies = harness.writes().map(({ params }) => {
      const { digest: _, ...rest } = params as JsonObject;
      return rest;
    });
    expect(bodies).toEqual([{ delete: 'autostart,keyboard', migrate_speed: '50' }]);
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
    expect(plan.resources[0]?.unmanaged).toEqual(expect.arrayContaining(['migrate_downtime', 'vmstatestorage']));
  });

  it.each([
    ['migrate_downtime', '0.50', '0.5'],
    ['migrate_downtime', '0.5', '0.500'],
    ['migrate_speed', '"007"', 7],
    ['autostart', 'true', 1],
  ])('R-8 R-55: spelling is no change: %s %s', async (key, written, live) => {
    await harness.apply(WEB);
    await setByHand(harness, 101, { [key]: live });
    expect(changesOf(await harness.plan(`${WEB}options: { ${key}: ${written} }\n`))).toEqual([]);
  });

  it('R-55: a default is not written over an absent value', async () => {
    await harness.apply(WEB);
    const yaml = `${WEB}options: { tdf: 0, autostart: false, migrate_downtime: 0.1, migrate_speed: 0 }\n`;
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('R-16: says what a change does to a running guest', async () => {
    await harness.apply(WEB);
    await powerByHand(harness, 101, 'start');
    const plan = await harness.plan(`${WEB}options: { keyboard: de, migrate_speed: 10 }\n`);
    expect(plan.resources[0]?.changes.map(({ path, effect }) => [path, effect])).toEqual([
      ['options.keyboard', 'restart'],
      ['options.migrate_speed', 'live'],
    ]);
  });

  it('R-15: a value that waits for a restart is told apart, and is withdrawn', async () => {
    await harness.apply(WEB);
    await powerByHand(harness, 101, 'start');
    const yaml = `${WEB}options: { keyboard: de }\n`;
    await harness.apply(yaml);
    const again = await harness.plan(yaml);
    expect(again.resources[0]?.changes).toMatchObject([{ path: 'options.keyboard', state: 'pending' }]);
    expect(again.resources[0]?.steps).toEqual([]);
    const back = await harness.plan(`${WEB}options: { keyboard: null }\n`);
    expect(back.resources[0]?.changes).toMatchObject([{ path: 'options.keyboard', withdraws: true }]);
    expect(back.resources[0]?.steps.map(({ request }) => request?.params['revert'])).toEqual(['keyboard']);
  });

  it('ignore leaves an option alone', async () => {
    await harness.apply(WEB);
    const yaml = `${WEB}options: { tdf: true, keyboard: de }\nignore: [options.tdf]\n`;
    expect(changesOf(await harness.plan(yaml)).map(([path]) => path)).toEqual(['options.keyboard']);
  });
});
