import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { PvevmError } from '../../src/core/error.ts';
import type { Plan } from '../../src/core/plan.ts';
import { createReapPlan } from '../../src/engine/reap.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveReader } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { createByHand, errorsOf, guestIds, powerByHand, setByHand, titlesOf, volumesOf } from './guests.ts';
import { tokenWith } from './refused-fixtures.ts';
import { LAB, SECOND, TWO_DISKS, WEB } from './two-disks.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const LOCAL = `${WEB}system: { bios: seabios }\ndisks: { scsi0: { storage: local-lvm, size: 2GiB } }\n`;

const notesOf = (plan: Plan): readonly string[] =>
  plan.diagnostics.filter(({ summary }) => summary === 'not every guest is checked').map(({ detail }) => detail);

/** Which guests’ configurations a plan reads. */
async function readBy(make: () => Promise<Plan>): Promise<readonly string[]> {
  const before = harness.sandbox.requests.length;
  await make();
  return harness.sandbox.requests
    .slice(before)
    .map(({ path }) => path)
    .filter((path) => /\/qemu\/\d+\/pending$/.test(path))
    .sort();
}

function expectInUse(plan: Plan, ...words: readonly string[]): void {
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'a volume is in use by another guest' }]);
  for (const word of words) expect((errorsOf(plan)[0] as Diagnostic).detail).toContain(word);
  expect(titlesOf(plan)).toEqual([]);
}

describe('R-5 R-17: a volume that another guest has attached', () => {
  beforeEach(async () => {
    await createByHand(harness, 300, { name: 'db', scsi0: 'ceph-pool:1' }, 'pve2');
  });

  it('keeps destroy from removing its owner, and nothing is lost', async () => {
    await harness.apply(TWO_DISKS);
    await setByHand(harness, 300, { scsi3: SECOND });
    const plan = await harness.removal(TWO_DISKS);
    expectInUse(plan, `${SECOND} is scsi1 of guest 101`, 'guest 300 (db) on pve2 has it as scsi3');
    expect(errorsOf(plan)[0]?.detail).toContain('qm set 300 --delete scsi3');
    harness.writes();
    await harness.run(plan);
    expect(harness.writes()).toEqual([]);
    expect(await volumesOf(harness)).toContain(SECOND);
    await setByHand(harness, 300, { delete: 'scsi3' });
    expect(errorsOf(await harness.removal(TWO_DISKS))).toEqual([]);
  });

  it.each([
    ['waits for it', { sata4: SECOND }, 'sata4'],
    ['no longer uses it', { unused3: SECOND }, 'unused3'],
  ])('is seen where that guest %s', async (_, config, key) => {
    await harness.apply(TWO_DISKS);
    await powerByHand(harness, 300, 'start');
    await setByHand(harness, 300, config);
    expectInUse(await harness.removal(TWO_DISKS), `has it as ${key}`);
  });

  it('is seen where it is unused by its owner', async () => {
    await harness.apply(TWO_DISKS);
    await setByHand(harness, 300, { scsi3: SECOND });
    await setByHand(harness, 101, { delete: 'scsi1' });
    expectInUse(await harness.removal(TWO_DISKS), `${SECOND} is unused0 of guest 101`);
  });

  it('is told of each volume, by whichever guest has it', async () => {
    await createByHand(harness, 301, { name: 'cache', scsi0: 'ceph-pool:1' }, 'pve3');
    await harness.apply(TWO_DISKS);
    await setByHand(harness, 300, { scsi3: SECOND });
    await setByHand(harness, 301, { scsi4: 'ceph-pool:vm-101-disk-1' });
    const details = errorsOf(await harness.removal(TWO_DISKS)).map(({ detail }) => detail);
    expect(details).toEqual([
      expect.stringContaining('ceph-pool:vm-101-disk-1 is scsi0 of guest 101'),
      expect.stringContaining(`${SECOND} is scsi1 of guest 101`),
    ]);
    expect(details[0]).toContain('guest 301 (cache) on pve3 has it as scsi4');
    expect(details[1]).toContain('guest 300 (db) on pve2 has it as scsi3');
  });

  it('is an obstacle, too, where its owner only waits for the other one’s volume', async () => {
    const db = 'kind: vm\nname: second\nvmid: 400\nnode: pve2\nha: false\n';
    await harness.apply(`${TWO_DISKS}---\n${db}`);
    await powerByHand(harness, 101, 'start');
    await setByHand(harness, 101, { sata4: 'ceph-pool:vm-400-disk-1' });
    await setByHand(harness, 400, { scsi3: SECOND });
    const plan = await harness.removal(`${TWO_DISKS}---\n${db}`);
    expect(errorsOf(plan).map(({ address }) => address)).toEqual(['vm/web', 'vm/second']);
    expect(titlesOf(plan)).toEqual([]);
  });

  it('keeps --prune from removing its owner', async () => {
    await harness.apply(`${TWO_DISKS}---\nkind: vm\nname: other\nvmid: 102\nha: false\n`, LAB);
    await setByHand(harness, 300, { scsi3: SECOND });
    const yaml = 'kind: vm\nname: other\nvmid: 102\nha: false\n';
    expectInUse(await harness.plan(yaml, { ...LAB, prune: 'remove' }), 'guest 300 (db) on pve2');
  });

  it('keeps reap from removing its owner, and the others go', async () => {
    await harness.apply(`${TWO_DISKS}ttl: 1m\n---\nkind: vm\nname: other\nvmid: 102\nha: false\nttl: 1m\n`, LAB);
    await setByHand(harness, 300, { scsi3: SECOND });
    const { pve } = harness;
    const later: PveReader = { ...pve, answeredAt: () => Date.now() + 3_600_000 };
    const plan = await createReapPlan({
      ...{ project: { stack: 'lab', mark: 'full' }, pve: later, user: pve.user, clock: systemClock },
    });
    expect(plan.diagnostics.map(({ severity, summary }) => [severity, summary])).toContainEqual([
      'warning',
      'a volume is in use by another guest',
    ]);
    expect(plan.resources.filter(({ action }) => action === 'delete').map(({ vmid }) => vmid)).toEqual([102]);
  });

  it('keeps unused: destroy from destroying it', async () => {
    await harness.apply(TWO_DISKS);
    await setByHand(harness, 300, { scsi3: SECOND });
    const yaml = `${WEB}disks: { scsi0: { size: 2GiB }, scsi1: null }\n`;
    expect(errorsOf(await harness.plan(yaml))).toEqual([]);
    expectInUse(await harness.plan(`${yaml}unused: destroy\n`), `${SECOND} is scsi1 of guest 101`);
    await harness.apply(yaml);
    expectInUse(await harness.plan(`${yaml}unused: destroy\n`), `${SECOND} is unused0 of guest 101`);
  });

  it('keeps a move from removing its source', async () => {
    await harness.apply(TWO_DISKS);
    await setByHand(harness, 300, { scsi3: SECOND });
    const yaml = `${WEB}disks: { scsi0: { size: 2GiB }, scsi1: { size: 1GiB, storage: local-lvm } }\n`;
    expectInUse(await harness.plan(yaml), `${SECOND} is scsi1 of guest 101`);
  });

  it('is no obstacle where that guest is destroyed by the same run, and goes first', async () => {
    const db = 'kind: vm\nname: second\nvmid: 400\nnode: pve2\nha: false\npower: running\n';
    await harness.apply(`${TWO_DISKS}---\n${db}`);
    await setByHand(harness, 400, { scsi3: SECOND });
    const plan = await harness.removal(`${TWO_DISKS}---\n${db}`);
    expect(errorsOf(plan)).toEqual([]);
    expect(plan.resources.map(({ vmid }) => vmid)).toEqual([400, 101]);
    expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
    await harness.sandbox.settled();
    expect(await guestIds(harness)).toEqual([300]);
    expect(await volumesOf(harness)).toEqual(['ceph-pool:vm-300-disk-0']);
  });

  it('is an obstacle where two guests of the run have volumes of each other: none can be the first', async () => {
    const db = 'kind: vm\nname: second\nvmid: 400\nnode: pve2\nha: false\n';
    await harness.apply(`${TWO_DISKS}---\n${db}`);
    await setByHand(harness, 400, { scsi3: SECOND });
    await setByHand(harness, 101, { scsi4: 'ceph-pool:vm-400-disk-1' });
    const plan = await harness.removal(`${TWO_DISKS}---\n${db}`);
    expect(errorsOf(plan).map(({ summary, address }) => [address, summary])).toEqual([
      ['vm/web', 'a volume is in use by another guest'],
      ['vm/second', 'a volume is in use by another guest'],
    ]);
    expect(titlesOf(plan)).toEqual([]);
  });
});

describe('R-52: what a removal reads besides', () => {
  beforeEach(async () => {
    for (const [vmid, node] of [
      [300, 'pve1'],
      [301, 'pve1'],
      [302, 'pve2'],
      [303, 'pve3'],
    ] as const)
      await createByHand(harness, vmid, { name: `other-${vmid}` }, node);
  });

  it('is the configuration of each guest that can reach its storages: those of its node for a local one', async () => {
    await harness.apply(LOCAL);
    expect(await readBy(() => harness.removal(LOCAL))).toEqual([
      '/nodes/pve1/qemu/101/pending',
      '/nodes/pve1/qemu/300/pending',
      '/nodes/pve1/qemu/301/pending',
    ]);
  });

  it('is each one once for several removals, and none of an ordinary plan', async () => {
    const second = 'kind: vm\nname: second\nvmid: 102\nnode: pve1\nha: false\n';
    await harness.apply(`${TWO_DISKS}---\n${second}`);
    const all = [101, 102, 300, 301].map((vmid) => `/nodes/pve1/qemu/${vmid}/pending`);
    expect(await readBy(() => harness.removal(`${TWO_DISKS}---\n${second}`))).toEqual([
      ...all,
      '/nodes/pve2/qemu/302/pending',
      '/nodes/pve3/qemu/303/pending',
    ]);
    const yaml = `${WEB}disks: { scsi0: { size: 4GiB }, scsi1: null }\n---\n${second}`;
    expect(await readBy(() => harness.plan(yaml))).toEqual(all.slice(0, 2));
  });

  it('is nothing for a guest without volumes', async () => {
    const bare = `${WEB}system: { bios: seabios }\ndisks: {}\n`;
    await harness.apply(bare);
    expect(await readBy(() => harness.removal(bare))).toEqual(['/nodes/pve1/qemu/101/pending']);
  });

  it('names the guests that could not be read, and leaves it at that', async () => {
    await harness.apply(TWO_DISKS);
    const { get } = harness.pve;
    const failing: PveReader['get'] = async (path, options) => {
      if (options?.path?.['vmid'] === 302) throw new PvevmError('CONNECT', 'no route to host', { status: 595 });
      return await get(path, options);
    };
    const yaml = `${WEB}disks: { scsi0: { size: 2GiB }, scsi1: null }\nunused: destroy\n`;
    const plan = await harness.plan(yaml, { pve: { ...harness.pve, get: failing } });
    expect(errorsOf(plan)).toEqual([]);
    expect(notesOf(plan)).toEqual([
      'Whether another guest has a volume that would be destroyed is not checked for guest 302 (other-302) on pve2 (pve2: no route to host).',
    ]);
    expect(titlesOf(plan)).toHaveLength(2);
  });

  it('says that guests which the token may not see are not checked', async () => {
    await harness.apply(TWO_DISKS);
    const token = await tokenWith(harness, {
      '/vms/101': 'VM.Audit,VM.Allocate,VM.Config.Disk,VM.Config.Options,VM.PowerMgmt',
      '/storage': 'Datastore.AllocateSpace',
    });
    const pve = createPveClient({
      endpoint: harness.sandbox.endpoint,
      credentials: { type: 'token', token },
      trust: { ca: harness.sandbox.ca },
    });
    try {
      const yaml = `${WEB}defaults: none\ndisks: { scsi0: { size: 2GiB }, scsi1: null }\nunused: destroy\n`;
      const plan = await harness.plan(yaml, { pve });
      expect(errorsOf(plan)).toEqual([]);
      expect(notesOf(plan)).toEqual([
        expect.stringMatching(/^Whether .* may not see \(that needs VM\.Audit on \/vms\)\.$/),
      ]);
    } finally {
      await pve.close();
    }
  });
});

it('R-17: guests on a node that is offline are named as not checked, and no other', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pvevm-freed-'));
  try {
    const before = await startHarness({ directory });
    await before.apply(TWO_DISKS);
    await createByHand(before, 300, { name: 'db', scsi3: SECOND }, 'pve2');
    await before.close();
    const file = join(directory, 'sandbox.json');
    const state = JSON.parse(readFileSync(file, 'utf8')) as { nodes: { name: string; online: boolean }[] };
    for (const node of state.nodes) if (node.name === 'pve2') node.online = false;
    writeFileSync(file, JSON.stringify(state));
    const after = await startHarness({ directory });
    const plan = await after.removal(TWO_DISKS).finally(() => after.close());
    expect(notesOf(plan)).toEqual([expect.stringContaining('300')]);
    expect(notesOf(plan)[0]).toContain('pve2 is offline');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
