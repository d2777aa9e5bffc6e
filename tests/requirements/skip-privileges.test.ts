import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient, PveReader } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf, titlesOf } from './guests.ts';

let harness: Harness;
let auditor: PveClient;

/** Gives the token's user these rules, as `PATH ROLE`, and no others. */
function setRules(...rules: readonly string[]): void {
  const path = join(harness.sandbox.directory, 'user.cfg');
  const others = readFileSync(path, 'utf8').replaceAll(/^acl:.*:ci@pve:.*\n/gm, '');
  const lines = rules.map((rule) => rule.replace(/^(\S+) (\S+)$/, 'acl:1:$1:ci@pve:$2:\n'));
  writeFileSync(path, `${others.trimEnd()}\n${lines.join('')}`);
  harness.sandbox.reload();
}

beforeEach(async () => {
  harness = await startHarness();
  const append = (file: string, lines: readonly string[]): void => {
    const path = join(harness.sandbox.directory, file);
    writeFileSync(path, `${readFileSync(path, 'utf8').trimEnd()}\n${lines.join('\n')}\n`);
  };
  append('user.cfg', ['user:ci@pve:1:0:::::', 'token:ci@pve!plan:0:0::', 'acl:1:/:ci@pve:PVEAuditor:']);
  append('priv/token.cfg', [`ci@pve!plan ${SECRET}`]);
  harness.sandbox.reload();
  auditor = createPveClient({
    endpoint: harness.sandbox.endpoint,
    credentials: { type: 'token', token: `ci@pve!plan=${SECRET}` },
    trust: { ca: harness.sandbox.ca },
  });
});
afterEach(async () => {
  await auditor.close();
  await harness.close();
});

const SECRET = '00000000-0000-4000-8000-000000000001';
const PROJECT = 'kind: project\nstack: shop\n';
const KEPT = 'kind: vm\nname: kept\nnode: pve1\ndisks: { scsi0: { size: 8GiB } }\n';
const OLD = 'kind: vm\nname: old\nnode: pve1\n';
const WANTED = `${KEPT.replace('8GiB', '9GiB')}cpu: { cores: 3 }
pool: shop
startup: { order: 2 }
---
kind: vm
name: new
power: running
cloudInit: { user: root }
network: { net0: { bridge: vmbr0, vlan: 12 } }
`;

/** A plan as who makes it has no part in it. */
function withoutNotes({ diagnostics, ...plan }: Plan): unknown {
  return { ...plan, warnings: diagnostics.filter(({ severity }) => severity !== 'note') };
}

it('P1: a token that only reads makes the plan that the one makes which applies it', async () => {
  await harness.pve.post('/pools', { params: { poolid: 'shop' } });
  await harness.apply(`${KEPT}---\n${OLD}`, { project: PROJECT });
  const options = { project: PROJECT, prune: 'remove' } as const;
  const own = await harness.plan(WANTED, options);
  const plan = await harness.plan(WANTED, { ...options, pve: auditor, skipPrivileges: true });
  expect(errorsOf(plan)).toEqual([]);
  expect(titlesOf(plan)).toContain('destroy');
  expect(withoutNotes(plan)).toEqual(withoutNotes(own));
  expect(plan.diagnostics).toContainEqual(
    expect.objectContaining({ severity: 'note', summary: 'privileges are not checked' }),
  );
});

it('P6: without being told so it does not: what is missing are errors', async () => {
  const plan = await harness.plan(KEPT, { pve: auditor });
  expect(errorsOf(plan).map(({ code }) => code)).toContain('PERMISSION');
  expect(titlesOf(plan)).toEqual([]);
});

it('P6: what it may not read stays an error, or is told to be unseen', async () => {
  setRules('/vms PVEAuditor');
  const plan = await harness.plan(KEPT, { pve: auditor, skipPrivileges: true });
  expect(errorsOf(plan).map(({ summary }) => summary)).toContain('a privilege is missing');
  expect(errorsOf(plan).map(({ summary }) => summary)).not.toContain('the storage does not exist');
  expect(titlesOf(plan)).toEqual([]);
});

it('R-21: what it lacks to see is asked for with privileges that only read', async () => {
  setRules('/vms PVEAuditor', '/nodes PVEAuditor');
  const { diagnostics } = await harness.plan(KEPT, { pve: auditor, skipPrivileges: true });
  const text = diagnostics.map(({ detail }) => detail).join('\n');
  expect(text).toContain('seeing it needs Datastore.Audit on /storage/ceph-pool,');
  expect(text).toContain('seeing it needs SDN.Audit on /sdn/zones/localnetwork/vmbr9,');
  expect(text).toContain('pveum role add StorageKeeper --privs "Datastore.Audit"');
  expect(text).not.toMatch(/AllocateSpace|SDN\.Use/);
  setRules('/vms PVEAuditor', '/nodes PVEAuditor', '/storage PVEAuditor', '/sdn PVEAuditor');
  expect(errorsOf(await harness.plan(KEPT, { pve: auditor, skipPrivileges: true }))).toEqual([]);
});

it('P1: whether a guest will be registered with HA is said to be unseen, where the cluster’s state is', async () => {
  setRules('/vms PVEAuditor', '/nodes PVEAuditor', '/storage PVEAuditor', '/sdn PVEAuditor');
  const { diagnostics } = await harness.plan(KEPT, { pve: auditor, skipPrivileges: true });
  const said = diagnostics.filter(({ detail }) => detail.includes('high availability'));
  expect(said).toMatchObject([{ severity: 'note', code: 'PERMISSION', address: 'vm/kept' }]);
  expect(said[0]?.detail).toContain('cannot be seen by this token, which lacks Sys.Audit on /: the one that applies');
  expect(diagnostics.map(({ summary }) => summary)).not.toContain('not registered with high availability');
});

it('P1: a disk of a guest that it is not shown is taken to be there, and said to be unchecked', async () => {
  const disk = 'kind: vm\nname: old\nnode: pve1\nha: false\ndisks: { scsi0: {}, scsi1: { size: 4GiB } }\n';
  await harness.apply(disk);
  await harness.apply(`${disk.replace('scsi1: { size: 4GiB }', 'scsi1: null')}`);
  const config = (await harness.pve.get('/nodes/pve1/qemu/101/config')) as Readonly<Record<string, string>>;
  const [volume = '', other = ''] = [config['unused0'], config['scsi0']?.split(',')[0]];
  const yaml = `${disk.replace('scsi1: { size: 4GiB }', `scsi1: { volume: "${volume}" }`)}---
kind: vm
name: copy
node: pve1
ha: false
disks: { scsi0: { import: "${other}" } }
`;
  // pve-storage: PVE/Storage.pm, check_volume_access: the disks of guests are for those who may change them.
  const blind: PveReader = {
    ...auditor,
    get: async (path, options) => {
      const answer = await auditor.get(path, options);
      return Array.isArray(answer) && path.endsWith('/content')
        ? answer.filter((row) => !isObject(row) || row['vmid'] === undefined)
        : answer;
    },
  };
  const own = await harness.plan(yaml);
  const plan = await harness.plan(yaml, { pve: blind, skipPrivileges: true });
  expect(withoutNotes(plan)).toEqual(withoutNotes(own));
  expect(titlesOf(plan)).toContain('create');
  expect(plan.diagnostics.filter(({ summary }) => summary === 'the volume is not checked')).toMatchObject([
    { severity: 'note', code: 'PERMISSION', address: 'vm/old', detail: expect.stringContaining(volume) },
    { severity: 'note', code: 'PERMISSION', address: 'vm/copy', detail: expect.stringContaining('on /vms/101') },
  ]);
});

describe('a guest that is to be migrated', () => {
  const LOCAL =
    'kind: vm\nname: kept\nnode: pve1\nha: false\npower: running\ndisks: { scsi0: { storage: local-lvm } }\n';
  const MOVED = `${LOCAL.replace('pve1', 'pve2')}onMoved: migrate\nos: { media: none }\n`;

  it('P1: goes where the plan of the one that applies it sends it, and what may stand in the way is said to be unchecked', async () => {
    await harness.apply(LOCAL.replace('disks', 'os: { media: none }\ndisks'));
    const yaml = `${MOVED}---\n${OLD}`;
    const own = await harness.plan(yaml);
    const plan = await harness.plan(yaml, { pve: auditor, skipPrivileges: true });
    expect(errorsOf(plan)).toEqual([]);
    expect(titlesOf(own)[0]).toBe('migrate to pve2 while it runs, with its local disks');
    expect(withoutNotes(plan)).toEqual(withoutNotes(own));
    const note = plan.diagnostics.find(({ summary }) => summary === 'the migration is not checked');
    expect(note).toMatchObject({ severity: 'note', code: 'PERMISSION', address: 'vm/kept', range: { line: 3 } });
    expect(note?.detail).toContain('VM.Migrate on /vms/101');
  });

  it('P6: is not sent where its config shows that it cannot go', async () => {
    const medium = 'os: { media: "local:iso/debian-13.iso" }\n';
    await harness.apply(`${LOCAL}${medium}`);
    const yaml = MOVED.replace('os: { media: none }\n', medium);
    const own = await harness.plan(yaml);
    const plan = await harness.plan(yaml, { pve: auditor, skipPrivileges: true });
    expect(errorsOf(own).map(({ summary }) => summary)).toEqual(['a medium is on the node alone']);
    expect(withoutNotes(plan)).toEqual(withoutNotes(own));
  });

  it('P6: where it is refused to the one that applies, that is an error of its document, and the other plans stay', async () => {
    await harness.pve.post('/pools', { params: { poolid: 'shop' } });
    await harness.apply(`${LOCAL}---\n${OLD}ha: false\n`);
    // The guest is not in the pool yet on which the privilege is held.
    const privileges = { '/': 'Sys.Audit', '/vms': 'VM.Audit', '/storage': 'Datastore.Audit', '/sdn': 'SDN.Audit' };
    await harness.pve.post('/access/roles', { params: { roleid: 'Mover', privs: 'VM.Migrate Pool.Audit' } });
    for (const [index, [path, privs]] of Object.entries(privileges).entries()) {
      await harness.pve.post('/access/roles', { params: { roleid: `Role${index}`, privs } });
      await harness.pve.put('/access/acl', { params: { path, roles: `Role${index}`, users: 'ci@pve' } });
    }
    await harness.pve.put('/access/acl', { params: { path: '/pool/shop', roles: 'Mover', users: 'ci@pve' } });
    const plan = await harness.plan(`${MOVED}pool: shop\n---\n${OLD}ha: false\n`, { pve: auditor });
    expect(plan.resources.map(({ address, vmid }) => [address, vmid])).toEqual([
      ['vm/kept', 101],
      ['vm/old', 102],
    ]);
    expect(errorsOf(plan).filter(({ pointer }) => pointer === '/node')).toMatchObject([
      { code: 'PERMISSION', address: 'vm/kept', range: { line: 3 } },
    ]);
    expect(errorsOf(plan).filter(({ address }) => address === 'vm/old')).toEqual([]);
    const grants = plan.diagnostics.find(({ summary }) => summary === 'how to grant what is missing');
    expect(grants?.detail).toContain('VM.Migrate');
  });
});
