import { expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';

const files = {
  'pvevm.yaml': 'kind: project\ndefaults: { vm: { memory: { size: 4GiB } } }\n',
  'vm.yaml': 'kind: vm\nname: web-01\nha: false\ndisks: { scsi0: { size: 8GiB } }\n',
};

it('plan --explain says of each value whether a document, the project file or pvevm itself gave it', async () => {
  const { code, stdout } = await runCli(['plan', '--explain', '--sandbox', 'vm.yaml'], { files });
  expect(code).toBe(0);
  expect(stdout).toMatch(/memory\.size +4 GiB +\(pvevm\.yaml:2:35\)\n/);
  expect(stdout).toMatch(/cpu\.cores +2 +\(built-in default\)\n/);
  expect(stdout).toMatch(/disks\.scsi0 +8 GiB on ceph-pool, .*\(vm\.yaml:4:\d+\)\n/);
  expect(stdout).toMatch(/ {2}\.size +8 GiB +\(vm\.yaml:4:25\)\n/);
  expect(stdout).toMatch(/ {2}\.storage +ceph-pool +\(built-in default\)\n/);
});

it('a plan without it leaves origins out', async () => {
  const { stdout } = await runCli(['plan', '--sandbox', 'vm.yaml'], { files });
  expect(stdout).not.toContain('built-in default');
});
