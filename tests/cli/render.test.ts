import { expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';

const files = {
  'pvevm.yaml': 'kind: project\nstack: lab\ndefaults: { vm: { memory: { size: 4GiB } } }\n',
  'a.yaml': 'kind: vm\nname: a\ndefaults: none\nvmid: 101\n---\nkind: vm\nname: b\ndefaults: none\nvmid: 102\n',
};

it('prints the documents of a folder, with what the project file gives them', async () => {
  const { code, stdout, stderr } = await runCli(['render'], { files });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`# vm/a, from a.yaml:1
kind: vm
name: a
vmid: 101
defaults: none
memory:
  size: 4GiB
---
# vm/b, from a.yaml:6
kind: vm
name: b
vmid: 102
defaults: none
memory:
  size: 4GiB
`);
});

it('prints what validate finds valid again', async () => {
  const { stdout } = await runCli(['render', '--origins'], { files });
  const again = await runCli(['validate', '-'], { files: { 'pvevm.yaml': files['pvevm.yaml'] }, stdin: stdout });
  expect(again).toEqual({ code: 0, stdout: '2 documents valid\n', stderr: '' });
});

it('adds where values came from with --origins', async () => {
  const { stdout } = await runCli(['render', '--origins', 'a.yaml'], { files });
  expect(stdout).toContain('vmid: 101 # a.yaml:4:7\n');
  expect(stdout).toContain('  size: 4GiB # pvevm.yaml:3:35\n');
});

it('prints one JSON document with --json: the specs with all their defaults, and with --origins theirs', async () => {
  const vm = { 'vm.yaml': 'kind: vm\nname: a\n' };
  const { code, stdout } = await runCli(['render', '--json', '--origins'], { files: vm });
  const output = JSON.parse(stdout) as { resources: readonly object[] };
  expect({ code, output }).toMatchObject({
    code: 0,
    output: { formatVersion: '1.0', valid: true, exit: { code: 0, name: 'ok' }, diagnostics: [] },
  });
  expect(output.resources).toMatchObject([
    {
      address: 'vm/a',
      file: 'vm.yaml',
      line: 1,
      spec: { kind: 'vm', name: 'a', cpu: { cores: 2 }, disks: { scsi0: { size: '32GiB' } } },
      origins: { '/name': 'vm.yaml:2:7', '/cpu/cores': 'built-in default' },
    },
  ]);
  const { stdout: bare } = await runCli(['render', '--json'], { files: vm });
  expect(bare).not.toContain('origins');
});

it('R-48: has no secret in its JSON', async () => {
  const text = 'kind: vm\nname: a\ndescription: root@pam!ci=12345678-1234-1234-1234-123456789abc\n';
  expect((await runCli(['render', '--json'], { files: { 'vm.yaml': text } })).stdout).not.toContain('12345678');
});

it('prints nothing but findings where a document is wrong, and exits with 3', async () => {
  const bad = { 'vm.yaml': 'kind: vm\nname: a\n---\nkind: vm\nname: b\ncpu: { core: 2 }\n' };
  const { code, stdout, stderr } = await runCli(['render'], { files: bad });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain('vm.yaml:6:8: error: unknown key [PVEVM-SPEC-INVALID]');
  const asJson = await runCli(['render', '--json'], { files: bad });
  expect({ code: asJson.code, json: JSON.parse(asJson.stdout) }).toMatchObject({
    code: 3,
    json: { valid: false, exit: { name: 'invalid' } },
  });
});

it('prints each instance, with its variables resolved', async () => {
  const text =
    'kind: vm\nname: w-${index:02}\ninstances: 2\ndefaults: none\nvmid: { from: 200 }\ncpu: { cores: "${var.cores}" }\n';
  const { stdout } = await runCli(['render', '--var', 'cores=3', '--origins'], { files: { 'vm.yaml': text } });
  expect(stdout.split('\n').filter((line) => /^(name|vmid| {2}cores)/.test(line))).toEqual([
    'name: w-01 # vm.yaml:2:7, from ${index}',
    'vmid: 200 # vm.yaml:5:15',
    '  cores: 3 # vm.yaml:6:15, from ${var.cores}',
    'name: w-02 # vm.yaml:2:7, from ${index}',
    'vmid: 201 # vm.yaml:5:15',
    '  cores: 3 # vm.yaml:6:15, from ${var.cores}',
  ]);
  expect(stdout).not.toContain('instances');
});
