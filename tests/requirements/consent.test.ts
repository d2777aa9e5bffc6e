import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnsweredRun, type HomeFolder, makeHome, runAnswering } from '../cli/answering.ts';
import { type CliRun, runCli } from '../run-cli.ts';

let home: HomeFolder;
let cwd: string;

beforeEach(async () => {
  home = makeHome();
  cwd = join(home.path, 'work');
  write({ 'web-01': ['scsi0', 'scsi1'], 'db-01': ['scsi0', 'scsi1'] });
  expect((await run(['apply', '-y'])).code).toBe(0);
});
afterEach(() => home.remove());

type Disks = Readonly<Record<string, readonly string[]>>;

/** One document each, on node pve1, with these disks; what is not named is destroyed. */
function write(guests: Disks, node = 'pve1'): void {
  const documents = Object.entries(guests).map(
    ([name, slots]) =>
      `kind: vm\nname: ${name}\nnode: ${node}\nonMoved: migrate\nha: false\nunused: destroy\nexclusive: [disks]\ndisks: { ${slots
        .map((slot) => `${slot}: { size: 1GiB }`)
        .join(', ')} }\n`,
  );
  writeFileSync(join(cwd, 'vm.yaml'), documents.join('---\n'));
}

const run = (argv: readonly string[]): Promise<CliRun> => runCli([...argv, '--sandbox=lab', 'vm.yaml'], { cwd });
const answer = (...answers: readonly string[]): Promise<AnsweredRun> =>
  runAnswering(['apply', '--sandbox=lab', 'vm.yaml'], answers, { env: home.env, cwd });
const changes = async (): Promise<boolean> => (await run(['plan', '--detailed-exitcode'])).code === 2;

describe('R-16: at a terminal', () => {
  it('R-16: what needs consent is asked once, with the destructive steps last', async () => {
    write({ 'web-01': ['scsi0'], 'db-01': ['scsi0', 'scsi1'] }, 'pve2');
    const { code, stderr, typed } = await answer('web-01');
    expect(stderr.slice(stderr.indexOf('This needs'), stderr.indexOf('Type its name: '))).toMatchInlineSnapshot(`
      "This needs your consent:
        vm/web-01   migrate to pve2 (migrate)
        vm/db-01    migrate to pve2 (migrate)
        vm/web-01   destroy unused0: ceph-pool:vm-101-disk-2 (data-loss)

      Apply these changes? Data of web-01 is lost. "
    `);
    expect([code, typed.length]).toEqual([0, 1]);
    expect(await changes()).toBe(false);
  });

  it.each(['yes', 'y', 'web', 'db-01', ''])('R-16: where data would go, %j is a no', async (text) => {
    write({ 'web-01': ['scsi0'] });
    const { code, stderr } = await answer(text);
    expect(code).toBe(4);
    expect(stderr).toContain('Nothing was changed.');
    expect(await changes()).toBe(true);
  });

  it('R-16: where several guests would lose data, all are named, in any order', async () => {
    write({ 'web-01': ['scsi0'], 'db-01': ['scsi0'] });
    expect((await answer('web-01')).code).toBe(4);
    const { code, stderr } = await answer('db-01, web-01');
    expect(stderr).toContain('Data of web-01 db-01 is lost. Type their names, in one line: ');
    expect(code).toBe(0);
    expect(await changes()).toBe(false);
  });

  it('R-16: what moves a guest and destroys nothing takes a yes', async () => {
    write({ 'web-01': ['scsi0', 'scsi1'] }, 'pve3');
    expect((await answer('web-01')).code).toBe(4);
    const { code, stderr } = await answer('yes');
    expect(stderr).toContain('vm/web-01   migrate to pve3 (migrate)');
    expect(code).toBe(0);
  });

  it('R-16: what was allowed beforehand is not asked for again', async () => {
    write({ 'web-01': ['scsi0'] });
    const argv = ['apply', '--sandbox=lab', '--allow', 'data-loss', 'vm.yaml'];
    const { code, stderr } = await runAnswering(argv, ['yes'], { env: home.env, cwd });
    expect(stderr).not.toContain('This needs your consent');
    expect(code).toBe(0);
  });

  it('R-16: with --yes nobody is asked, and nothing is allowed by that', async () => {
    write({ 'web-01': ['scsi0'] });
    const { code, typed } = await runAnswering(['apply', '--sandbox=lab', '-y', 'vm.yaml'], ['web-01'], {
      ...{ env: home.env, cwd },
    });
    expect([code, typed]).toEqual([4, []]);
  });
});

describe('R-5 R-16: destroy at a terminal', () => {
  const destroy = (argv: readonly string[], ...answers: readonly string[]): Promise<AnsweredRun> =>
    runAnswering(['destroy', '--sandbox=lab', 'vm.yaml', ...argv], answers, { env: home.env, cwd });

  it('R-5 R-16: shows every volume that goes last, and takes the guest’s name for a yes', async () => {
    write({ 'web-01': ['scsi0'] });
    expect((await destroy([], 'yes')).code).toBe(4);
    const { code, stderr } = await destroy([], 'web-01');
    expect(stderr.slice(stderr.indexOf('This needs'), stderr.indexOf('Type its name: '))).toMatchInlineSnapshot(`
      "This needs your consent:
        vm/web-01   destroy (data-loss)
                      ceph-pool:vm-101-disk-0
                      ceph-pool:vm-101-disk-1
                      ceph-pool:vm-101-disk-2

      Destroy these guests and their volumes? Data of web-01 is lost. "
    `);
    expect(code).toBe(0);
  });

  it('R-16: of several guests all names are asked for, with --json too, and none where data-loss was allowed', async () => {
    expect((await destroy([], 'web-01')).code).toBe(4);
    expect((await destroy(['--json'], 'yes')).code).toBe(4);
    expect((await destroy(['--only', 'vm/db-01', '--allow', 'data-loss'], 'yes')).code).toBe(0);
    expect((await destroy(['--only', 'vm/web-01'], 'web-01')).code).toBe(0);
    expect((await destroy([])).stdout).toContain('Nothing of these documents is there to destroy.');
  });

  it('R-16: with --yes nobody is asked', async () => {
    const { code, typed } = await destroy(['-y'], 'no');
    expect([code, typed]).toEqual([0, []]);
  });
});

describe('R-16: without a terminal', () => {
  it('R-16: a refusal names all that the whole plan needs, whatever is allowed already, and writes nothing', async () => {
    write({ 'web-01': ['scsi0'], 'db-01': ['scsi0', 'scsi1'] }, 'pve2');
    for (const given of [[], ['--allow', 'migrate']]) {
      const { code, stderr } = await run(['apply', '-y', ...given]);
      expect(code).toBe(4);
      expect(stderr).toContain('Allow the plan with --allow data-loss,migrate, after');
      expect(stderr).toMatch(/add:\n {2}--allow data-loss,migrate\n$/);
    }
    expect((await run(['apply', '-y', '--allow', 'data-loss', '--allow', 'migrate'])).code).toBe(0);
    expect(await changes()).toBe(false);
  });

  it('R-16: nobody is there to ask: exit 4', async () => {
    write({ 'web-01': ['scsi0', 'scsi1'] }, 'pve2');
    expect((await run(['apply', '--allow', 'migrate'])).code).toBe(4);
  });

  it('R-16 R-25: a saved plan with a migration needs it to be allowed too, and is then carried out as it is', async () => {
    write({ 'web-01': ['scsi0', 'scsi1'] }, 'pve3');
    expect((await run(['plan', '-o', 'my.plan'])).code).toBe(0);
    const saved = (...more: readonly string[]): Promise<CliRun> =>
      runCli(['apply', '--sandbox=lab', 'my.plan', ...more], { cwd });
    expect((await saved()).code).toBe(4);
    expect((await saved('--allow', 'migrate')).code).toBe(0);
    expect(await changes()).toBe(false);
    // It is spent: the guest is elsewhere by now.
    const { code, stderr } = await saved('--allow', 'migrate');
    expect(code).toBe(7);
    expect(stderr).toContain('is on pve3 by now');
  });
});
