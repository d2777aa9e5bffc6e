import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startHarness } from '../harness.ts';
import { REFUSED_FOLDER, readRefused, refusedNames, runRefused } from './refused-fixtures.ts';

const names = refusedNames();
const cases = names.map((name) => [name, readRefused(name).setup.reason] as const);

it('R-17: has at least 60 reasons, each of its own', () => {
  expect(new Set(cases.map(([, reason]) => reason)).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(60);
});

it.each(cases)('%s: %s', async (name) => {
  const { text, writes } = await runRefused(name);
  expect(text).toBe(readFileSync(join(REFUSED_FOLDER, `${name}.expected.txt`), 'utf8'));
  expect(text).not.toMatch(/^exit 0$/m);
  expect(writes).toEqual([]);
});

const WARNED: readonly (readonly [reason: string, yaml: string, pointer: string])[] = [
  ['HA without shared storage', 'ha: true\ndisks: { scsi0: { storage: local-lvm } }\n', '/ha'],
  ['more memory than is free', 'ha: false\npower: running\nmemory: { size: 30GiB }\n', '/memory/size'],
  [
    'the storage has less space than the disks may take',
    'ha: false\ndisks: { scsi0: { size: 600GiB, storage: local-lvm } }\n',
    '/disks/scsi0/size',
  ],
  [
    'two devices have one MAC address',
    'ha: false\nnetwork: { net0: { mac: "02:00:00:00:00:0a" }, net1: { mac: "02:00:00:00:00:0A" } }\n',
    '/network/net1/mac',
  ],
];

it.each(WARNED)('R-17: what may work, or not, is a warning: %s', async (summary, yaml, pointer) => {
  const harness = await startHarness();
  try {
    const { diagnostics, resources } = await harness.plan(`kind: vm\nname: web-01\nnode: pve1\n${yaml}`);
    expect(diagnostics).toMatchObject([{ severity: 'warning', summary, pointer }]);
    expect(resources[0]?.steps).not.toEqual([]);
  } finally {
    await harness.close();
  }
});
