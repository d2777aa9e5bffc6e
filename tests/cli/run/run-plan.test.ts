import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Harness } from '../../harness.ts';
import { type CliRun, runCli } from '../../run-cli.ts';
import { bareGuest, useServedFolder } from '../served-folder.ts';

let cwd = '';
let harness: Harness;
let env: Readonly<Record<string, string>> = {};

useServedFolder((folder) => {
  ({ cwd, harness, env } = folder);
});

function write(...documents: readonly string[]): void {
  writeFileSync(join(cwd, 'vm.yaml'), documents.join('---\n'));
}

const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd, env });

// How long it took is not the same each time.
const timeless = (text: string): string => text.replace(/\d+\.\d s/g, 'T s');

/** Applies guests as they are to be found by what the test is about. */
async function made(...documents: readonly string[]): Promise<void> {
  write(...documents);
  expect((await run('apply', '-y', 'vm.yaml')).code).toBe(0);
}

const FULL = 'task-error="no space left on ceph-pool"';
const FAILED = (type: string, vmid: number, address: string, title: string): string =>
  [
    `✗ ${address}  ${title}  T s`,
    `    task ${type} of ${vmid} on pve1 failed: no space left on ceph-pool [PVEVM-TASK-FAILED]`,
    '      TASK ERROR: no space left on ceph-pool',
    '',
  ].join('\n');

describe('R-29: --quiet prints each step that failed, and why', () => {
  it('apply: with the end of the task’s log, for each of two guests', async () => {
    harness.sandbox.failNext(`POST /nodes/*/qemu ${FULL} count=2`);
    write(bareGuest('web-01', 'vmid: 101\n'), bareGuest('web-02', 'vmid: 102\n'));
    const { code, stdout, stderr } = await run('apply', '-y', '--quiet', 'vm.yaml');
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n\nNot applied: /);
    expect(timeless(stderr).startsWith('\n✗ ')).toBe(true);
    expect(timeless(stderr)).toContain(FAILED('qmcreate', 101, 'vm/web-01', 'create'));
    expect(timeless(stderr)).toContain(FAILED('qmcreate', 102, 'vm/web-02', 'create'));
    expect(stderr.match(/^✗/gm)).toHaveLength(2);
  });

  it('apply: and nothing of the steps that went well, or were not reached, nor what they warn of', async () => {
    await made(bareGuest('web-01', 'vmid: 101\n'));
    harness.sandbox.failNext(`POST /nodes/pve1/qemu/101/status/start ${FULL}`);
    write(bareGuest('web-01', 'vmid: 101\ncpu: { cores: 4 }\npower: running\nwaitFor: { agent: 5s }\n'));
    const { code, stderr } = await run('apply', '-y', '--quiet', 'vm.yaml');
    expect(code).toBe(8);
    expect(timeless(stderr)).toMatch(/^\n✗ vm\/web-01 +start +T s\n/);
    expect(stderr).not.toMatch(/✓|skipped|warning/);
  });

  it('apply: with the hints', async () => {
    await made(bareGuest('web-01', 'vmid: 101\n'));
    write(bareGuest('web-01', 'vmid: 101\ncpu: { cores: 4 }\n'));
    harness.sandbox.failNext({
      method: 'PUT',
      path: '/nodes/pve1/qemu/101/config',
      status: 403,
      message: 'Permission check failed (/vms/101, VM.Config.CPU)',
    });
    const { code, stderr } = await run('apply', '-y', '--quiet', 'vm.yaml');
    expect(code).toBe(5);
    expect(stderr).toContain('[PVEVM-PERMISSION]\n    Grant the token a role with VM.Config.CPU on /vms/101.\n');
  });

  it('destroy', async () => {
    await made(bareGuest('web-01', 'vmid: 101\n'));
    harness.sandbox.failNext(`DELETE /nodes/pve1/qemu/101 ${FULL}`);
    const { code, stderr } = await run('destroy', '-y', '--quiet', 'vm.yaml');
    expect(code).toBe(8);
    expect(timeless(stderr)).toBe(`\n${FAILED('qmdestroy', 101, 'vm/web-01', 'destroy')}`);
  });

  it('reap', async () => {
    await made(bareGuest('web-01', 'vmid: 101\nttl: 1m\n'));
    const description = 'pvevm:-:vm/web-01:101 until 2020-01-01T00:00Z';
    await harness.pve.put('/nodes/pve1/qemu/101/config', { params: { description } });
    harness.sandbox.failNext(`DELETE /nodes/pve1/qemu/101 ${FULL}`);
    const { code, stderr } = await run('reap', '-y', '--quiet');
    expect(code).toBe(8);
    expect(timeless(stderr)).toBe(`\n${FAILED('qmdestroy', 101, 'vm/web-01', 'destroy')}`);
  });

  it('up, when it applies', async () => {
    write(bareGuest('web-01', 'vmid: 101\n'));
    harness.sandbox.failNext(`POST /nodes/*/qemu ${FULL}`);
    const { code, stdout, stderr } = await run('up', '-y', '--quiet', 'vm.yaml', '--', 'true');
    expect([code, stdout]).toEqual([1, '']);
    expect(timeless(stderr)).toContain(`\n\n${FAILED('qmcreate', 101, 'vm/web-01', 'create')}\nNot applied: `);
  });

  it('up, when it destroys what it has created', async () => {
    write(bareGuest('web-01', 'vmid: 101\n'));
    harness.sandbox.failNext(`DELETE /nodes/pve1/qemu/101 ${FULL}`);
    const { code, stderr } = await run('up', '-y', '--quiet', 'vm.yaml', '--', 'true');
    expect(code).toBe(8);
    expect(timeless(stderr)).toContain(`\n\n${FAILED('qmdestroy', 101, 'vm/web-01', 'destroy')}\nApplied in part: `);
  });

  it('of what is taken back, too', async () => {
    write(bareGuest('web-01', 'vmid: 101\npower: running\n'));
    harness.sandbox.failNext(`POST /nodes/pve1/qemu/101/status/start ${FULL}`);
    harness.sandbox.failNext(`DELETE /nodes/pve1/qemu/101 ${FULL}`);
    const { stderr } = await run('apply', '-y', '--quiet', '--rollback-on-failure', 'vm.yaml');
    expect(timeless(stderr).match(/^✗.*$/gm)).toEqual([
      expect.stringMatching(/^✗ vm\/web-01 +start +T s$/),
      expect.stringMatching(/^✗ vm\/web-01 +destroy +T s$/),
    ]);
  });
});
