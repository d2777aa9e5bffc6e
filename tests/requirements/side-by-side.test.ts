import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { createReapPlan } from '../../src/engine/reap.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveReader } from '../../src/pve/reader.ts';
import { type Harness, type HarnessPlanOptions, startHarness } from '../harness.ts';
import { createByHand } from './guests.ts';
import { type ImageServer, startImageServer } from './image-server.ts';
import { oneAtATime, putFirewall, putGuest, type Traffic, watchTraffic } from './traffic.ts';

const NODES = ['pve1', 'pve2', 'pve3'];
const COUNT = 20;
const LAB = 'kind: project\nstack: lab\n';

const nodeOf = (index: number): string => NODES[index % NODES.length] as string;
const documents = (document: (index: number) => string): string =>
  Array.from({ length: COUNT }, (_, index) => document(index)).join('---\n');
const own = (more: string) => (index: number) =>
  `kind: vm\nname: guest-${index}\ndefaults: none\n${more.replace('NEXT', nodeOf(index + 1)).replace('OTHER', nodeOf(index + 2))}`;

/** What a plan sends, and that nothing of it depends on what is answered first. */
async function expectSame(
  harness: Harness,
  make: (pve: PveReader) => Promise<Plan>,
): Promise<{ readonly plan: Plan; readonly traffic: Traffic }> {
  const traffic = watchTraffic(harness.sandbox);
  const plan = await make(traffic.pve).finally(() => traffic.pve.close());
  expect(plan).toEqual(await make(oneAtATime(harness.pve)));
  return { plan, traffic };
}

/** That requests of a sort are sent so many times, and side by side; others of the plan are few. */
function expectSideBySide(traffic: Traffic, sorts: Readonly<Record<string, number>>): void {
  let counted = 0;
  for (const [sort, count] of Object.entries(sorts)) {
    const { sent, most } = traffic.of(new RegExp(sort));
    expect([sort, sent]).toEqual([sort, count]);
    expect(most, `of ${sort} on their way at a time`).toBeGreaterThan(1);
    counted += count;
  }
  expect(traffic.of(new RegExp(Object.keys(sorts).join('|'))).most).toBeGreaterThan(8);
  // what is asked of the cluster, its nodes and their storages.
  expect(traffic.paths.length - counted).toBeLessThanOrEqual(3 * NODES.length + 3 + 10);
  expect(new Set(traffic.paths).size).toBe(traffic.paths.length);
}

const PENDING = '/qemu/\\d+/pending$';
const SNAPSHOTS = '/qemu/\\d+/snapshot$';
const SNAPSHOT_CONFIGS = '/config\\?snapshot=';

describe('R-52: what is asked of each guest is asked side by side', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
    for (let index = 0; index < COUNT; index += 1) {
      const vmid = 1000 + index;
      // Every second one has a disk on its node alone.
      const storage = index % 2 === 0 ? 'local-lvm' : 'ceph-pool';
      const disk = `scsi0: ${storage}:vm-${vmid}-disk-0,size=8G`;
      putGuest(harness.sandbox, nodeOf(index), vmid, [
        `#pvevm%3Alab%3Avm/guest-${index}%3A${vmid} until 2026-01-01T00%3A00Z`,
        ...['boot: order=scsi0', 'cores: 2', 'memory: 9000', `name: guest-${index}`, 'parent: s2', disk],
        ...[`unused0: ${storage}:vm-${vmid}-disk-7`, 'tags: pvevm-lab', ''],
        ...['[s1]', 'cores: 2', disk, 'snaptime: 1790000000', ''],
        ...['[s2]', 'cores: 2', disk, 'parent: s1', 'snaptime: 1790000001'],
      ]);
      const sets = ['[IPSET s1]', '', '10.0.0.2', '', '[IPSET s2]', '', '10.0.0.3', ''];
      putFirewall(harness.sandbox, vmid, ['[ALIASES]', '', 'a1 10.0.0.1', '', ...sets]);
    }
    harness.sandbox.reload();
  });
  afterAll(() => harness.close());

  const planned =
    (yaml: string, options: HarnessPlanOptions = {}) =>
    (pve: PveReader): Promise<Plan> =>
      harness.plan(yaml, { project: LAB, ...options, pve });

  it('of those that move, and the memory that one takes still counts for the next', async () => {
    const yaml = documents(own('node: [NEXT, OTHER]\nonMoved: migrate\nfirewall: { aliases: { a1: 10.0.0.1 } }\n'));
    const { plan, traffic } = await expectSame(harness, planned(yaml));
    const paths = { [PENDING]: COUNT, '/migrate$': COUNT, [SNAPSHOTS]: COUNT / 2, '/firewall/aliases$': COUNT };
    expectSideBySide(traffic, paths);
    const targets = plan.resources.map(({ changes }) => changes.find(({ key }) => key === 'node')?.after);
    expect(new Set(targets).size).toBe(NODES.length);
  });

  it('of those whose disks move', async () => {
    const yaml = documents((index) =>
      own(`disks: { scsi0: { storage: ${index % 2 === 0 ? 'ceph-pool' : 'local-lvm'} } }\n`)(index),
    );
    const { plan, traffic } = await expectSame(harness, planned(yaml));
    expectSideBySide(traffic, { [PENDING]: COUNT, [SNAPSHOTS]: COUNT, [SNAPSHOT_CONFIGS]: 2 * COUNT });
    const held = plan.diagnostics.filter(({ summary }) => summary === 'a snapshot holds the volume');
    expect(held.map(({ address }) => address)).toEqual(plan.resources.map(({ address }) => address));
  });

  it('of those that move away from their disks’ storage, once', async () => {
    const yaml = documents(own('node: NEXT\nonMoved: migrate\ndisks: { scsi0: { storage: cephfs } }\n'));
    const { traffic } = await expectSame(harness, planned(yaml));
    expectSideBySide(traffic, {
      [PENDING]: COUNT,
      '/migrate$': COUNT,
      [SNAPSHOTS]: COUNT,
      [SNAPSHOT_CONFIGS]: 2 * COUNT,
    });
  });

  it('of those whose unused disks are destroyed', async () => {
    const { traffic } = await expectSame(harness, planned(documents(own('unused: destroy\n'))));
    expectSideBySide(traffic, { [PENDING]: COUNT, [SNAPSHOTS]: COUNT, [SNAPSHOT_CONFIGS]: 2 * COUNT });
  });

  it('of those whose sets of addresses go', async () => {
    const { traffic } = await expectSame(harness, planned(documents(own('firewall: { ipSets: { s1: null } }\n'))));
    const sorts = { [PENDING]: COUNT, '/ipset$': COUNT, '/ipset/s2$': COUNT, '\\d/firewall/rules$': COUNT };
    expectSideBySide(traffic, sorts);
  });

  it('of those that are destroyed', async () => {
    const { traffic } = await expectSame(harness, (pve) => harness.removal(documents(own('')), { project: LAB, pve }));
    expectSideBySide(traffic, { [PENDING]: COUNT, [SNAPSHOTS]: COUNT, [SNAPSHOT_CONFIGS]: 2 * COUNT });
  });

  it('of those that no document describes, and that are removed', async () => {
    const yaml = 'kind: vm\nname: other\nnode: pve1\nha: false\n';
    const { traffic } = await expectSame(harness, planned(yaml, { prune: 'remove' }));
    expectSideBySide(traffic, { [PENDING]: COUNT, [SNAPSHOTS]: COUNT, [SNAPSHOT_CONFIGS]: 2 * COUNT });
  });

  it('of those whose time is over', async () => {
    const project = { stack: 'lab', mark: 'full' } as const;
    const reap = (pve: PveReader): Promise<Plan> =>
      createReapPlan({ project, pve, user: harness.pve.user, clock: systemClock });
    const { plan, traffic } = await expectSame(harness, reap);
    expect(plan.summary.destroy).toBe(COUNT);
    for (const [sort, count] of [
      [SNAPSHOTS, COUNT],
      [SNAPSHOT_CONFIGS, 2 * COUNT],
    ] as const) {
      expect(traffic.of(new RegExp(sort)).sent).toBe(count);
      expect(traffic.of(new RegExp(sort)).most).toBeGreaterThan(1);
    }
  });
});

describe('R-52: what is asked of what new guests are made of is asked side by side', () => {
  let harness: Harness;
  let files: ImageServer;
  beforeAll(async () => {
    files = await startImageServer();
    harness = await startHarness();
    for (let index = 0; index < COUNT; index += 1) {
      const vmid = 1000 + index;
      const disk = `scsi0: ceph-pool:base-${vmid}-disk-0,size=8G`;
      const mark = `#pvevm%3A-%3Avm/tpl-${index}%3A${vmid}`;
      const lines = [mark, 'cores: 2', `name: tpl-${index}`, disk, 'template: 1', '', '[s1]', 'cores: 1', disk];
      putGuest(harness.sandbox, nodeOf(index), vmid, lines);
      putFirewall(harness.sandbox, vmid, ['[ALIASES]', '', 'a1 10.0.0.1', '']);
    }
    harness.sandbox.reload();
    for (let index = 0; index < COUNT; index += 1)
      await createByHand(harness, 2000 + index, { name: `src-${index}`, scsi0: 'local-lvm:1' }, nodeOf(index));
  });
  afterAll(async () => {
    await harness.close();
    files.close();
  });

  const planned =
    (document: (index: number) => string) =>
    (pve: PveReader): Promise<Plan> =>
      harness.plan(documents(document), { pve });
  const isNew = (more: (index: number) => string) => (index: number) =>
    `kind: vm\nname: new-${index}\nnode: ${nodeOf(index)}\nha: false\n${more(index)}`;

  it('of the templates that they are cloned from, with their snapshots and firewalls', async () => {
    const clone = (index: number): string =>
      `clone: { from: tpl-${index}, snapshot: s1, mode: full }\nfirewall: { aliases: { a1: 10.0.0.1 } }\n`;
    const { plan, traffic } = await expectSame(harness, planned(isNew(clone)));
    expect(plan.summary.add).toBe(COUNT);
    expectSideBySide(traffic, { [PENDING]: COUNT, [SNAPSHOT_CONFIGS]: COUNT, '/firewall/aliases$': COUNT });
  });

  it('of the templates of other documents, and of the ids that are written', async () => {
    const clone = (index: number): string => `vmid: ${5000 + index}\nclone: { from: vm/tpl-${index} }\n`;
    const { plan, traffic } = await expectSame(harness, planned(isNew(clone)));
    expect(plan.summary.add).toBe(COUNT);
    expectSideBySide(traffic, { [PENDING]: COUNT, '/nextid\\?vmid=': COUNT });
  });

  it('of the disks that theirs are copies of', async () => {
    const disk = (index: number): string =>
      `disks: { scsi0: { storage: ceph-pool, size: 40GiB, import: "local-lvm:vm-${2000 + index}-disk-0" } }\n`;
    const { plan, traffic } = await expectSame(harness, planned(isNew(disk)));
    expect(plan.summary.add).toBe(COUNT);
    expectSideBySide(traffic, { '/content/local-lvm:vm-': COUNT });
  });

  it('of the images that are downloaded for them', async () => {
    const image = (index: number): string => {
      const path = `/f-${index}.raw`;
      return `disks: { scsi0: { image: { url: "${files.base}${path}", checksum: "${files.checksum(path)}" } } }\n`;
    };
    const { plan, traffic } = await expectSame(harness, planned(isNew(image)));
    expect(plan.summary.add).toBe(2 * COUNT);
    expectSideBySide(traffic, { '/query-url-metadata': COUNT });
  });
});
