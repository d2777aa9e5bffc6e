import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf, titlesOf } from './guests.ts';

let harness: Harness;
let auditor: PveClient;
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
  const path = join(harness.sandbox.directory, 'user.cfg');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace('acl:1:/:ci@pve:PVEAuditor:', 'acl:1:/vms:ci@pve:PVEAuditor:'),
  );
  harness.sandbox.reload();
  const plan = await harness.plan(KEPT, { pve: auditor, skipPrivileges: true });
  expect(errorsOf(plan).map(({ summary }) => summary)).toContain('a privilege is missing');
  expect(errorsOf(plan).map(({ summary }) => summary)).not.toContain('the storage does not exist');
  expect(titlesOf(plan)).toEqual([]);
});
