import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EndSignal, Signals } from '../../src/cli/io.ts';
import { planDigest } from '../../src/cli/saved-plan/plan-digest.ts';
import type { Plan } from '../../src/core/plan.ts';
import { type CliRun, type CliWorld, runCli } from '../run-cli.ts';

const vm = 'kind: vm\nname: web-01\nha: false\n';
let cwd = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'vm.yaml'), vm);
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function run(argv: readonly string[], world: CliWorld = {}): Promise<CliRun> {
  return runCli([...argv, '--sandbox'], { cwd, ...world });
}

async function plannedChanges(): Promise<boolean> {
  return (await run(['plan', '--detailed-exitcode', 'vm.yaml'])).code === 2;
}

/** Signals that come as soon as somebody listens. */
function signalsOf(...sent: readonly EndSignal[]): { readonly signals: Signals; readonly obeyed: EndSignal[] } {
  const obeyed: EndSignal[] = [];
  const signals: Signals = {
    listen: (handler) => {
      for (const signal of sent) handler(signal);
      return () => undefined;
    },
    obey: (signal) => obeyed.push(signal),
  };
  return { signals, obeyed };
}

describe('plan', () => {
  it('saves none for which privileges were not asked', async () => {
    const { code, stderr } = await run(['plan', 'vm.yaml', '--skip-privileges', '--out', 'plan.json']);
    expect(code).toBe(3);
    expect(stderr).toContain('a plan made with --skip-privileges cannot be saved');
    expect(existsSync(join(cwd, 'plan.json'))).toBe(false);
  });

  it('prints the plan, and exits with 2 for changes only where that is asked for', async () => {
    const { code, stdout, stderr } = await run(['plan', 'vm.yaml']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('sandbox in .pvevm/sandbox (Proxmox VE 9.2');
    expect(stdout).toContain('  + vm/web-01   id 101 (next free), node: pve2 (most free memory) ');
    expect(stdout).toMatch(/\nPlan: 1 to add, 0 to change, 0 to destroy\.\n$/);
    expect((await run(['plan', '--detailed-exitcode', 'vm.yaml'])).code).toBe(2);
  });

  it('R-4: gives the same bytes each time, with --json', async () => {
    const first = await run(['plan', '--json', 'vm.yaml']);
    expect(JSON.parse(first.stdout)).toMatchObject({
      formatVersion: '1.0',
      exit: { code: 0, name: 'ok' },
      summary: { add: 1 },
      resources: [{ address: 'vm/web-01', action: 'create' }],
    });
    expect(await run(['plan', '--json', 'vm.yaml'])).toEqual(first);
  });

  it('R-17: shows what only the cluster can tell at the place in the file, and no plan', async () => {
    writeFileSync(join(cwd, 'vm.yaml'), `${vm}disks: { scsi0: { storage: nowhere } }\n`);
    const { code, stdout, stderr } = await run(['plan', 'vm.yaml']);
    expect({ code, stdout }).toEqual({ code: 9, stdout: '' });
    expect(stderr).toContain('vm.yaml:4:');
    expect(stderr).toContain('  4 | disks: { scsi0: { storage: nowhere } }');
    const json = await run(['plan', '--json', 'vm.yaml']);
    expect(JSON.parse(json.stdout)).toMatchObject({ exit: { code: 9, name: 'missing' } });
  });

  it('contacts nothing for a wrong document', async () => {
    writeFileSync(join(cwd, 'vm.yaml'), 'kind: vm\nname: a\ncores: 4\n');
    expect((await run(['plan', 'vm.yaml'])).code).toBe(3);
    expect(existsSync(join(cwd, '.pvevm'))).toBe(false);
    expect(JSON.parse((await run(['plan', '--json', 'vm.yaml'])).stdout)).toMatchObject({
      exit: { code: 3, name: 'invalid' },
      diagnostics: [{ summary: 'unknown key' }],
    });
  });

  it('teaches how to connect where nothing says it', async () => {
    const { code, stderr } = await runCli(['plan', 'vm.yaml'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain('PVEVM_ENDPOINT');
    expect(stderr).toContain('add --sandbox');
  });

  it('takes a folder for the sandbox only after "="', async () => {
    expect((await runCli(['plan', '--sandbox=cluster', 'vm.yaml'], { cwd })).stdout).toContain('sandbox in cluster (');
    expect((await runCli(['plan', '--sandbox', 'vm.yaml'], { cwd })).code).toBe(0);
  });
});

describe('apply', () => {
  it('R-9: carries the plan out, after which nothing is left to do', async () => {
    const { code, stdout, stderr } = await run(['apply', '-y', 'vm.yaml']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Plan: 1 to add[\s\S]*Applied: 1 added, 0 changed, 0 destroyed\. 2 steps in \d+\.\d s\.\n$/);
    expect(stderr).toMatch(/✓ vm\/web-01 {2}create +\d+\.\d s\n✓ vm\/web-01 {2}set serial console +\d+\.\d s\n/);
    const again = await run(['apply', 'vm.yaml']);
    expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/No changes\. The cluster matches the documents\.\n$/);
  });

  it('asks on a terminal, and takes nothing but yes for a yes', async () => {
    const refused = await run(['apply', 'vm.yaml'], { isTTY: true, stdin: 'y\n' });
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('Apply these changes? Only "yes" is accepted: Nothing was changed.\n');
    expect(await plannedChanges()).toBe(true);
    expect((await run(['apply', 'vm.yaml'], { isTTY: true, stdin: 'yes\n' })).code).toBe(0);
    expect(await plannedChanges()).toBe(false);
  });

  it('writes nothing where nobody can be asked, and exits with 4', async () => {
    const { code, stderr } = await run(['apply', 'vm.yaml']);
    expect(code).toBe(4);
    expect(stderr).toContain('standard input is no terminal [PVEVM-CONSENT]\n');
    expect(stderr).toContain('--yes');
    expect(await plannedChanges()).toBe(true);
  });

  it('prints one JSON document with --json', async () => {
    const { code, stdout, stderr } = await run(['apply', '-y', '--json', 'vm.yaml']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      formatVersion: '1.0',
      exit: { code: 0, name: 'ok' },
      plan: { summary: { add: 1 } },
      result: { outcome: 'ok', wrote: true, counts: { done: 2, failed: 0, skipped: 0 } },
    });
  });

  it('prints events as JSON lines with --events, the first with the version', async () => {
    const { code, stdout } = await run(['apply', '-y', '--events', 'vm.yaml']);
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string; readonly seq: number });
    expect(events[0]).toMatchObject({ type: 'run.started', formatVersion: '1.0', seq: 1 });
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'ok', wrote: true });
    expect((await run(['apply', '-y', '--events', '--json', 'vm.yaml'])).code).toBe(3);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('R-28: begins no step after %s, and exits with %i', async (signal, expected) => {
    const { code, stdout, stderr } = await run(['apply', '-y', 'vm.yaml'], signalsOf(signal));
    expect(code).toBe(expected);
    expect(stderr).toContain('Interrupted: what runs is finished');
    expect(stdout).toContain('vm/web-01   not done: create, set serial console\n');
    expect(stdout).toContain('To continue, run: pvevm apply --sandbox vm.yaml\n');
    expect(await plannedChanges()).toBe(true);
  });

  it('R-28: leaves at once after the second signal', async () => {
    const { signals, obeyed } = signalsOf('SIGINT', 'SIGINT');
    const { stderr } = await run(['apply', '-y', 'vm.yaml'], { signals });
    expect(obeyed).toEqual(['SIGINT']);
    expect(stderr).toContain('Left at once.');
  });

  it.each([
    [['--allow', 'data-los'], 'Did you mean data-loss?'],
    [['--parallelism', '0'], 'It is a number from 1 on.'],
  ])('refuses %j', async (options, words) => {
    const { code, stderr } = await run(['apply', ...options, 'vm.yaml']);
    expect(code).toBe(3);
    expect(stderr).toContain(words);
  });
});

/** Changes the saved plan, as one of that content would have been saved. */
function editPlan(edit: (plan: Plan) => Plan): void {
  const path = join(cwd, 'my.plan');
  const plan = edit(JSON.parse(readFileSync(path, 'utf8')) as Plan);
  writeFileSync(path, JSON.stringify({ ...plan, sha256: planDigest(plan) }));
}

it('apply --quiet prints the plan and what became of it, and room between them', async () => {
  const { code, stdout, stderr } = await run(['apply', '-y', '--quiet', 'vm.yaml']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/\nPlan: 1 to add, 0 to change, 0 to destroy\.\n\nApplied: 1 added, /);
});

describe('a saved plan', () => {
  it('is carried out as it is, without a question, and known by what is in it', async () => {
    const saved = await run(['plan', '-o', 'my.plan', 'vm.yaml']);
    expect(saved.stderr).toContain('pvevm apply --sandbox my.plan');
    expect((await run(['apply', 'my.plan'])).code).toBe(0);
    expect(await plannedChanges()).toBe(false);
  });

  it('R-19: is refused where the cluster is another one', async () => {
    await run(['plan', '-o', 'my.plan', 'vm.yaml']);
    editPlan((plan) => ({ ...plan, cluster: { ...plan.cluster, name: 'other' } }));
    const { code, stderr } = await run(['apply', 'my.plan']);
    expect(code).toBe(7);
    expect(stderr).toContain('it was made for cluster other with Proxmox VE 9.2');
    expect(await plannedChanges()).toBe(true);
  });

  it('R-19: is refused where the guest has changed since', async () => {
    await run(['apply', '-y', 'vm.yaml']);
    writeFileSync(join(cwd, 'vm.yaml'), `${vm}tags: [a]\n`);
    await run(['plan', '-o', 'my.plan', 'vm.yaml']);
    writeFileSync(join(cwd, 'other.yaml'), `${vm}tags: [b]\n`);
    await run(['apply', '-y', 'other.yaml']);
    const { code, stderr } = await run(['apply', 'my.plan']);
    expect({ code, stderr }).toEqual({ code: 7, stderr: expect.stringContaining('cannot change vm/web-01') });
  });

  it.each([
    ['a damaged one', '{"formatVersion":"1.0","resources":[{}]}', 'it is damaged, or no plan'],
    ['one of a later format', '{"formatVersion":"2.0"}', 'its format is 2.0'],
  ])('%s is refused', async (_name, text, words) => {
    writeFileSync(join(cwd, 'my.plan'), text);
    const { code, stderr } = await run(['apply', '-y', 'my.plan']);
    expect(code).toBe(3);
    expect(stderr).toContain(words);
  });

  it('R-16: needs its effects to be allowed, before the first write', async () => {
    await run(['plan', '-o', 'my.plan', 'vm.yaml']);
    editPlan((plan) => {
      const [first, ...resources] = plan.resources;
      if (first === undefined) throw new Error('no resource');
      const [step, ...steps] = first.steps;
      if (step === undefined) throw new Error('no step');
      return { ...plan, resources: [{ ...first, steps: [{ ...step, effect: 'data-loss' }, ...steps] }, ...resources] };
    });
    const refused = await run(['apply', '-y', 'my.plan']);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('--allow data-loss');
    expect(await plannedChanges()).toBe(true);
    expect((await run(['apply', 'my.plan', '--allow', 'restart,data-loss'])).code).toBe(0);
  });

  it('stands alone', async () => {
    await run(['plan', '-o', 'my.plan', 'vm.yaml']);
    expect((await run(['apply', '-y', 'my.plan', 'vm.yaml'])).code).toBe(3);
  });
});

describe('destroy', () => {
  it('R-5: names every volume, asks, and removes the guest', async () => {
    await run(['apply', '-y', 'vm.yaml']);
    const asked = await run(['destroy', 'vm.yaml']);
    expect(asked.code).toBe(4);
    expect(asked.stdout).toMatch(/- vm\/web-01 {3}101 on pve2/);
    expect(asked.stdout).toMatch(/- scsi0 +ceph-pool:vm-101-disk-\d, 32 GiB +! data-loss/);
    const { code, stdout } = await run(['destroy', '-y', 'vm.yaml']);
    expect(code).toBe(0);
    expect(stdout).toContain('Applied: 0 added, 0 changed, 1 destroyed.');
    expect((await run(['destroy', '-y', 'vm.yaml'])).stdout).toContain(
      'Nothing of these documents is there to destroy.',
    );
  });
});
