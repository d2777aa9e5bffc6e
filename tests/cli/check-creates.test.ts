import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type CliRun, runCli } from '../run-cli.ts';

let cwd = '';
let sandbox: Sandbox;
let env: Readonly<Record<string, string>> = {};

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'vm.yaml'), 'kind: vm\nname: web-01\nha: false\n');
  // As a real cluster, which learns of a new guest's name only after a while.
  sandbox = await startSandbox({ taskTimeMs: 1, resourcesLagMs: 60_000 });
  env = { PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_TOKEN: sandbox.token, PVEVM_FINGERPRINT: sandbox.fingerprint };
});

afterEach(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd, env });

it('R-19: a saved plan that was carried out makes no second guest', async () => {
  expect((await run('plan', '-o', 'my.plan', 'vm.yaml')).code).toBe(0);
  expect((await run('apply', 'my.plan')).code).toBe(0);
  const again = await run('apply', 'my.plan');
  expect({ code: again.code, stdout: again.stdout }).toEqual({ code: 7, stdout: '' });
  expect(again.stderr).toContain('cannot create vm/web-01: guest 101 on pve2 has that name by now');
  expect([sandbox.guestConfig(101) !== undefined, sandbox.guestConfig(102)]).toEqual([true, undefined]);
});

it('P5: a guest that was made while a person thought is not made again', async () => {
  let stderr = '';
  async function* answer(): AsyncGenerator<string> {
    expect((await run('apply', '-y', 'vm.yaml')).code).toBe(0);
    yield 'yes\n';
  }
  const stdin = Object.assign(answer(), { isTTY: true });
  const write = (text: string): void => {
    stderr += text;
  };
  const io = { stdin, stdout: { write: () => undefined }, stderr: { write }, env, cwd };
  expect(await main(['apply', 'vm.yaml'], io)).toBe(7);
  expect(stderr).toContain('has that name by now');
  expect(stderr).toContain(
    'Somebody else changed it before the answer, and nothing was written. Run the command again',
  );
  expect(stderr).not.toContain('The plan was carried out before');
  expect(sandbox.guestConfig(102)).toBeUndefined();
});

it('a guest of that name is no hindrance where the document writes the id', async () => {
  writeFileSync(join(cwd, 'fixed.yaml'), 'kind: vm\nname: web-01\nvmid: 300\nha: false\ndefaults: none\n');
  expect((await run('plan', '-o', 'fixed.plan', 'fixed.yaml')).code).toBe(0);
  expect((await run('apply', '-y', 'vm.yaml')).code).toBe(0);
  expect((await run('apply', 'fixed.plan')).code).toBe(0);
  expect(sandbox.guestConfig(300)).toContain('name: web-01');
});
