import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CliRun, runCli } from '../run-cli.ts';

// The first run loads the program, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let cwd = '';

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'vm.yaml'), 'kind: vm\nname: web-01\nha: false\ndisks: { scsi0: { size: 8GiB } }\n');
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd });
const withoutHead = (text: string): string => text.slice(text.indexOf('\n'));

it.each([[[]], [['--show-requests']], [['--verbose']], [['--explain']]])(
  'a saved plan is shown as plan printed it, %j',
  async (options) => {
    const planned = await run('plan', '--sandbox', '-o', 'plan.json', ...options);
    const { code, stdout, stderr } = await run('show', 'plan.json', ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(withoutHead(stdout)).toBe(withoutHead(planned.stdout));
    expect(stdout.split('\n')[0]).toMatch(/^plan\.json \(Proxmox VE 9\.2/);
  },
);

it('shows it as the JSON that it is, with what it is bound to', async () => {
  await run('plan', '--sandbox', '-o', 'plan.json');
  const { stdout } = await run('show', 'plan.json', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ formatVersion: '1.0', exit: { code: 0, name: 'ok' } },
    sources: [{ file: 'vm.yaml', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    cluster: { authority: expect.stringMatching(/^[0-9A-F:]{95}$/) },
  });
});

it('refuses what is no saved plan, and a file that is not there', async () => {
  expect(await run('show', 'vm.yaml')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('it is no saved plan'),
  });
  expect(await run('show', 'nowhere.json')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('it does not exist'),
  });
  expect(await run('show')).toMatchObject({ code: 3 });
});
