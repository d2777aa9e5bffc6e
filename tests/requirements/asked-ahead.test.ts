import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadChecked } from '../../src/cli/load-checked.ts';
import { exportObjects } from '../../src/engine/export.ts';
import type { Exported } from '../../src/kinds/exported.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf } from './guests.ts';
import { tokenWith } from './refused-fixtures.ts';
import { oneAtATime, putFirewall, putGuest, watchTraffic } from './traffic.ts';

const NODES = ['pve1', 'pve2', 'pve3'];
const COUNT = 18;

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
  for (let index = 0; index < COUNT; index += 1) {
    const vmid = 1000 + index;
    const disk = `scsi0: local-lvm:vm-${vmid}-disk-0,size=8G`;
    const lines = [`#pvevm%3A-%3Avm/guest-${index}%3A${vmid}`, 'memory: 2048', `name: guest-${index}`, disk];
    const node = NODES[index % NODES.length] as string;
    putGuest(harness.sandbox, node, vmid, [...lines, 'parent: s1', 'tags: pvevm', '', '[s1]', 'memory: 1024', disk]);
    putFirewall(harness.sandbox, vmid, ['[OPTIONS]', '', 'enable: 1', '', '[IPSET s1]', '', '10.0.0.2', '']);
  }
  harness.sandbox.reload();
});
afterEach(() => harness.close());

const documents = (more: (index: number) => string): string =>
  Array.from({ length: COUNT }, (_, index) => `kind: vm\nname: guest-${index}\ndefaults: none\n${more(index)}`).join(
    '---\n',
  );
const move = (index: number): string => `node: ${NODES[(index + 1) % NODES.length]}\nonMoved: migrate\n`;

function exportAll(pve: PveClient): Promise<Exported> {
  const requests = new Map([['vm', { names: ['*'], power: true }]]);
  const resolve = (document: unknown) =>
    loadChecked(['-'], { cwd: '/', readStdin: async () => new TextEncoder().encode(JSON.stringify(document)) });
  const project = { stack: null, mark: 'full' } as const;
  return exportObjects({ requests, pve, user: pve.user, project, resolve, clock: systemClock });
}

it('R-52: an export asks side by side, and nothing twice', async () => {
  const { pve, paths, of } = watchTraffic(harness.sandbox);
  const exported = await exportAll(pve).finally(() => pve.close());
  expect(exported.objects).toHaveLength(COUNT);
  expect(exported).toEqual(await exportAll({ ...harness.pve, ...oneAtATime(harness.pve) }));
  const each = ['/pending$', '/options$', '/rules$', '/aliases$', '/ipset$', '/ipset/s1$', '/snapshot$'];
  for (const sort of each) {
    expect([sort, of(new RegExp(`/qemu/\\d+.*${sort}`)).sent]).toEqual([sort, COUNT]);
  }
  expect(of(/\/qemu\/\d+\//).most).toBeGreaterThan(8);
  expect(new Set(paths).size).toBe(paths.length);
});

it('R-52: of guests that stay as they are, or change otherwise, no snapshots are read', async () => {
  const { pve, of } = watchTraffic(harness.sandbox);
  await harness.plan(
    documents(() => 'cpu: { cores: 4 }\ndisks: { scsi0: { backup: false } }\n'),
    { pve },
  );
  await harness.plan(
    documents((index) =>
      move(index)
        .replace(/pve\d/, 'pve1, pve2, pve3')
        .replace(/node: (.*)/, 'node: [$1]'),
    ),
    { pve },
  );
  await pve.close();
  expect(of(/\/snapshot$/).sent).toBe(0);
  expect(of(/\/migrate$/).sent).toBe(0);
});

it('R-52: what a token may not ask for, and what no node is there for, is not asked for', async () => {
  const token = await tokenWith(harness, { '/': 'VM.Audit,Sys.Audit,Datastore.Audit,SDN.Audit' });
  const { pve, of } = watchTraffic(harness.sandbox, token);
  const plan = await harness.plan(documents(move), { pve }).finally(() => pve.close());
  expect(errorsOf(plan).map(({ code }) => code)).toContain('PERMISSION');
  expect(of(/\/migrate$/).sent).toBe(0);
  const nowhere = watchTraffic(harness.sandbox);
  const refused = await harness
    .plan(
      documents(() => 'node: [pve8, pve9]\nonMoved: migrate\n'),
      { pve: nowhere.pve },
    )
    .finally(() => nowhere.pve.close());
  expect(errorsOf(refused).map(({ code }) => code)).toEqual(Array(COUNT).fill('MISSING'));
  expect(nowhere.of(/\/migrate$/).sent).toBe(0);
});

it.each([
  ['/qemu/1007/migrate', documents(move)],
  ['/qemu/1007/snapshot', documents(move)],
  ['/qemu/1007/config', documents(() => 'disks: { scsi0: { storage: ceph-pool } }\n')],
])(
  'a read ahead that fails (%s) fails the plan where its answer is needed, and with its own words',
  async (path, yaml) => {
    const fails = (): void =>
      harness.sandbox.failNext({ path: `/nodes/**${path}`, status: 500, message: 'bad luck', times: 100 });
    fails();
    const { pve } = watchTraffic(harness.sandbox);
    const error = await harness
      .plan(yaml, { pve })
      .catch((failure: unknown) => failure)
      .finally(() => pve.close());
    expect(error).toMatchObject({ code: 'PVE_ERROR', message: expect.stringContaining('bad luck') });
    const alone = await harness.plan(yaml, { pve: oneAtATime(harness.pve) }).catch((failure: unknown) => failure);
    expect(String(error)).toBe(String(alone));
  },
);

it.each([
  ['by name', documents(() => 'memory: { size: 4GiB }\n')],
  ['of new guests', 'kind: vm\nname: new-1\n---\nkind: vm\nname: new-2\n'],
])('a token that is none is refused once, and not once a read: a plan %s', async (_what, yaml) => {
  const { pve, paths } = watchTraffic(harness.sandbox, 'root@pam!no=00000000-0000-4000-8000-000000000000');
  await expect(harness.plan(yaml, { pve })).rejects.toMatchObject({ status: 401 });
  expect(paths).toEqual(['/cluster/resources']);
});
