import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, createByHand, errorsOf, guestIds, powerOf, titlesOf, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const CREATE = { method: 'POST', path: /^\/nodes\/[^/]+\/qemu$/ } as const;
const WEB = 'kind: vm\nname: web-01\n';

it('R-3: an id taken meanwhile is never success: where pvevm chose it, it takes the next free one', async () => {
  const plan = await harness.plan(WEB);
  await createByHand(harness, 101, { name: 'one' });
  await createByHand(harness, 102, { name: 'two' });
  const result = await harness.run(plan);
  await harness.sandbox.settled();
  expect(result).toMatchObject({ outcome: 'ok', wrote: true });
  expect(await configOf(harness, 103)).toMatchObject({ name: 'web-01', description: 'pvevm:-:vm/web-01:103' });
  expect(await configOf(harness, 101)).toMatchObject({ name: 'one' });
  expect(titlesOf(await harness.plan(WEB))).toEqual([]);
});

it('R-3: an answer that says the id is taken, twice, leads to another id', async () => {
  harness.sandbox.failNext({
    ...CREATE,
    status: 500,
    message: "unable to create VM 101 - VM 101 already exists on node 'pve2'",
    times: 2,
  });
  await harness.apply(WEB);
  expect(await guestIds(harness)).toEqual([103]);
});

it('R-3: an id that the user wrote and that is taken meanwhile is an error, and nothing is written', async () => {
  const plan = await harness.plan(`${WEB}vmid: 150\n`);
  await createByHand(harness, 150, { name: 'other' });
  const before = harness.sandbox.guestConfig(150);
  const result = await harness.run(plan);
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'ID_TAKEN' }] });
  expect(harness.sandbox.guestConfig(150)).toBe(before);
});

it('R-3: a create whose answer was lost after its effect is found by its mark, and there is one guest', async () => {
  harness.sandbox.failNext({ ...CREATE, dropAfter: true });
  await harness.apply(WEB);
  expect(await guestIds(harness)).toEqual([101]);
  expect(titlesOf(await harness.plan(WEB))).toEqual([]);
  expect(await volumesOf(harness)).toEqual(['ceph-pool:vm-101-disk-0', 'ceph-pool:vm-101-disk-1']);
});

it('R-3: a create whose answer was lost before its effect is sent again, and there is one guest', async () => {
  harness.sandbox.failNext({ ...CREATE, dropBefore: true });
  await harness.apply(WEB);
  expect(await guestIds(harness)).toEqual([101]);
  expect(titlesOf(await harness.plan(WEB))).toEqual([]);
});

it('R-3: a lost create that took effect only after it was looked for makes no second guest', async () => {
  // The guest is not there yet at the first look, and the second send finds its id taken: by ourselves.
  harness.sandbox.failNext({ ...CREATE, dropAfter: true });
  harness.sandbox.failNext({
    method: 'GET',
    path: '/nodes/pve2/qemu/101/config',
    status: 500,
    message: "Configuration file 'nodes/pve2/qemu-server/101.conf' does not exist",
  });
  await harness.apply(WEB);
  expect(await guestIds(harness)).toEqual([101]);
});

it.each(['pve1', 'pve2'])(
  'R-3: after a lost answer, somebody else’s guest of that id on %s is not taken for ours',
  async (node) => {
    const plan = await harness.plan(WEB);
    expect(plan.resources[0]?.node).toBe('pve2');
    await createByHand(harness, 101, { name: 'web-01', description: 'mine' }, node);
    harness.sandbox.failNext({ ...CREATE, dropBefore: true });
    expect(await harness.run(plan)).toMatchObject({ outcome: 'ok', errors: [] });
    expect(await configOf(harness, 101)).toMatchObject({ description: 'mine' });
    expect(await configOf(harness, 102)).toMatchObject({ description: 'pvevm:-:vm/web-01:102' });
  },
);

it('R-22: where the console step fails, the guest exists, and the next plan has what is left', async () => {
  harness.sandbox.failNext({ method: 'PUT', path: /\/config$/, status: 500, message: 'got timeout' });
  const plan = await harness.plan(WEB);
  const result = await harness.run(plan);
  await harness.sandbox.settled();
  expect(result).toMatchObject({ outcome: 'failed', wrote: true });
  expect(result.counts).toEqual({ done: 1, failed: 1, skipped: 2 });
  harness.writes();
  const again = await harness.apply(WEB);
  expect(again.resources[0]).toMatchObject({ action: 'update', vmid: 101 });
  // The default that registers with HA counts at creation alone, and that is not over.
  expect(titlesOf(again)).toEqual(['set serial console', 'register HA (stopped)', 'mark as finished']);
  expect(harness.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
    'PUT /nodes/pve2/qemu/101/config',
    'POST /cluster/ha/resources',
    'PUT /nodes/pve2/qemu/101/config',
  ]);
  expect(await configOf(harness, 101)).toMatchObject({ serial0: 'socket', vga: 'serial0' });
});

it('R-22: a fault at each request of a create, before and after its effect, is healed by the next run', async () => {
  const yaml = `${WEB}ha: true\npower: running\n`;
  const writes = [CREATE, { method: 'PUT', path: /\/config$/ }, { method: 'POST', path: /ha\/resources$/ }] as const;
  for (const write of writes) {
    for (const fault of [
      { dropBefore: true },
      { dropAfter: true },
      { status: 500, message: 'boom' },
      { status: 596 },
    ]) {
      const own = await startHarness();
      try {
        own.sandbox.failNext({ ...write, ...fault });
        await own.run(await own.plan(yaml));
        await own.sandbox.settled();
        const healed = await own.apply(yaml);
        expect(healed.diagnostics).toEqual([]);
        expect(await guestIds(own)).toEqual([101]);
        expect(await powerOf(own, 101)).toBe('running');
        expect(await own.pve.get('/cluster/ha/resources/vm:101')).toMatchObject({ state: 'started' });
        expect(titlesOf(await own.plan(yaml))).toEqual([]);
        expect(own.writes().filter(({ method }) => method === 'DELETE')).toEqual([]);
      } finally {
        await own.close();
      }
    }
  }
}, 30_000);

it('R-28: an interrupted run begins no new step, and the next run goes on from there', async () => {
  const yaml = `${WEB}power: running\n`;
  const plan = await harness.plan(yaml);
  for (let last = 1; last <= titlesOf(plan).length; last += 1) {
    const own = await startHarness();
    try {
      const interrupt = new AbortController();
      const ownPlan = await own.plan(yaml);
      const result = await own.run(
        ownPlan,
        (event) => {
          if (event.type === 'step.started' && event.index === last) interrupt.abort();
        },
        interrupt.signal,
      );
      await own.sandbox.settled();
      expect(result.counts.done).toBe(last);
      expect(result.outcome).toBe(last === titlesOf(plan).length ? 'ok' : 'cancelled');
      await own.apply(yaml);
      expect(await guestIds(own)).toEqual([101]);
      expect(changesOf(await own.plan(yaml))).toEqual([]);
    } finally {
      await own.close();
    }
  }
});

it('R-6: documents of one run get distinct ids, and never one that another document names', async () => {
  const yaml = ['a', 'b', 'c'].map((name) => `kind: vm\nname: ${name}\n`).join('---\n');
  const plan = await harness.apply(`${yaml}---\nkind: vm\nname: d\nvmid: 102\n`);
  expect(plan.resources.map(({ vmid }) => vmid)).toEqual([101, 103, 104, 102]);
  expect(await guestIds(harness)).toEqual([101, 102, 103, 104]);
});

it('fills the id into mark and HA name alone, never into the user’s own text', async () => {
  const text = 'see guest:{vmid}';
  await harness.apply(`${WEB}description: "{vmid}"\nha: { comment: "${text}" }\n`);
  expect(await configOf(harness, 101)).toMatchObject({ description: '{vmid}\n\npvevm:-:vm/web-01:101' });
  expect(await harness.pve.get('/cluster/ha/resources/vm:101')).toMatchObject({ comment: text });
});

it('R-29: a task that fails is told with the end of its log', async () => {
  // The bridge goes away between plan and start, which only the task of the start can tell.
  const plan = await harness.plan(`${WEB}ha: false\npower: running\nnetwork: { net0: { bridge: vmbr0 } }\n`);
  const gone = JSON.parse(JSON.stringify(plan).replace('bridge=vmbr0', 'bridge=vmbr7'));
  const result = await harness.run(gone);
  expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'TASK_FAILED' }] });
  expect(result.errors[0]?.message).toContain("bridge 'vmbr7' does not exist");
  expect(result.errors[0]?.details.at(-1)).toBe("TASK ERROR: bridge 'vmbr7' does not exist");
});

it('a stub without a task stands in the way of its vmid alone, and is never touched', async () => {
  await createByHand(harness, 101, { name: 'x' });
  await setByHandRaw(101, 'lock: create\n');
  const stub = harness.sandbox.guestConfig(101);
  expect(errorsOf(await harness.plan(`${WEB}vmid: 101\n`))).toMatchObject([{ code: 'STUB' }]);
  expect((await harness.plan(WEB)).diagnostics).toContainEqual(
    expect.objectContaining({
      severity: 'note',
      code: 'STUB',
      detail: expect.stringContaining('qm unlock 101 && qm destroy 101'),
    }),
  );
  const plan = await harness.apply(WEB);
  expect(plan.resources[0]?.vmid).toBe(102);
  expect(harness.sandbox.guestConfig(101)).toBe(stub);
});

async function setByHandRaw(vmid: number, text: string): Promise<void> {
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${harness.sandbox.directory}/nodes/pve1/qemu-server/${vmid}.conf`, text);
  harness.sandbox.reload();
}

it('R-6: a plan carried out twice makes no second guest', async () => {
  const plan = await harness.plan('kind: vm\nname: once\n');
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  const again = await harness.run(plan);
  expect(again).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(again.errors[0]?.message).toContain('was made from it meanwhile');
  expect(await guestIds(harness)).toHaveLength(1);
});

it('the step of a display that is no serial console is not called one', async () => {
  const yaml = (display: string): string =>
    `kind: vm\nname: screen\nha: false\ndefaults: none\ndisks: {}\nnetwork: {}\nconsole: { display: ${display} }\n`;
  expect(titlesOf(await harness.apply(yaml('qxl')))).toEqual(['create', 'set display']);
  expect(titlesOf(await harness.plan(yaml('std')))).toEqual(['set display']);
  expect(titlesOf(await harness.plan(yaml('serial0')))).toEqual(['set serial console']);
});
