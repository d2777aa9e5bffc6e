import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { loadFiles } from '../spec/load-text.ts';
import { changesOf, configOf, errorsOf, setByHand } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';
const FULL = `${WEB}tags: [web]\ndisks: { scsi0: {}, scsi1: { size: 8GiB, cache: none } }\nnetwork: { net0: {} }\ncpu: { cores: 3, limit: 2 }\n`;

/** The paths that a plan would change on a guest of which everything was changed by hand. */
async function changedPaths(ignore: string): Promise<readonly string[]> {
  const plan = await harness.plan(`${FULL}ignore: ${ignore}\n`);
  expect(errorsOf(plan)).toEqual([]);
  return changesOf(plan).map(([path]) => path);
}

describe('ignore leaves alone what a document, a base or a default sets', () => {
  beforeEach(async () => {
    await harness.apply(FULL);
    await setByHand(harness, 101, {
      tags: 'pvevm;other',
      scsi0: 'ceph-pool:vm-101-disk-1,backup=0,iothread=1,ssd=1',
      scsi1: 'ceph-pool:vm-101-disk-2,cache=writeback,iothread=1,ssd=1',
      cores: 9,
      cpulimit: 1,
    });
  });

  it.each([
    ['[]', ['cpu.cores', 'cpu.limit', 'disks.scsi0.backup', 'disks.scsi1.cache', 'tags']],
    ['[tags]', ['cpu.cores', 'cpu.limit', 'disks.scsi0.backup', 'disks.scsi1.cache']],
    ['[disks]', ['cpu.cores', 'cpu.limit', 'tags']],
    ['[disks.scsi1]', ['cpu.cores', 'cpu.limit', 'disks.scsi0.backup', 'tags']],
    ['[disks.scsi1.cache]', ['cpu.cores', 'cpu.limit', 'disks.scsi0.backup', 'tags']],
    ['["disks.*.cache"]', ['cpu.cores', 'cpu.limit', 'disks.scsi0.backup', 'tags']],
    ['["disks.*"]', ['cpu.cores', 'cpu.limit', 'tags']],
    ['[cpu]', ['disks.scsi0.backup', 'disks.scsi1.cache', 'tags']],
    ['[cpu.cores, disks, tags]', ['cpu.limit']],
  ])('%s', async (ignore, paths) => {
    expect([...(await changedPaths(ignore))].sort()).toEqual(paths);
  });

  it('R-12: and reports it as unmanaged', async () => {
    const plan = await harness.plan(`${FULL}ignore: [disks.scsi1, tags]\n`);
    expect(plan.resources[0]?.unmanaged).toEqual(expect.arrayContaining(['scsi1', 'tags']));
  });

  it('R-33: a size that is ignored neither grows the disk nor is refused for shrinking it', async () => {
    const smaller = FULL.replace('8GiB', '1GiB');
    expect(errorsOf(await harness.plan(smaller))).toMatchObject([{ summary: 'a disk cannot shrink' }]);
    expect(errorsOf(await harness.plan(`${smaller}ignore: [disks.scsi1.size]\n`))).toEqual([]);
  });

  it('a removal that is ignored does not happen', async () => {
    const without = FULL.replace('scsi1: { size: 8GiB, cache: none }', 'scsi1: null');
    expect(changesOf(await harness.plan(without)).map(([path]) => path)).toContain('disks.scsi1');
    const plan = await harness.plan(`${without}ignore: [disks.scsi1]\n`);
    expect(changesOf(plan).map(([path]) => path)).not.toContain('disks.scsi1');
  });
});

it('leaves power and HA alone', async () => {
  await harness.apply(`${WEB}power: stopped\n`);
  const yaml = 'kind: vm\nname: web-01\nha: true\npower: running\n';
  expect(changesOf(await harness.plan(yaml)).map(([path]) => path)).toEqual(['power', 'ha', 'ha.state']);
  expect(changesOf(await harness.plan(`${yaml}ignore: [ha]\n`)).map(([path]) => path)).toEqual(['power']);
  expect(changesOf(await harness.plan(`${yaml}ignore: [power]\n`)).map(([path]) => path)).toEqual(['ha']);
  expect(changesOf(await harness.plan(`${yaml}ignore: [ha, power]\n`))).toEqual([]);
});

it('a new guest is made without what is ignored', async () => {
  const plan = await harness.apply('kind: vm\nname: web-01\ntags: [web]\nignore: [ha, tags, network, cpu]\n');
  expect(plan.resources[0]?.steps.map((step) => step.title)).toEqual(['create', 'set serial console']);
  const config = await configOf(harness, 101);
  expect(config['tags']).toBe('pvevm');
  for (const key of ['net0', 'cores', 'cpu']) expect(config).not.toHaveProperty(key);
});

it('R-17: a new device that lacks what is ignored is an error of the plan', async () => {
  const plan = await harness.plan(`${WEB}ignore: [disks.scsi0.size]\n`);
  expect(errorsOf(plan).map(({ detail }) => detail)).toEqual([
    'disks.scsi0 is not on the guest yet, and the document does not say its size: what ignore names is not filled in. Write disks.scsi0.size.',
  ]);
});

it.each([
  ['disk', 'No field has the path "disk". Did you mean disks?'],
  [
    'disks.scsi99x',
    'disks has no slot "scsi99x". Its slots are scsi0 to scsi30, virtio0 to virtio15, sata0 to sata5 and ide0 to ide3.',
  ],
  ['disks.scsi1.chache', 'No field has the path "disks.scsi1.chache". Did you mean disks.scsi1.cache?'],
  ['cores', 'No field has the path "cores". Did you mean cpu.cores?'],
  ['name', 'The name says which guest is meant, so that it is always managed.'],
])('a path that cannot be ignored is an error: %s', async (path, detail) => {
  const { diagnostics } = await loadFiles({ 'vm.yaml': `kind: vm\nname: x\nignore: [${path}]\n` });
  expect(diagnostics.map((one) => [one.severity, one.pointer, one.range?.line, one.detail])).toEqual([
    ['error', '/ignore/0', 3, detail],
  ]);
});
