import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf, guestIds, powerByHand, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

// Calls that take one (Proxmox VE’s API facts: `digest`).
const TAKES_DIGEST = /\/qemu\/\d+\/(?:config|resize|move_disk)$/;

it('R-19: every config write, growth and move of a guest that is there carries the digest of what was read', async () => {
  const web = 'kind: vm\nname: web\nvmid: 101\nnode: pve1\nha: false\n';
  await harness.apply(
    `${web}disks: { scsi0: { size: 2GiB }, scsi1: { size: 1GiB }, scsi2: { size: 1GiB } }\nboot: [scsi0]\ncloudInit: { user: me }\n`,
  );
  await setByHand(harness, 101, { description: 'mine\n\npvevm:-:vm/web:101' });
  harness.writes();
  const yaml = [
    `${web}cpu: { cores: 4 }`,
    'tags: [web]',
    'description: ours',
    'console: { display: { type: std } }',
    'disks: { scsi0: { size: 4GiB, ssd: false }, scsi1: { size: 1GiB, storage: local-lvm }, scsi2: null, scsi3: { size: 1GiB } }',
    'unused: destroy',
    'boot: [scsi0, scsi3]',
    'network: { net0: { vlan: 5 }, net1: {} }',
    'cloudInit: { user: you, password: secret }',
    '',
  ].join('\n');
  await harness.apply(yaml);
  const writes = harness.writes().filter(({ path }) => TAKES_DIGEST.test(path));
  const calls = new Set(writes.map(({ method, path }) => `${method} ${path.slice(path.lastIndexOf('/') + 1)}`));
  expect([...calls].sort()).toEqual(['POST config', 'POST move_disk', 'PUT config', 'PUT resize']);
  for (const { params } of writes) expect(params).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{40}$/) });
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('R-19: so does each one of a guest that is changed while it runs', async () => {
  const web = 'kind: vm\nname: web\nvmid: 101\nnode: pve1\nha: false\nrestart: allowed\n';
  await harness.apply(`${web}disks: { scsi0: { size: 2GiB }, scsi1: { size: 1GiB } }\nboot: [scsi0, scsi1]\n`);
  await powerByHand(harness, 101, 'start');
  harness.writes();
  await harness.apply(`${web}disks: { scsi0: { size: 4GiB }, scsi1: null }\nboot: [scsi0]\nunused: destroy\n`);
  const writes = harness.writes().filter(({ path }) => TAKES_DIGEST.test(path));
  expect(writes.length).toBeGreaterThan(3);
  for (const { params } of writes) expect(params).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{40}$/) });
});

it('R-6: three runs that plan at the same moment and run at the same time get distinct ids, and none fails', async () => {
  const names = (run: string): readonly string[] => Array.from({ length: 4 }, (_one, index) => `${run}-${index + 1}`);
  const documents = ['red', 'green', 'blue'].map((run) =>
    names(run)
      .map((name) => `kind: vm\nname: ${name}\nha: false\ndisks: {}\n`)
      .join('---\n'),
  );
  const plans = await Promise.all(documents.map((yaml) => harness.plan(yaml)));
  for (const plan of plans) {
    expect(errorsOf(plan)).toEqual([]);
    // All of them want the same ids.
    expect(plan.resources.map(({ vmid }) => vmid)).toEqual([101, 102, 103, 104]);
  }
  const results = await Promise.all(plans.map((plan) => harness.run(plan)));
  for (const result of results) expect(result).toMatchObject({ outcome: 'ok', errors: [] });
  await harness.sandbox.settled();
  expect(await guestIds(harness)).toHaveLength(12);
  for (const yaml of documents) expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});
