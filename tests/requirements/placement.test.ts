import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { missingConsent } from '../../src/engine/consent.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { formatPlan } from '../../src/report/plan/plan-text.ts';
import { createTheme } from '../../src/report/theme.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, createByHand, errorsOf, powerByHand, powerOf, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const ALLOW = { allow: ['migrate'] };
const web = (node: string, more = ''): string => `kind: vm\nname: web-01\nnode: ${node}\nha: false\n${more}`;
const back = (node: string, more = ''): string => web(node, `onMoved: migrate\n${more}`);

async function nodeOf(vmid = 101): Promise<string | undefined> {
  const rows = (await harness.pve.get('/cluster/resources', { query: { type: 'vm' } })) as {
    vmid: number;
    node: string;
  }[];
  return rows.find((row) => row.vmid === vmid)?.node;
}

/** Plans, and carries out what may be, with no errors. */
async function migrate(yaml: string): Promise<void> {
  await harness.apply(yaml, ALLOW);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
}

const details = (found: readonly Diagnostic[]): readonly string[] => found.map(({ detail }) => detail);

describe('R-38: a list of nodes', () => {
  it('R-38: a new guest goes to the one of them with most free memory', async () => {
    const plan = await harness.apply(web('[pve3, pve1]'));
    expect(plan.resources[0]).toMatchObject({ node: 'pve1', nodeReason: 'most free memory of pve3, pve1' });
    expect(await nodeOf()).toBe('pve1');
  });

  it('R-38: a list of one is that node, and instances spread by memory', async () => {
    expect((await harness.plan(web('[pve3]'))).resources[0]?.node).toBe('pve3');
    const many = 'kind: vm\nname: w\ninstances: 3\nnode: [pve1, pve3]\nha: false\nmemory: { size: 4GiB }\n';
    expect((await harness.plan(many)).resources.map(({ node }) => node)).toEqual(['pve1', 'pve1', 'pve3']);
  });

  it('R-38: a guest that lives on any of them is right', async () => {
    await harness.apply(web('pve3'));
    for (const onMoved of ['warn', 'follow', 'migrate']) {
      const plan = await harness.plan(web('[pve1, pve3]', `onMoved: ${onMoved}\n`));
      expect(titlesOf(plan)).toEqual([]);
      expect(plan.diagnostics.filter(({ severity }) => severity !== 'note')).toEqual([]);
    }
  });

  it('R-38: a node of the list that the cluster does not have is an error', async () => {
    const [error] = errorsOf(await harness.plan(web('[pve1, pve9]')));
    expect(error).toMatchObject({ code: 'MISSING', pointer: '/node' });
    expect(error?.detail).toContain('pve9');
  });
});

describe('R-38: a guest that lives elsewhere', () => {
  beforeEach(async () => {
    await harness.apply(web('pve1'));
    harness.writes();
  });

  it('R-38: is changed where it is, with a warning, or silently', async () => {
    const warned = await harness.plan(web('pve2', 'description: Shop\n'));
    expect(warned.diagnostics).toMatchObject([{ severity: 'warning', code: 'IDENTITY', pointer: '/node' }]);
    expect(details(warned.diagnostics)[0]).toContain('It is on pve1, the document says pve2.');
    expect(warned.resources[0]?.steps[0]?.request?.path).toBe('/nodes/pve1/qemu/101/config');
    expect((await harness.plan(web('pve2', 'onMoved: follow\n'))).diagnostics).toEqual([]);
  });

  it('R-38: is migrated first where the document says so, and changed on its new node', async () => {
    const yaml = back('pve2', 'description: Shop\ndisks: { scsi0: { size: 40GiB } }\n');
    const plan = await harness.plan(yaml);
    expect(plan.diagnostics).toEqual([]);
    expect(
      formatPlan(plan, { theme: createTheme(false), label: 'https://pve1:8006', showRequests: true }).replaceAll(
        /[0-9a-f]{40}/g,
        'DIGEST',
      ),
    ).toMatchInlineSnapshot(`
      "https://pve1:8006 (Proxmox VE 9.2.11, cluster sandbox)

        ~ vm/web-01   101 on pve1                                                                vm.yaml:1
            node              pve1 → pve2      ! migrate
            disks.scsi0.size  32 GiB → 40 GiB
            description       (none) → Shop
            1. migrate to pve2
               POST /nodes/pve1/qemu/101/migrate
                 target: "pve2"
               waits until the guest is on pve2, at most 95 min
            2. change description
               PUT /nodes/pve2/qemu/101/config
                 description: "Shop\\n\\npvevm:-:vm/web-01:101"
                 digest: "DIGEST"
            3. grow disk scsi0 to 40G
               PUT /nodes/pve2/qemu/101/resize
                 disk: "scsi0"
                 size: "40G"
                 digest: "{digest}"
               waits until the task has ended, at most 60 min

      Plan: 0 to add, 1 to change, 0 to destroy. It needs --allow migrate.
      "
    `);
    expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
    expect(harness.writes()).toMatchObject([
      { method: 'POST', path: '/nodes/pve1/qemu/101/migrate', params: { target: 'pve2' } },
      { method: 'PUT', path: '/nodes/pve2/qemu/101/config' },
      { method: 'PUT', path: '/nodes/pve2/qemu/101/resize' },
    ]);
    expect(await nodeOf()).toBe('pve2');
    expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('R-16: migrating needs to be allowed', async () => {
    const plan = await harness.plan(back('pve2'));
    expect(changesOf(plan)).toEqual([['node', 'pve1', 'pve2']]);
    expect(plan.resources[0]?.changes[0]?.effect).toBe('migrate');
    expect(missingConsent(plan, new Set())).toMatchObject([{ code: 'CONSENT', address: 'vm/web-01' }]);
    expect(missingConsent(plan, new Set(['migrate']))).toEqual([]);
  });

  it('R-38: a running one goes on running', async () => {
    await powerByHand(harness, 101, 'start');
    harness.writes();
    await migrate(back('[pve2, pve3]'));
    expect(harness.writes()).toEqual([
      { method: 'POST', path: '/nodes/pve1/qemu/101/migrate', params: { target: 'pve2', online: '1' } },
    ]);
    expect([await nodeOf(), await powerOf(harness, 101)]).toEqual(['pve2', 'running']);
  });

  it('R-38: one whose power has changed since the plan is not migrated', async () => {
    const plan = await harness.plan(back('pve2'));
    await powerByHand(harness, 101, 'start');
    harness.writes();
    expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
    expect(harness.writes()).toEqual([]);
  });

  it('R-38: power and what needs a stop come after it', async () => {
    await migrate(back('pve3', 'power: running\ncpu: { cores: 4 }\n'));
    expect(harness.writes().map(({ path }) => path)).toEqual([
      '/nodes/pve1/qemu/101/migrate',
      '/nodes/pve3/qemu/101/config',
      '/nodes/pve3/qemu/101/status/start',
    ]);
  });

  it('R-22: a migration whose answer was lost is found by its task, and the run goes on', async () => {
    const yaml = back('pve2', 'description: Shop\n');
    harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu/101/migrate', dropAfter: true });
    await migrate(yaml);
    expect(harness.writes().filter(({ path }) => path.endsWith('/migrate'))).toHaveLength(1);
  });

  it('R-38: a migration that fails leaves the guest where it is, and nothing more is done', async () => {
    const yaml = back('pve2', 'description: Shop\n');
    harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu/101/migrate', taskError: 'migration aborted' });
    const plan = await harness.plan(yaml);
    harness.writes();
    expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', counts: { done: 0, failed: 1, skipped: 1 } });
    expect(await nodeOf()).toBe('pve1');
    await migrate(yaml);
  });

  it('R-38: to a node that is not there it cannot go', async () => {
    expect(errorsOf(await harness.plan(back('pve9')))).toMatchObject([{ code: 'MISSING', pointer: '/node' }]);
  });
});

describe('R-38: what stands in the way of a migration', () => {
  it('R-38: a medium on a storage of the node alone', async () => {
    await harness.apply(web('pve1', 'os: { media: local:iso/debian-13.iso }\n'));
    const errors = errorsOf(await harness.plan(back('pve2', 'os: { media: local:iso/debian-13.iso }\n')));
    expect(errors).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'a medium is on the node alone', pointer: '/node' }]);
  });
});

describe('R-38: local disks', () => {
  const local = 'disks: { scsi0: { storage: local-lvm, size: 8GiB } }\nsystem: { efi: { storage: local-lvm } }\n';

  it.each(['stopped', 'running'] as const)('R-38: a %s guest takes them along', async (power) => {
    await harness.apply(web('pve1', local));
    if (power === 'running') await powerByHand(harness, 101, 'start');
    harness.writes();
    await migrate(back('pve2', local));
    expect(harness.writes()[0]?.params).toEqual(
      power === 'running' ? { target: 'pve2', online: '1', 'with-local-disks': '1' } : { target: 'pve2' },
    );
    expect([await nodeOf(), await powerOf(harness, 101)]).toEqual(['pve2', power]);
  });

  it('R-38: with snapshots they cannot leave', async () => {
    await harness.apply(web('pve1', local));
    await harness.pve.post('/nodes/pve1/qemu/101/snapshot', { params: { snapname: 's1' } });
    await harness.sandbox.settled();
    const errors = errorsOf(await harness.plan(back('pve2', local)));
    expect(errors[0]).toMatchObject({ code: 'IMPOSSIBLE', summary: 'snapshots cannot be taken along' });
    expect(errors[0]?.detail).toContain('s1');
  });
});

describe('R-38: a guest under HA', () => {
  const ha = 'kind: vm\nname: web-01\nnode: pve2\nonMoved: migrate\nha: true\n';

  beforeEach(async () => {
    await harness.apply('kind: vm\nname: web-01\nnode: pve1\nha: true\npower: running\n');
    harness.writes();
  });

  it('R-38: is migrated by the HA manager, and waited for before the next step', async () => {
    await migrate(`${ha}description: Shop\n`);
    expect(harness.writes()).toMatchObject([
      { path: '/nodes/pve1/qemu/101/migrate', params: { target: 'pve2', online: '1' } },
      { path: '/nodes/pve2/qemu/101/config' },
    ]);
    expect([await nodeOf(), await powerOf(harness, 101)]).toEqual(['pve2', 'running']);
  });

  it('R-38: fails with what the HA manager’s own task says', async () => {
    const plan = await harness.plan(ha);
    const { pve } = harness;
    // The image gets onto the node’s own storage after the plan was made.
    await pve.put('/nodes/pve1/qemu/101/config', { params: { ide2: 'local:iso/debian-13.iso,media=cdrom' } });
    const late = { ...plan, resources: plan.resources.map((resource) => ({ ...resource, digest: null })) };
    const result = await harness.run(late);
    expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'TASK_FAILED' }] });
    expect(result.errors[0]?.details.join('\n')).toContain('local cdrom image');
    expect(await nodeOf()).toBe('pve1');
  });
});

describe('R-38: nodes with storages of their own', () => {
  let cluster: Harness;
  beforeEach(async () => {
    cluster = await startHarness({ world: 'cluster' });
  });
  afterEach(() => cluster.close());

  const disk = (storage: string): string => `disks: { scsi0: { storage: ${storage}, size: 8GiB } }\n`;
  const spec = (node: string, more: string): string =>
    `kind: vm\nname: zfs-01\nvmid: 900\nnode: ${node}\nha: false\nsystem: { efi: { storage: ceph-pool } }\n${more}`;

  it('R-38: a disk whose storage the new node lacks goes to the one that the document writes, in one go', async () => {
    await cluster.apply(spec('pve1', disk('local-zfs')));
    const yaml = spec('pve3', `onMoved: migrate\n${disk('ceph-pool')}`);
    // What ZFS sends of a stopped guest only ZFS takes.
    expect(errorsOf(await cluster.plan(yaml))).toMatchObject([{ summary: 'the storages do not fit each other' }]);
    await powerByHand(cluster, 900, 'start');
    const plan = await cluster.plan(yaml);
    expect(errorsOf(plan)).toEqual([]);
    expect(changesOf(plan)).toEqual([
      ['node', 'pve1', 'pve3'],
      ['disks.scsi0.storage', 'local-zfs', 'ceph-pool'],
    ]);
    cluster.writes();
    await cluster.apply(yaml, ALLOW);
    expect(cluster.writes()).toEqual([
      {
        method: 'POST',
        path: '/nodes/pve1/qemu/900/migrate',
        params: { target: 'pve3', online: '1', 'with-local-disks': '1', targetstorage: 'local-zfs:ceph-pool' },
      },
    ]);
    expect(titlesOf(await cluster.plan(yaml))).toEqual([]);
  });

  it('R-38: without a storage to go to, the plan says what is missing, and writes nothing', async () => {
    await cluster.apply(spec('pve1', disk('local-zfs')));
    const errors = errorsOf(await cluster.plan(spec('pve3', `onMoved: migrate\n${disk('local-zfs')}`)));
    expect(errors[0]).toMatchObject({ code: 'MISSING', summary: 'the new node lacks a storage', pointer: '/node' });
    expect(errors[0]?.detail).toContain('scsi0 of guest 900 is on local-zfs, which pve3 does not have.');
  });

  it('R-38: of several nodes it goes to one that it can go to, though another has more memory free', async () => {
    await cluster.apply(spec('pve1', disk('local-zfs')));
    const yaml = spec('[pve3, pve2]', `onMoved: migrate\n${disk('local-zfs')}`);
    const plan = await cluster.plan(yaml);
    expect(errorsOf(plan)).toEqual([]);
    expect(changesOf(plan)).toEqual([['node', 'pve1', 'pve2']]);
  });

  it('R-38: an offline node takes no guest', async () => {
    await cluster.apply(spec('pve1', disk('ceph-pool')));
    const errors = errorsOf(await cluster.plan(spec('pve5', `onMoved: migrate\n${disk('ceph-pool')}`)));
    expect(errors).toMatchObject([{ summary: 'the node is offline', pointer: '/node' }]);
  });
});

it.each(['7.4', '8.4', '9.1', '9.2'] as const)(
  'R-9: on Proxmox VE %s a guest is migrated, stopped and running, with its local disks',
  async (version) => {
    const old = await startHarness({ version });
    try {
      const local = 'disks: { scsi0: { storage: local-lvm, size: 8GiB } }\nsystem: { efi: { storage: local-lvm } }\n';
      for (const [from, to] of [
        ['pve1', 'pve2'],
        ['pve2', 'pve3'],
      ] as const) {
        await old.apply(web(from, local));
        if (from === 'pve2') await powerByHand(old, 101, 'start');
        await old.apply(back(to, local), ALLOW);
        expect(titlesOf(await old.plan(back(to, local)))).toEqual([]);
      }
      expect(await powerOf(old, 101)).toBe('running');
    } finally {
      await old.close();
    }
  },
);

describe('R-27: a migration that goes on after its run was killed', () => {
  it('R-27: is waited for by the next plan, which finds the guest on its new node', async () => {
    const slow = await startHarness({ taskTimeMs: 300 });
    try {
      await slow.apply(web('pve1'));
      await slow.pve.post('/nodes/pve1/qemu/101/migrate', { params: { target: 'pve2' } });
      const plan = await slow.plan(back('pve2', 'description: Shop\n'));
      expect(plan.resources[0]?.node).toBe('pve2');
      expect(titlesOf(plan)).toEqual(['change description']);
    } finally {
      await slow.close();
    }
  });
});

describe('R-21: a token that may not migrate', () => {
  const SECRET = '00000000-0000-4000-8000-000000000001';

  it('R-21: is told which privilege it lacks, and nothing that would be refused is asked', async () => {
    await harness.apply(web('pve1'));
    const { directory } = harness.sandbox;
    const append = (file: string, lines: readonly string[]): void => {
      const path = join(directory, file);
      writeFileSync(path, `${readFileSync(path, 'utf8').trimEnd()}\n${lines.join('\n')}\n`);
    };
    append('user.cfg', ['user:ci@pve:1:0:::::', 'token:ci@pve!plan:0:0::', 'acl:1:/:ci@pve:PVEAuditor:']);
    append('priv/token.cfg', [`ci@pve!plan ${SECRET}`]);
    harness.sandbox.reload();
    const pve = createPveClient({
      endpoint: harness.sandbox.endpoint,
      credentials: { type: 'token', token: `ci@pve!plan=${SECRET}` },
      trust: { ca: harness.sandbox.ca },
    });
    const errors = errorsOf(await harness.plan(back('pve2'), { pve }));
    await pve.close();
    expect(details(errors)).toEqual([expect.stringContaining('node needs VM.Migrate on /vms/101')]);
    const asked = harness.sandbox.requests.filter(({ path }) => path.endsWith('/migrate'));
    expect(asked).toEqual([]);
    await harness.plan(back('pve2'));
    expect(harness.sandbox.requests.filter(({ path }) => path.endsWith('/migrate'))).toHaveLength(1);
  });
});

it('R-38: a clone goes to those of the nodes that its source can be cloned to', async () => {
  await createByHand(harness, 9000, { name: 'tpl', scsi0: 'ceph-pool:1' });
  await createByHand(harness, 9001, { name: 'tpl-local', scsi0: 'local-lvm:1' });
  const clone = (from: string, node: string): string => `kind: vm\nname: c\nnode: ${node}\nclone: { from: ${from} }\n`;
  const placed = async (from: string, node: string): Promise<readonly unknown[]> => {
    const plan = await harness.plan(clone(from, node));
    return [plan.resources[0]?.node, ...errorsOf(plan).map(({ pointer }) => pointer)];
  };
  expect(await placed('tpl', '[pve1, pve3]')).toEqual(['pve1']);
  expect(await placed('tpl', '[pve2, pve3]')).toEqual(['pve2']);
  expect(await placed('tpl-local', '[pve2, pve1]')).toEqual(['pve1']);
  expect(await placed('tpl-local', '[pve2, pve3]')).toEqual(['pve2', '/node']);
});
