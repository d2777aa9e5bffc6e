import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingConsent } from '../../src/engine/consent.ts';
import { type Harness, startHarness } from '../harness.ts';
import { runCli } from '../run-cli.ts';
import { changesOf, configOf, errorsOf, powerByHand, powerOf, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const RUNS = `${WEB}power: running\n`;
const FOUR = `${RUNS}cpu: { cores: 4 }\n`;
const STATUS = '/nodes/pve1/qemu/101/status';
const CONFIG = '/nodes/pve1/qemu/101/config';
const RESTART = ['restart', 'wait until it runs again'];
const ALLOW = { allow: ['restart'] };

const currentOf = async (): Promise<unknown> =>
  harness.pve.get('/nodes/pve1/qemu/101/config', { query: { current: 1 } });

describe('R-16: changes that wait for a restart', () => {
  it('R-15 R-16: without permission they are written and stay pending, and no request restarts the guest', async () => {
    await harness.apply(RUNS);
    harness.writes();
    const plan = await harness.apply(FOUR);
    expect(titlesOf(plan)).toEqual(['change cores']);
    expect(missingConsent(plan, new Set())).toEqual([]);
    expect(harness.writes()).toHaveLength(1);
    const again = await harness.plan(FOUR);
    expect(again.resources[0]).toMatchObject({ action: 'none', changes: [{ path: 'cpu.cores', state: 'pending' }] });
  });

  it('R-16: with --allow restart one reboot follows the writes, and then the plan is empty', async () => {
    await harness.apply(RUNS);
    harness.writes();
    const plan = await harness.apply(FOUR, ALLOW);
    expect(titlesOf(plan)).toEqual(['change cores', ...RESTART]);
    expect(harness.writes()).toMatchObject([
      { method: 'PUT', params: { cores: '4' } },
      { method: 'POST', path: `${STATUS}/reboot`, params: { timeout: '300' } },
    ]);
    expect(await currentOf()).toMatchObject({ cores: 4 });
    expect(await powerOf(harness, 101)).toBe('running');
    expect(changesOf(await harness.plan(FOUR, ALLOW))).toEqual([]);
  });

  it('R-15: what was written before is applied by a later run that may restart', async () => {
    await harness.apply(RUNS);
    await harness.apply(FOUR);
    const plan = await harness.apply(FOUR, ALLOW);
    expect(titlesOf(plan)).toEqual(RESTART);
    expect(plan.resources[0]).toMatchObject({ action: 'update', changes: [{ state: 'pending' }] });
    expect(changesOf(await harness.plan(FOUR))).toEqual([]);
  });

  it('R-56: a change that the running guest does not notice takes a restart too', async () => {
    await harness.apply(`${RUNS}disks: { scsi0: {} }\n`);
    const plan = await harness.apply(`${RUNS}disks: { scsi0: { serial: ABC } }\n`, ALLOW);
    expect(titlesOf(plan)).toEqual(['change disk scsi0', ...RESTART]);
  });

  it('R-16: the document can allow it by itself, and a live change restarts nothing', async () => {
    const allowed = (text: string): string => `${text}restart: allowed\n`;
    await harness.apply(allowed(RUNS));
    expect(titlesOf(await harness.apply(allowed(`${RUNS}description: Shop\n`)))).not.toContain('restart');
    const plan = await harness.apply(allowed(FOUR));
    expect(titlesOf(plan).slice(-2)).toEqual(RESTART);
    expect(missingConsent(plan, new Set())).toEqual([]);
  });

  it('R-16: restart: required is refused without permission, and the plan shows what it takes', async () => {
    await harness.apply(RUNS);
    const required = `${FOUR}restart: required\n`;
    const plan = await harness.plan(required);
    expect(errorsOf(plan)).toEqual([]);
    expect(titlesOf(plan)).toEqual(['change cores', ...RESTART]);
    expect(missingConsent(plan, new Set())).toMatchObject([{ code: 'CONSENT', summary: 'a step restarts the guest' }]);
    expect(missingConsent(plan, new Set(['restart']))).toEqual([]);
  });

  it('R-16: a guest that does not shut down runs on, its changes stay pending, and the next run restarts it', async () => {
    await harness.apply(RUNS);
    const taskError = 'VM quit/powerdown failed - got timeout';
    harness.sandbox.failNext({ method: 'POST', path: `${STATUS}/reboot`, taskError });
    const result = await harness.run(await harness.plan(FOUR, ALLOW));
    expect(result.errors).toMatchObject([{ code: 'TASK_FAILED', hints: [expect.stringContaining('runs on')] }]);
    expect(await powerOf(harness, 101)).toBe('running');
    expect(titlesOf(await harness.apply(FOUR, ALLOW))).toEqual(RESTART);
    expect(await currentOf()).toMatchObject({ cores: 4 });
  });

  it('R-16: a stopped guest, one that is being stopped, and somebody else’s guest are not restarted', async () => {
    await harness.apply(WEB);
    expect(titlesOf(await harness.apply(`${WEB}cpu: { cores: 4 }\n`, ALLOW))).toEqual(['change cores']);
    await powerByHand(harness, 101, 'start');
    const stops = await harness.plan(`${WEB}cpu: { cores: 8 }\npower: stopped\n`, ALLOW);
    expect(titlesOf(stops)).toEqual(['change cores', 'shut down']);
    await setByHand(harness, 101, { cores: 8 });
    const foreign = `kind: vm\nname: web-01\nvmid: 101\ndefaults: none\ndisks: {}\nnetwork: {}\ncpu: { cores: 8 }\n`;
    expect(titlesOf(await harness.plan(foreign, { ...ALLOW, project: 'kind: project\nstack: other\n' }))).toEqual([]);
  });

  it('R-16: a guest under HA is restarted in the same way, and HA wants of it what it wanted before', async () => {
    const web = 'kind: vm\nname: web-01\npower: running\n';
    await harness.apply(web);
    await harness.apply(`${web}cpu: { cores: 4 }\n`, ALLOW);
    expect(await harness.pve.get('/cluster/ha/resources/vm:101')).toMatchObject({ state: 'started' });
    expect(await powerOf(harness, 101)).toBe('running');
    expect(changesOf(await harness.plan(`${web}cpu: { cores: 4 }\n`))).toEqual([]);
  });

  it('R-17: a paused guest is resumed before its restart where power is written, and is an error elsewhere', async () => {
    await harness.apply(RUNS);
    await harness.pve.post(`${STATUS}/suspend`);
    await harness.sandbox.settled();
    const errors = errorsOf(await harness.plan(`${WEB}cpu: { cores: 4 }\n`, ALLOW));
    expect(errors).toMatchObject([{ code: 'CONSENT', summary: 'a paused guest cannot shut down' }]);
    expect(titlesOf(await harness.apply(FOUR, ALLOW))).toEqual(['change cores', 'resume (it is paused)', ...RESTART]);
  });
});

describe('R-59: pending values of others', () => {
  const byHand = async (): Promise<void> => {
    await harness.apply(RUNS);
    await setByHand(harness, 101, { watchdog: 'i6300esb', delete: 'boot' });
  };

  it('R-59: are listed, and left alone', async () => {
    await byHand();
    const plan = await harness.plan(RUNS);
    expect(titlesOf(plan)).toEqual([]);
    expect(plan.diagnostics.map(({ severity, summary }) => [severity, summary])).toEqual(
      Array(2).fill(['note', 'foreign pending']),
    );
    expect(plan.diagnostics.map(({ detail }) => detail).join()).toMatch(/boot of guest 101.*watchdog of guest 101/);
  });

  it('R-59: are named before a restart that --allow restart lets apply them', async () => {
    await byHand();
    const plan = await harness.plan(FOUR, ALLOW);
    expect(plan.diagnostics.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
    expect(plan.diagnostics.map(({ detail }) => detail).join()).toContain(
      'watchdog of guest 101 is to become i6300esb',
    );
    expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
    expect(await currentOf()).toMatchObject({ watchdog: 'i6300esb', cores: 4 });
  });

  it('R-59: need --allow restart, though the document allows its own restarts', async () => {
    await byHand();
    const yaml = `${FOUR}restart: allowed\n`;
    const refused = errorsOf(await harness.plan(yaml));
    expect(refused.map(({ code }) => code)).toEqual(['CONSENT', 'CONSENT']);
    expect(refused[0]?.detail).toContain('qm set 101 --revert boot');
    const plan = await harness.plan(yaml, ALLOW);
    expect(errorsOf(plan)).toEqual([]);
    expect(missingConsent(plan, new Set())).toHaveLength(1);
  });

  it('R-59: in a property string are told from what the document has pending in it', async () => {
    await harness.apply(RUNS);
    await setByHand(harness, 101, { cpu: 'kvm64,hidden=1' });
    const plan = await harness.plan(`${RUNS}cpu: { type: kvm64 }\n`);
    expect(plan.diagnostics.map(({ detail }) => detail)).toEqual([expect.stringContaining('cpu.hidden of guest 101')]);
  });

  it('R-59: what Proxmox VE changes of the boot order for a removal is the document’s own', async () => {
    await harness.apply(RUNS);
    const yaml = `${RUNS}os: { media: null }\nrestart: allowed\n`;
    await harness.apply(`${RUNS}os: { media: null }\n`);
    const plan = await harness.apply(yaml);
    expect(plan.diagnostics).toEqual([]);
    expect(await configOf(harness, 101)).not.toHaveProperty('ide2');
    expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  });
});

describe('R-16: changes that a running guest refuses', () => {
  const DISKS = `${WEB}disks: { scsi0: {}, scsi1: { size: 1GiB } }\nboot: [scsi0, scsi1]\n`;
  const WITHOUT = `${WEB}disks: { scsi0: {}, scsi1: null }\nboot: [scsi0]\n`;

  it('R-16: are an error that names the consent, and no write', async () => {
    await harness.apply(DISKS);
    await powerByHand(harness, 101, 'start');
    harness.writes();
    const plan = await harness.plan(WITHOUT);
    expect(errorsOf(plan)).toMatchObject([{ code: 'CONSENT', pointer: '/disks/scsi1' }]);
    expect(errorsOf(plan)[0]?.detail).toContain('--allow restart');
    expect(titlesOf(plan)).toEqual([]);
  });

  it('R-16: are made on the stopped guest where a restart is allowed, and it is started again', async () => {
    await harness.apply(DISKS);
    await powerByHand(harness, 101, 'start');
    const plan = await harness.apply(WITHOUT, ALLOW);
    expect(titlesOf(plan)).toEqual([
      'shut down for changes that a running guest refuses',
      'set boot order',
      'detach disk scsi1 (becomes unused0: ceph-pool:vm-101-disk-2)',
      'set boot order',
      'start again',
    ]);
    expect(plan.diagnostics).toMatchObject([{ severity: 'warning', summary: 'the guest is stopped for the changes' }]);
    expect(plan.diagnostics[0]?.detail).toContain('qm start 101');
    expect(await powerOf(harness, 101)).toBe('running');
    expect(await configOf(harness, 101)).not.toHaveProperty('scsi1');
    expect(changesOf(await harness.plan(WITHOUT))).toEqual([]);
  });

  it('R-16: the shutdown has to be allowed once more for a saved plan, unless the document allows it', async () => {
    await harness.apply(DISKS);
    await powerByHand(harness, 101, 'start');
    expect(missingConsent(await harness.plan(WITHOUT, ALLOW), new Set())).toMatchObject([{ code: 'CONSENT' }]);
    expect(missingConsent(await harness.plan(`${WITHOUT}restart: allowed\n`), new Set())).toEqual([]);
  });

  it('R-32: what is unused is destroyed once, after everything else', async () => {
    await harness.apply(DISKS);
    await setByHand(harness, 101, { scsi5: 'ceph-pool:1' });
    await setByHand(harness, 101, { delete: 'scsi5' });
    await powerByHand(harness, 101, 'start');
    const plan = await harness.apply(`${WITHOUT}unused: destroy\n`, ALLOW);
    expect(titlesOf(plan)).toEqual([
      'shut down for changes that a running guest refuses',
      'set boot order',
      'detach disk scsi1 (becomes unused1: ceph-pool:vm-101-disk-2)',
      'set boot order',
      'start again',
      'destroy unused0: ceph-pool:vm-101-disk-3',
      'destroy unused1: ceph-pool:vm-101-disk-2',
    ]);
  });

  it('R-22: where what is unused cannot be destroyed, the guest runs again all the same', async () => {
    await harness.apply(DISKS);
    await powerByHand(harness, 101, 'start');
    const yaml = `${WITHOUT}unused: destroy\n`;
    const plan = await harness.plan(yaml, ALLOW);
    const fail = (step: string | undefined): void => {
      if (step === 'start again')
        harness.sandbox.failNext({ method: 'POST', path: CONFIG, status: 500, message: 'full' });
    };
    const result = await harness.run(plan, (event) => fail(event.type === 'step.finished' ? event.title : undefined));
    expect(result).toMatchObject({ outcome: 'failed', counts: { failed: 1, skipped: 0 } });
    expect(await powerOf(harness, 101)).toBe('running');
    expect(titlesOf(await harness.apply(yaml))).toEqual(['destroy unused0: ceph-pool:vm-101-disk-2']);
  });

  it('R-22: where the run is cut off in between, the next one makes the changes, and starts it where power is written', async () => {
    await harness.apply(`${DISKS}power: running\n`);
    harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu/101/config', status: 500 });
    const yaml = `${WITHOUT}power: running\n`;
    const plan = await harness.plan(yaml, ALLOW);
    expect(plan.diagnostics[0]?.detail).toContain('the next run starts it');
    expect(await harness.run(plan)).toMatchObject({ outcome: 'failed' });
    expect(await powerOf(harness, 101)).toBe('stopped');
    await harness.apply(yaml);
    expect(await powerOf(harness, 101)).toBe('running');
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
  });

  it('R-16: are made after the shutdown that the document asks for', async () => {
    await harness.apply(`${DISKS}power: running\n`);
    const plan = await harness.apply(`${WITHOUT}power: stopped\n`);
    expect(titlesOf(plan)).toEqual([
      'shut down',
      'set boot order',
      'detach disk scsi1 (becomes unused0: ceph-pool:vm-101-disk-2)',
      'set boot order',
    ]);
    expect(changesOf(await harness.plan(`${WITHOUT}power: stopped\n`))).toEqual([]);
  });

  it('R-16: the move of the TPM’s state and the growth of a disk that waits are made so too', async () => {
    const tpm = (storage: string): string => `${RUNS}system: { tpm: { storage: ${storage} } }\n`;
    await harness.apply(tpm('ceph-pool'));
    expect(titlesOf(await harness.apply(tpm('local-lvm'), ALLOW))).toEqual([
      'shut down for changes that a running guest refuses',
      expect.stringContaining('move TPM state to local-lvm'),
      'start again',
    ]);
    const sata = (size: string): string => `${tpm('local-lvm')}disks: { scsi0: {}, sata1: { size: ${size} } }\n`;
    await harness.apply(sata('1GiB'));
    expect(titlesOf(await harness.apply(sata('2GiB'), ALLOW))).toEqual([
      'shut down for changes that a running guest refuses',
      'grow disk sata1 to 2G',
      'start again',
    ]);
    expect(changesOf(await harness.plan(sata('2GiB')))).toEqual([]);
  });

  it('R-17: memory and processors beyond what can be plugged are errors before any write', async () => {
    const plugs = `${WEB}options: {}\nsystem: { hotplug: [memory, cpu] }\ncpu: { cores: 2, numa: true }\n`;
    await harness.apply(`${plugs}power: running\nmemory: { size: 2GiB }\n`);
    const less = await harness.plan(`${plugs}memory: { size: 512MiB }\n`);
    expect(errorsOf(less)).toMatchObject([{ code: 'CONSENT', pointer: '/memory/size' }]);
    const more = `${plugs.replace('cores: 2', 'cores: 4, vcpus: 3')}`;
    expect(errorsOf(await harness.plan(more))).toMatchObject([{ code: 'CONSENT', pointer: '/cpu/vcpus' }]);
    await harness.apply(more, ALLOW);
    expect(await currentOf()).toMatchObject({ cores: 4, vcpus: 3 });
  });

  it('R-17: P2: memory between two modules is none that a running guest reaches, and the error names the nearest', async () => {
    const plugs = `${WEB}options: {}\nsystem: { hotplug: [memory, cpu] }\ncpu: { cores: 2, numa: true }\n`;
    await harness.apply(`${plugs}power: running\nmemory: { size: 2GiB }\n`);
    const between = `${plugs}memory: { size: 2200MiB }\n`;
    const found = errorsOf(await harness.plan(between));
    expect(found).toMatchObject([{ code: 'CONSENT', pointer: '/memory/size' }]);
    expect(found[0]?.detail).toContain('2GiB and 2560MiB are the nearest sizes');
    expect(errorsOf(await harness.plan(`${plugs}memory: { size: 2560MiB }\n`))).toEqual([]);
    await harness.apply(between, ALLOW);
    expect(changesOf(await harness.plan(between))).toEqual([]);
  });

  it('R-17: more vcpus than the guest has processors are an error, whoever set which of them', async () => {
    const yaml = (cpu: string): string => `${WEB}defaults: none\ncpu: ${cpu}\n`;
    expect(errorsOf(await harness.plan(yaml('{ vcpus: 3 }')))).toMatchObject([{ pointer: '/cpu/vcpus' }]);
    await harness.apply(yaml('{ sockets: 2, cores: 2, vcpus: 3 }'));
    expect(errorsOf(await harness.plan(yaml('{ vcpus: 5 }')))).toMatchObject([{ pointer: '/cpu/vcpus' }]);
    const fewer = errorsOf(await harness.plan(yaml('{ cores: 1 }')));
    expect(fewer).toMatchObject([{ pointer: '/cpu/cores' }]);
    expect(fewer[0]?.detail).toContain('Write vcpus: null beside it');
    expect(errorsOf(await harness.plan(yaml('{ cores: 1, vcpus: null }')))).toEqual([]);
  });

  it('R-17: a guest under HA is not stopped for them, and the error says how it can be', async () => {
    const ha = (text: string): string => text.replace('ha: false', 'ha: true');
    await harness.apply(`${ha(DISKS)}power: running\n`);
    const plan = await harness.plan(ha(WITHOUT), ALLOW);
    expect(errorsOf(plan)).toMatchObject([{ code: 'CONSENT', detail: expect.stringContaining('It is under HA') }]);
  });
});

describe('R-16: the command line', () => {
  it('R-16: refuses with exit code 4 before the first write, and restarts where it may', async () => {
    const files = { 'vm.yaml': `${RUNS}restart: required\n` };
    const args = ['--sandbox=lab', 'vm.yaml', '-y'];
    const cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
    try {
      expect(await runCli(['apply', ...args], { cwd, files })).toMatchObject({ code: 0 });
      writeFileSync(join(cwd, 'vm.yaml'), `${FOUR}restart: required\n`);
      const refused = await runCli(['apply', ...args], { cwd });
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain('--allow restart');
      const plan = await runCli(['plan', '--sandbox=lab', 'vm.yaml'], { cwd });
      expect(plan.stdout).toMatch(/3 steps: change cores, restart.*It needs --allow restart/s);
      const save = ['plan', '--sandbox=lab', 'vm.yaml', '--allow', 'restart', '-o', 'my.plan'];
      expect((await runCli(save, { cwd })).code).toBe(0);
      expect((await runCli(['apply', '--sandbox=lab', 'my.plan'], { cwd })).code).toBe(4);
      expect((await runCli(['apply', '--sandbox=lab', 'my.plan', '--allow', 'restart'], { cwd })).code).toBe(0);
      const after = await runCli(['plan', '--sandbox=lab', 'vm.yaml', '--detailed-exitcode'], { cwd });
      expect(after.code).toBe(0);
    } finally {
      rmSync(cwd, { recursive: true });
    }
  }, 60_000);
});
