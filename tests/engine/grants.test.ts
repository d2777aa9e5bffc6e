import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import type { Plan } from '../../src/core/plan.ts';
import { createPlan } from '../../src/engine/plan.ts';
import { createReapPlan } from '../../src/engine/reap.ts';
import { createRemovalPlan } from '../../src/engine/removal-plan.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import { type Harness, startHarness } from '../harness.ts';
import { type ImageServer, startImageServer } from '../requirements/image-server.ts';
import { tokenWith } from '../requirements/refused-fixtures.ts';
import { runPveum } from '../requirements/run-pveum.ts';
import { loadFiles } from '../spec/load-text.ts';

const PROJECT = { stack: 'lab', mark: 'full' } as const;
const PROJECT_FILE = 'kind: project\nstack: lab\n';

let harness: Harness;
let clock: VirtualClock;
const clients: PveClient[] = [];
beforeEach(async () => {
  clock = createVirtualClock(Date.parse('2026-08-01T08:00:10Z'));
  harness = await startHarness({ clock, taskTimeMs: 0 });
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await harness.close();
});

/** What planning takes of a token that holds these privileges and no others. */
async function asToken(privileges: Readonly<Record<string, string>>) {
  const credentials = { type: 'token', token: await tokenWith(harness, privileges) } as const;
  const pve = createPveClient({ endpoint: harness.sandbox.endpoint, credentials, trust: { ca: harness.sandbox.ca } });
  clients.push(pve);
  return { pve, user: pve.user, clock: systemClock, project: PROJECT };
}

const grantsIn = ({ diagnostics }: Plan): readonly Diagnostic[] =>
  diagnostics.filter(({ summary }) => summary === 'how to grant what is missing');

it('R-21: --prune says how to grant what it lacks', async () => {
  await harness.apply('kind: vm\nname: web-01\nvmid: 150\nnode: pve1\nha: false\n', { project: PROJECT_FILE });
  const token = await asToken({ '/': 'Sys.Audit', '/vms': 'VM.Audit' });
  const notes = grantsIn(await createPlan({ ...token, resources: [], prune: 'remove' }));
  expect(notes).toMatchObject([{ severity: 'note', address: 'vm/web-01' }]);
  expect(notes[0]?.detail).toContain(`pveum acl modify /vms/150 --tokens 'ci@pve!plan' --roles VMKeeper`);
  expect(notes[0]?.detail).toContain('pveum role add VMKeeper --privs "VM.Allocate VM.Audit"');
});

it('R-21: what several documents lack is granted by one note, whose commands Proxmox VE takes one after the other', async () => {
  const guest = (name: string, vmid: number, field: string): string =>
    `kind: vm\nname: ${name}\nvmid: ${vmid}\nnode: pve1\nha: false\n${field}---\n`;
  await harness.apply(`${guest('a-01', 150, '')}${guest('b-01', 151, '')}`, { project: PROJECT_FILE });
  const yaml = `${guest('a-01', 150, 'cpu: { cores: 4 }\n')}${guest('b-01', 151, 'memory: { size: 4GiB }\n')}${guest('c-01', 152, '')}`;
  const token = await asToken({
    ...{ '/': 'Sys.Audit', '/vms': 'VM.Audit', '/storage': 'Datastore.Audit', '/sdn': 'SDN.Audit' },
  });
  const { resources } = await loadFiles({ 'vm.yaml': yaml, 'pvevm.yaml': PROJECT_FILE });
  const notes = grantsIn(await createPlan({ ...token, resources }));
  expect(notes).toHaveLength(1);
  const [{ detail, address, range } = { detail: '' }] = notes;
  expect(address).toBeUndefined();
  expect(range).toMatchObject({ line: 16 });
  const commands = detail.split('\n').filter((line) => line.startsWith('pveum '));
  expect(new Set(commands).size).toBe(commands.length);
  expect(commands.filter((line) => line.includes('role add VMKeeper'))).toHaveLength(1);
  expect(commands.find((line) => line.includes('role add VMKeeper'))).toMatch(/VM\.Config\.CPU .*VM\.Config\.Memory /);
  for (const command of commands) await runPveum(harness, command);
  const granted = await createPlan({ ...token, resources });
  expect(granted.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(grantsIn(granted)).toEqual([]);
});

it('R-21: --prune says how to let it read a guest that may be the stack’s', async () => {
  await harness.apply('kind: vm\nname: web-01\nvmid: 150\nnode: pve1\nha: false\n', { project: PROJECT_FILE });
  const token = await asToken({ '/': 'Sys.Audit', '/vms': 'VM.Audit' });
  // Between the list and the read, the privilege is taken away.
  const pve = {
    ...token.pve,
    get: async (path: string, options?: Parameters<PveClient['get']>[1]) => {
      if (path.endsWith('/pending')) await harness.pve.put('/access/roles/Role1', { params: { privs: '' } });
      return await token.pve.get(path, options);
    },
  };
  const plan = await createPlan({ ...token, pve, resources: [], prune: 'remove' });
  expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toMatchObject([
    { code: 'PERMISSION', detail: expect.stringContaining('needs VM.Audit on /vms/150, which ci@pve!plan') },
  ]);
  expect(grantsIn(plan)[0]?.detail).toContain('/vms/150');
});

it('R-21: reap says how to grant what it lacks', async () => {
  await harness.apply('kind: vm\nname: ci-01\nvmid: 150\nnode: pve1\nha: false\nttl: 1h\n', { project: PROJECT_FILE });
  await clock.advance(2 * 3_600_000);
  const notes = grantsIn(await createReapPlan(await asToken({ '/': 'Sys.Audit', '/vms': 'VM.Audit' })));
  expect(notes).toHaveLength(1);
  expect(notes[0]?.detail).toContain(`pveum acl modify /vms/150 --tokens 'ci@pve!plan' --roles VMKeeper`);
});

it('R-21: destroying an image takes Datastore.Allocate, and says how to grant it', async () => {
  const files: ImageServer = await startImageServer();
  try {
    const path = '/debian.raw';
    const range = { file: 'image.yaml', line: 1, column: 1, length: 1 };
    const spec = { storage: 'local', node: 'pve1', url: `${files.base}${path}`, checksum: files.checksum(path) };
    await harness.apply(
      `kind: image\nname: debian\n${Object.entries(spec)
        .map(([key, value]) => `${key}: "${value}"\n`)
        .join('')}`,
    );
    const resource = {
      address: 'image/debian',
      kind: 'image',
      name: 'debian',
      range,
      spec,
      origins: new Map(),
    } as const;
    const token = await asToken({ '/storage': 'Datastore.Audit' });
    const plan = await createRemovalPlan({ ...token, resources: [resource] });
    expect(plan.resources).toMatchObject([{ action: 'none', steps: [] }]);
    expect(plan.diagnostics).toMatchObject([
      {
        severity: 'error',
        code: 'PERMISSION',
        detail: expect.stringContaining('needs Datastore.Allocate on /storage/local'),
      },
      { severity: 'note', address: 'image/debian' },
    ]);
    expect(grantsIn(plan)[0]?.detail).toContain(
      'pveum role add StorageKeeper --privs "Datastore.Allocate Datastore.Audit"',
    );
    const blind = await createRemovalPlan({ ...token, pve: (await asOther()).pve, resources: [resource] });
    expect(blind.diagnostics[0]).toMatchObject({ severity: 'error', code: 'PERMISSION' });
  } finally {
    files.close();
  }
});

/** A token that sees the storages and not what they hold. */
async function asOther() {
  await harness.pve.post('/access/users', { params: { userid: 'other@pve' } });
  await harness.pve.post('/access/roles', { params: { roleid: 'Blind', privs: 'Sys.Audit' } });
  await harness.pve.put('/access/acl', { params: { path: '/nodes', roles: 'Blind', users: 'other@pve' } });
  const made = await harness.pve.post('/access/users/other@pve/token/plan', { params: { privsep: 0 } });
  const credentials = { type: 'token', token: `other@pve!plan=${(made as { value: string }).value}` } as const;
  const pve = createPveClient({ endpoint: harness.sandbox.endpoint, credentials, trust: { ca: harness.sandbox.ca } });
  clients.push(pve);
  return { pve };
}
