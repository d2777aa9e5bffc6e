import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { Plan } from '../../src/core/plan.ts';
import { createPlan } from '../../src/engine/plan.ts';
import { fieldsOutsideVersion } from '../../src/kinds/vm/project.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { loadOne } from '../spec/load-text.ts';
import { errorsOf } from './guests.ts';
import { tokenWith } from './refused-fixtures.ts';
import { runPveum } from './run-pveum.ts';

const FULL = readFileSync(join(import.meta.dirname, '../../examples/full.yaml'), 'utf8');

type Needed = Readonly<Record<string, readonly string[]>>;

/** The least that examples/full.yaml takes, by path: nothing of it may be missing, and nothing else is needed. */
const neededWith = (agent: string): Needed => ({
  '/vms': [
    'VM.Allocate',
    'VM.Audit',
    'VM.Config.CDROM',
    'VM.Config.CPU',
    'VM.Config.Cloudinit',
    'VM.Config.Disk',
    'VM.Config.HWType',
    'VM.Config.Memory',
    'VM.Config.Network',
    'VM.Config.Options',
    'VM.PowerMgmt',
    agent,
  ],
  '/storage/ceph-pool': ['Datastore.AllocateSpace'],
  '/storage/cephfs': ['Datastore.Audit'],
  '/sdn/zones/localnetwork/vmbr0': ['SDN.Use'],
  '/sdn/zones/localnetwork/vmbr9': ['SDN.Use'],
  '/': ['Sys.Audit', 'Sys.Console', 'Sys.Modify'],
});

const VERSIONS = [
  // What 8.x calls VM.Monitor is several privileges from 9.0 on.
  { version: '9.2', needed: neededWith('VM.GuestAgent.Audit') },
  { version: '8.4', needed: neededWith('VM.Monitor') },
] as const;

/** The example without the fields that a version does not have. */
async function fullFor(version: string): Promise<string> {
  const document = parseDocument(FULL);
  for (const { path } of fieldsOutsideVersion(await loadOne(FULL), version)) document.deleteIn(path.split('.'));
  return document.toString();
}

describe.each(VERSIONS)('with Proxmox VE $version', ({ version, needed }) => {
  const cases = Object.entries(needed).flatMap(([path, privileges]) => privileges.map((name) => [name, path] as const));
  let harness: Harness;
  let pve: PveClient;
  let yaml: string;
  beforeAll(async () => {
    harness = await startHarness({ version });
    yaml = await fullFor(version);
    const all = Object.fromEntries(Object.entries(needed).map(([path, privileges]) => [path, privileges.join(' ')]));
    const token = await tokenWith(harness, all);
    pve = createPveClient({
      endpoint: harness.sandbox.endpoint,
      credentials: { type: 'token', token },
      trust: { ca: harness.sandbox.ca },
    });
  });
  afterAll(async () => {
    await pve.close();
    await harness.close();
  });

  const setPrivileges = async (path: string, privileges: readonly string[]): Promise<void> => {
    const roleid = `Role${Object.keys(needed).indexOf(path)}`;
    await harness.pve.put(`/access/roles/${roleid}`, { params: { privs: privileges.join(' ') } });
  };

  const planAsToken = async (): Promise<Plan> =>
    createPlan({
      ...{ resources: [await loadOne(yaml)], project: { stack: null, mark: 'full' }, allow: new Set() },
      ...{ pve, user: pve.user, clock: systemClock },
    });

  it.each(cases)(
    'R-21: a token that lacks exactly %s on %s is refused, with its name and how to grant it',
    async (name, path) => {
      const privileges = needed[path] ?? [];
      await setPrivileges(
        path,
        privileges.filter((other) => other !== name),
      );
      try {
        harness.writes();
        const plan = await planAsToken();
        const errors = errorsOf(plan);
        expect(errors.map(({ code }) => code)).toContain('PERMISSION');
        expect(errors.filter(({ detail }) => !detail.includes(name))).toEqual([]);
        const notes = plan.diagnostics.filter(({ summary }) => summary === 'how to grant what is missing');
        expect(notes).toHaveLength(1);
        expect(notes[0]?.detail).toMatch(
          new RegExp(`pveum role add \\w+ --privs "(.* )?${name.replaceAll('.', '\\.')}( .*)?"`),
        );
        expect(notes[0]?.detail).toContain("--tokens 'ci@pve!plan'");
        expect(harness.writes()).toEqual([]);
      } finally {
        await setPrivileges(path, privileges);
      }
    },
  );

  it('R-21: the token that has exactly these applies without a single 403', async () => {
    const before = harness.sandbox.requests.length;
    const plan = await planAsToken();
    expect(errorsOf(plan)).toEqual([]);
    const result = await harness.run(plan, () => undefined, undefined, pve);
    expect(result).toMatchObject({ outcome: 'ok', errors: [] });
    await harness.sandbox.settled();
    const again = await planAsToken();
    expect([errorsOf(again), again.resources[0]?.changes, again.resources[0]?.steps]).toEqual([[], [], []]);
    const refused = harness.sandbox.requests.slice(before).filter((request) => request.status === 403);
    expect(refused).toEqual([]);
  });
});

it('R-21: the commands that a refused plan offers are enough', async () => {
  const harness = await startHarness();
  const token = await tokenWith(harness, { '/vms': 'VM.Audit', '/storage/ceph-pool': 'Datastore.Audit' });
  const pve = createPveClient({
    endpoint: harness.sandbox.endpoint,
    credentials: { type: 'token', token },
    trust: { ca: harness.sandbox.ca },
  });
  try {
    const plan = async (): Promise<Plan> =>
      createPlan({
        ...{ resources: [await loadOne(FULL)], project: { stack: null, mark: 'full' }, allow: new Set() },
        ...{ pve, user: pve.user, clock: systemClock },
      });
    const offered = (made: Plan): readonly string[] =>
      made.diagnostics.flatMap(({ detail }) => detail.split('\n').filter((line) => line.startsWith('pveum ')));
    const first = await plan();
    expect(offered(first).length).toBeGreaterThan(5);
    for (const command of offered(first)) await runPveum(harness, command);
    // What the token could not see is looked at only now, and may take more.
    const second = await plan();
    for (const command of offered(second)) await runPveum(harness, command);
    const third = await plan();
    expect(errorsOf(third)).toEqual([]);
    expect(await harness.run(third, () => undefined, undefined, pve)).toMatchObject({ outcome: 'ok', errors: [] });
    await harness.sandbox.settled();
  } finally {
    await pve.close();
    await harness.close();
  }
});
