import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatDiagnostics } from '../../src/report/diagnostics-text.ts';
import { formatPlan } from '../../src/report/plan/plan-text.ts';
import { formatFailure } from '../../src/report/run/failure-text.ts';
import { createTheme } from '../../src/report/theme.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, createByHand, errorsOf, guestIds, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';

/** What only the cluster can tell: spec, code, and what the error names beside its place. */
const BROKEN: readonly (readonly [spec: string, code: string, names: readonly string[]])[] = [
  ['node: pve9', 'MISSING', ['pve9', 'pve1, pve2, pve3', 'vm.yaml:4:']],
  ['disks: { scsi0: { storage: zfs } }', 'MISSING', ['zfs', 'ceph-pool, local-lvm', 'vm.yaml:4:']],
  ['disks: { scsi0: { storage: cephfs } }', 'MISSING', ['cephfs', 'ceph-pool, local-lvm']],
  ['system: { efi: { storage: nowhere } }', 'MISSING', ['nowhere', 'ceph-pool, local-lvm']],
  ['network: { net0: { bridge: vmbr7 } }', 'MISSING', ['vmbr7', 'vmbr0, vmbr9', 'vm.yaml:4:']],
  ['os: { media: "local:iso/absent.iso" }', 'MISSING', ['absent.iso', 'local:iso/debian-13.iso', 'vm.yaml:4:']],
  ['os: { media: { storage: cephfs, latest: "arch*" } }', 'MISSING', ['arch*', 'nixos-minimal-25.05.iso']],
  ['os: { media: "ceph-pool:iso/x.iso" }', 'MISSING', ['ceph-pool', 'cephfs, local']],
  ['pool: absent', 'MISSING', ['absent', 'dev', 'vm.yaml:4:']],
  ['cpu: { affinity: "0-3" }', 'PERMISSION', ['root@pam']],
  ['memory: { size: 2GiB, hugepages: "2" }', 'PERMISSION', ['root@pam']],
  ['defaults: none\ndisks: { scsi0: { size: 4GiB } }', 'SPEC_INVALID', ['disks.scsi0.storage']],
  ['defaults: none\ndisks: { scsi0: { storage: ceph-pool } }', 'SPEC_INVALID', ['disks.scsi0.size']],
  ['defaults: none\nnetwork: { net0: { bridge: vmbr0 } }', 'SPEC_INVALID', ['network.net0.model']],
  ['defaults: none\nsystem: { bios: ovmf, efi: {} }', 'SPEC_INVALID', ['system.efi.storage']],
];

it.each(BROKEN)(
  'R-17: %s is an error of the plan, with what there is instead, and nothing is written',
  async (spec, code, names) => {
    await harness.pve.post('/pools', { params: { poolid: 'dev' } });
    harness.writes();
    const plan = await harness.plan(`${WEB}${spec}\n`);
    expect(errorsOf(plan).map((error) => error.code)).toEqual([code]);
    for (const name of names) expect(errorsOf(plan)[0]?.detail).toContain(name);
    expect(titlesOf(plan)).toEqual([]);
    await harness.run(plan);
    expect(harness.writes()).toEqual([]);
    expect(await guestIds(harness)).toEqual([]);
  },
);

it('a default whose object is missing says that it is one, or where the project file has it', async () => {
  const project = 'kind: project\ndefaults:\n  vm: { network: { "*": { bridge: vmbr7 } } }\n';
  expect(errorsOf(await harness.plan(WEB, { project }))[0]?.detail).toMatch(/vmbr7 \(pvevm\.yaml:3:\d+\)/);
});

const CHANGES: readonly (readonly [spec: string, says: string])[] = [
  ['disks: { scsi0: { size: 16GiB } }', 'Write 32GiB or more'],
  ['system: { efi: { type: 2m } }', 'efidisk0'],
  ['disks: { scsi0: { format: qcow2 } }', 'Write format: raw'],
];

it.each(CHANGES)('R-33 R-18: on a guest that exists, %s is an error that says what to do', async (spec, says) => {
  await harness.apply(`${WEB}disks: { scsi0: {} }\nsystem: { efi: {} }\n`);
  const plan = await harness.plan(`${WEB}${spec}\n`);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE' }]);
  expect(errorsOf(plan)[0]?.detail).toContain(says);
  expect(titlesOf(plan)).toEqual([]);
});

it('memory can be lowered: only disks cannot shrink', async () => {
  await harness.apply(`${WEB}memory: { size: 4GiB }\n`);
  await harness.apply(`${WEB}memory: { size: 1GiB }\n`);
  expect(await configOf(harness, 101)).toMatchObject({ memory: '1024' });
});

it('R-4: over equal live state, plans made in two folders are the same bytes', async () => {
  const other = await startHarness();
  try {
    const yaml = `${WEB}disks: { scsi0: {}, scsi1: { size: 8GiB } }\ntags: [b, a]\n---\nkind: vm\nname: db-01\n`;
    expect(JSON.stringify(await harness.plan(yaml))).toBe(JSON.stringify(await other.plan(yaml)));
    await harness.apply(yaml);
    const more = `${yaml}cpu: { cores: 4 }\n`;
    expect(JSON.stringify(await harness.plan(more))).toBe(JSON.stringify(await harness.plan(more)));
    expect(JSON.stringify(await harness.plan(more))).not.toContain('/tmp');
  } finally {
    await other.close();
  }
});

it('R-37: /cluster/resources lagging by ten seconds changes no plan and no apply', async () => {
  const lagging = await startHarness({ resourcesLagMs: 10_000 });
  try {
    await lagging.apply(`${WEB}power: running\n`);
    expect(titlesOf(await lagging.plan(`${WEB}power: running\n`))).toEqual([]);
    const edited = `${WEB}power: stopped\ntags: [web]\n`;
    await lagging.apply(edited);
    expect(titlesOf(await lagging.plan(edited))).toEqual([]);
    await setByHand(lagging, 101, { name: 'renamed' });
    expect(changesOf(await lagging.plan(edited))).toEqual([['name', 'renamed', 'web-01']]);
    await lagging.run(await lagging.removal(edited));
    await lagging.sandbox.settled();
    await lagging.apply(edited);
    expect(await guestIds(lagging)).toEqual([101]);
  } finally {
    await lagging.close();
  }
});

it('R-48: the token’s secret is in no plan, event or error', async () => {
  const secret = harness.sandbox.token.slice(harness.sandbox.token.indexOf('=') + 1);
  const seen: unknown[] = [];
  const plan = await harness.plan(`${WEB}description: x\n`);
  harness.sandbox.failNext({
    method: 'PUT',
    path: /config$/,
    status: 500,
    message: `bad token ${harness.sandbox.token}`,
  });
  const result = await harness.run(plan, (event) => seen.push(event));
  expect(result.outcome).toBe('failed');
  expect(JSON.stringify([plan, seen, result])).not.toContain(secret);
  expect(JSON.stringify(result)).toContain('bad token');
});

const ESCAPE = '\u001b[31m\u0007';

it('R-50: control characters of a live value or an error reach no text as they are', async () => {
  await createByHand(harness, 100, {
    name: 'web-01',
    tags: 'pvevm',
    description: `${ESCAPE}evil\n\npvevm:-:vm/web-01:100`,
  });
  const theme = createTheme(false);
  const plan = await harness.plan('kind: vm\nname: web-01\ndefaults: none\ndescription: good\n');
  expect(changesOf(plan)).toEqual([['description', `${ESCAPE}evil`, 'good']]);
  const text = formatPlan(plan, { theme, label: 'https://pve1:8006', verbose: true, showRequests: true });
  expect(text).toContain('evil');
  harness.sandbox.failNext({ method: 'PUT', path: /config$/, status: 500, message: `${ESCAPE}broken` });
  const { errors } = await harness.run(plan);
  const failure = errors.flatMap((error) => formatFailure(error, theme)).join('\n');
  expect(failure).toContain('broken');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(`${text}${failure}`).not.toMatch(/[\u0007\u001b]/);
});

it('R-50: control characters in the name of a foreign guest’s mark reach no diagnostic', async () => {
  await createByHand(harness, 100, { name: 'web-01', description: `pvevm:lab:vm/a${ESCAPE}b:100` });
  const plan = await harness.plan('kind: vm\nname: web-01\nvmid: 100\ndefaults: none\ntags: [a]\n', { adopt: true });
  const text = formatDiagnostics(plan.diagnostics, new Map(), createTheme(false));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect([text].flat().join('\n')).not.toMatch(/[\u0007\u001b]/);
});

it('a field that the server’s version lacks is an error where it is written, and left out where it is a default', async () => {
  const old = {
    ...harness.pve,
    get: async (path: string, options?: Parameters<Harness['pve']['get']>[1]) =>
      path === '/version' ? { version: '8.1.4', release: '8.1' } : harness.pve.get(path, options),
  };
  const written = await harness.plan(`${WEB}disks: { scsi0: { vendor: ACME } }\n`, { pve: old });
  expect(errorsOf(written)).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/disks/scsi0/vendor' }]);
  expect(errorsOf(written)[0]?.detail).toMatch(/needs Proxmox VE 8\.2 or newer; the server is 8\.1/);
  const byDefault = await harness.plan(WEB, { pve: old });
  expect(errorsOf(byDefault)).toEqual([]);
  expect(JSON.stringify(byDefault.resources[0]?.steps)).not.toContain('allow-ksm');
});
