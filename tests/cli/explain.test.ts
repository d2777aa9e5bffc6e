import { expect, it } from 'vitest';
import { projectFields } from '../../src/generated/fields/project.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';
import { runCli } from '../run-cli.ts';

async function explain(field: string): Promise<string> {
  const { code, stdout, stderr } = await runCli(['explain', field]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

it('says what a field means, its default, key, effect and privilege', async () => {
  const text = await explain('vm.disks.size');
  expect(text).toMatch(
    /^vm\.disks\.\*\.size\n {2}The size of the disk\. A larger one grows it; a smaller one is an error\./,
  );
  expect(text.slice(text.indexOf('\n\n'))).toBe(`

  values        a size with a unit, as in 32GiB
  default       32GiB, where disks.*.volume is not written. A creation value: it fills the request
                that makes the guest, and is compared afterwards only where a document, its bases or
                pvevm.yaml write it
  Proxmox VE    the slot's own key, size in its property string
  a change      takes effect on the running guest
  privilege     VM.Config.Disk
`);
});

it('takes a slot, a star or neither for the same field', async () => {
  const text = await explain('vm.disks.iothread');
  expect(await explain('vm.disks.scsi3.iothread')).toBe(text);
  expect(await explain('vm.disks.*.iothread')).toBe(text);
  expect(text).toContain(
    'true, where the bus is virtio; or where the bus is scsi and system.scsiController is\n                virtio-scsi-single\n',
  );
});

it('says for each class of change what it does, and which value is the same as none', async () => {
  expect(await explain('vm.disks.scsi0')).toMatch(
    /a change +takes effect on the running guest where its hotplug holds disk; otherwise it waits/,
  );
  expect(await explain('vm.onBoot')).toMatch(/a change +takes effect at once\n.*same as none +false\n/s);
  expect(await explain('vm.system.bios')).toMatch(
    /a change +is written, and waits until the guest is stopped and started/,
  );
  expect(await explain('vm.system.tpm.version')).toMatch(/a change +cannot be changed in place/);
});

it('says since which version there is a field, and what is required', async () => {
  expect(await explain('vm.ha.failback')).toMatch(/versions +since 9\.0\n/);
  expect(await explain('vm.name')).toMatch(/required +yes\n/);
  expect(await explain('vm.node')).not.toContain('required');
});

it('lists the fields of a group, of a kind, and of a map of devices with its slots', async () => {
  expect(await explain('vm.cpu')).toMatch(/\nFields\n {2}vm\.cpu\.cores +Cores/);
  expect(await explain('vm')).toMatch(/\n {2}vm\.memory +/);
  expect(await explain('vm.network')).toMatch(/slots net0 to net31\n(.|\n)*\n {2}vm\.network\.\*\.bridge +/);
  expect(await explain('project')).toContain('project.stack');
  expect(await explain('project.defaults.vm.cpu')).toContain('project.defaults.vm.cpu.cores');
});

it('lists no slots for a map whose names are the user’s own', async () => {
  expect(await explain('vm.firewall.ipSets')).not.toContain('slots');
  expect(await explain('vm.firewall.ipSets')).toContain('vm.firewall.ipSets.*.entries');
  const { stderr } = await runCli(['validate'], {
    files: { 'vm.yaml': 'kind: vm\nname: a\nfirewall: { aliases: { 1a: 10.0.0.1 } }\n' },
  });
  expect(stderr).toContain('firewall.aliases cannot have the name "1a". Names are 2 to 64 letters');
});

it('knows every field of the tables, each with its meaning', async () => {
  for (const [kind, fields] of [
    ['vm', vmFields],
    ['project', projectFields],
  ] as const) {
    for (const { path, description, key } of fields) {
      const { code, stdout } = await runCli(['explain', `${kind}.${path}`, '--json']);
      expect({ path, code }).toEqual({ path, code: 0 });
      const { field } = JSON.parse(stdout) as { field: Record<string, unknown> };
      expect(field).toMatchObject({ path: `${kind}.${path}`, description });
      expect(field['key']).toBe(key === false ? undefined : key);
    }
  }
});

it.each([
  ['vm.disks.sise', "there is no field 'vm.disks.*.sise'", 'Did you mean vm.disks.*.size?'],
  ['vm.memroy', "there is no field 'vm.memroy'", 'Did you mean vm.memory?'],
  ['vm.cpu.cores.x', "there is no field 'vm.cpu.cores.x'", 'It has no fields inside it.'],
  ['vm.cpu.*', "there is no field 'vm.cpu.*'", 'Known are: vm.cpu.cores, vm.cpu.sockets, vm.cpu.type,'],
  ['wm', "there is no kind 'wm'", 'Did you mean vm?'],
  ['disks.size', "there is no kind 'disks'", 'Did you mean vm.disks.size?'],
  ['vm.constructor', "there is no field 'vm.constructor'", 'Known are: '],
])('names the nearest field for %s', async (field, message, hint) => {
  const { code, stdout, stderr } = await runCli(['explain', field]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain(`error: ${message} [PVEVM-USAGE]\n  ${hint}`);
});

it('prints one JSON document with --json', async () => {
  const { stdout } = await runCli(['explain', 'vm.network.vlan', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    formatVersion: '1.0',
    field: {
      path: 'vm.network.*.vlan',
      key: 'net*',
      sub: 'tag',
      creation: false,
      privilege: 'VM.Config.Network',
      fields: [],
    },
  });
});

it('lists the kinds where no field is named', async () => {
  const kinds = await runCli(['explain']);
  expect(kinds.stdout.split('\n')).toEqual(expect.arrayContaining(['vm', 'project']));
  expect(kinds.stderr).toContain('pvevm explain vm shows the fields of a kind');
  expect(JSON.parse((await runCli(['explain', '--json'])).stdout)).toMatchObject({
    kinds: expect.arrayContaining(['vm']),
  });
});

it('a slot that no guest has is no field of a disk', async () => {
  const { code, stderr } = await runCli(['explain', 'vm.disks.nvme0']);
  expect({ code, stderr: stderr.slice(0, 100) }).toEqual({
    code: 3,
    stderr: expect.stringMatching(
      /^error: there is no field 'vm\.disks\.nvme0' \[PVEVM-USAGE\]\n {2}Known are: vm\.disks\.scsi0, /,
    ),
  });
});
