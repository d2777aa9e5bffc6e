import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EndSignal } from '../../src/cli/io.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type CliRun, runCli } from '../run-cli.ts';

let cwd = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'vm.yaml'), 'kind: vm\nname: web-01\nha: false\npower: running\n');
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** Starts `sandbox serve`, and resolves when it listens; the signal that `end` sends ends it. */
async function serve(...options: readonly string[]): Promise<{ end(signal: EndSignal): Promise<CliRun> }> {
  let run: Promise<CliRun> | undefined;
  const handler = await new Promise<(signal: EndSignal) => void>((listening, fail) => {
    const signals = {
      listen: (listener: (signal: EndSignal) => void) => {
        listening(listener);
        return () => undefined;
      },
      obey: () => undefined,
    };
    run = runCli(['sandbox', 'serve', ...options], { cwd, signals });
    run.then((ended) => fail(new Error(ended.stderr)), fail);
  });
  return {
    end: (signal) => {
      handler(signal);
      return run as Promise<CliRun>;
    },
  };
}

describe('sandbox serve', () => {
  it('says how to reach it, ends by a signal, and other commands use it meanwhile', async () => {
    const served = await serve('--task-time', '1ms');
    const applied = await runCli(['apply', '-y', '--sandbox', 'vm.yaml'], { cwd });
    expect(applied.stdout).toContain(`sandbox in .pvevm/sandbox, served by process ${process.pid} (`);
    expect(applied.code).toBe(0);
    const { code, stdout } = await served.end('SIGTERM');
    expect(code).toBe(143);
    expect(stdout).toMatch(/export PVEVM_ENDPOINT='https:\/\/127\.0\.0\.1:\d+'\n/);
    expect(stdout).toMatch(/export PVEVM_TOKEN='root@pam!sandbox=[0-9a-f-]{36}'\n/);
    expect(stdout).toMatch(/export PVEVM_FINGERPRINT='(?:[0-9A-F]{2}:){31}[0-9A-F]{2}'\n/);
    const later = await runCli(['plan', '--sandbox', '--detailed-exitcode', 'vm.yaml'], { cwd });
    expect(later.code).toBe(0);
  });

  it('prints a JSON document with --json, and exits with 130 after Ctrl-C', async () => {
    const { code, stdout } = await (await serve('cluster', '--json')).end('SIGINT');
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ formatVersion: '1.0', directory: join(cwd, 'cluster') });
  });

  it('keeps its world and version, and goes wrong as a file and a flag say', async () => {
    const file = 'faults:\n  - { method: GET, path: /version, status: 500, message: out of order, count: 99 }\n';
    writeFileSync(join(cwd, 'faults.yaml'), file);
    const words = ['--world', 'cluster', '--pve-version', '8.4', '--faults', 'faults.yaml', '--time-factor', '10'];
    const served = await serve(...words, '--fault', 'GET /nodes delay=1ms', '--resources-lag', '1s', '--seed', '3');
    const failed = await runCli(['plan', '--sandbox', 'vm.yaml'], { cwd });
    expect(failed.stderr).toContain('out of order');
    const { stdout } = await served.end('SIGTERM');
    expect(stdout).toContain('Sandbox in .pvevm/sandbox: world cluster, Proxmox VE 8.4');
    writeFileSync(join(cwd, 'old.yaml'), 'kind: vm\nname: old-01\nvmid: 700\nnode: pve1\nha: false\n');
    const later = await runCli(['plan', '--sandbox', 'old.yaml'], { cwd });
    expect(later.stdout).toContain('(Proxmox VE 8.4');
    expect((await runCli(['sandbox', 'serve', '--pve-version', '9.2'], { cwd })).code).toBe(3);
  });

  it.each([
    [['--port', '70000'], "--port cannot be '70000'"],
    [['--task-time', '5'], "--task-time cannot be '5'"],
    [['a', '--dir', 'b'], 'the folder is given twice'],
    [['--world', 'tiny'], "--world cannot be 'tiny'"],
    [['--pve-version', '6.4'], "--pve-version cannot be '6.4'"],
    [['--resources-lag', '5'], "--resources-lag cannot be '5'"],
    [['--time-factor', '0'], "--time-factor cannot be '0'"],
    [['--fault', 'GET /x nonsense=1'], "'nonsense' is not known"],
    [['--faults', 'nowhere.yaml'], 'cannot read the file of faults nowhere.yaml'],
  ])('refuses %j', async (options, words) => {
    const { code, stderr } = await runCli(['sandbox', 'serve', ...options], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain(words);
  });
});

describe('sandbox reset', () => {
  it('deletes the state after a yes', async () => {
    await runCli(['apply', '-y', '--sandbox', 'vm.yaml'], { cwd });
    expect((await runCli(['sandbox', 'reset'], { cwd })).code).toBe(4);
    expect((await runCli(['sandbox', 'reset'], { cwd, isTTY: true, stdin: 'no\n' })).code).toBe(4);
    expect(existsSync(join(cwd, '.pvevm/sandbox'))).toBe(true);
    expect((await runCli(['sandbox', 'reset', '-y'], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, '.pvevm/sandbox'))).toBe(false);
  });

  it('deletes no other folder', async () => {
    expect((await runCli(['sandbox', 'reset', '-y', '.'], { cwd })).code).toBe(3);
    expect(existsSync(join(cwd, 'vm.yaml'))).toBe(true);
  });
});

describe('a server', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await startSandbox({ taskTimeMs: 1 });
  });

  afterEach(() => sandbox.close());

  const run = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliRun> =>
    runCli([...argv, 'vm.yaml'], {
      cwd,
      env: {
        ...{ PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_TOKEN: sandbox.token, PVEVM_FINGERPRINT: sandbox.fingerprint },
        ...env,
      },
    });

  it('is reached with what the environment says', async () => {
    const { code, stdout } = await run(['plan']);
    expect(code).toBe(0);
    expect(stdout).toContain(`${sandbox.endpoint} (Proxmox VE 9.2`);
  });

  it('is the first of several endpoints that answers', async () => {
    const { code, stdout } = await run(['plan'], { PVEVM_ENDPOINT: `https://127.0.0.1:1,${sandbox.endpoint}` });
    expect(code).toBe(0);
    expect(stdout).toContain(sandbox.endpoint);
    const none = await run(['plan'], { PVEVM_ENDPOINT: 'https://127.0.0.1:1 https://127.0.0.1:2' });
    expect(none.code).toBe(6);
    expect(none.stderr).toContain('cannot reach any of the 2 endpoints');
  });

  it('is not verified with --insecure only, which warns each time', async () => {
    expect((await run(['plan'], { PVEVM_FINGERPRINT: '' })).code).toBe(6);
    const { code, stderr } = await run(['plan', '--insecure']);
    expect(code).toBe(0);
    expect(stderr).toContain('warning: the server is not verified (--insecure)');
  });

  it('that refuses the token is exit 5', async () => {
    const wrong = 'root@pam!sandbox=00000000-0000-0000-0000-000000000000';
    const { code, stdout, stderr } = await run(['plan'], { PVEVM_TOKEN: wrong });
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).not.toContain('00000000-0000');
  });

  it('cannot be both real and the sandbox', async () => {
    expect((await run(['plan', '--sandbox', '--endpoint', sandbox.endpoint])).code).toBe(3);
  });

  it('R-29: that fails a step leaves exit 8, what was done, what was not, and the way on', async () => {
    sandbox.failNext({
      method: 'POST',
      path: '/nodes/pve2/qemu/101/status/start',
      times: 5,
      status: 500,
      message: 'no',
    });
    const { code, stdout, stderr } = await run(['apply', '-y']);
    expect(code).toBe(8);
    expect(stderr).toContain('✗ vm/web-01  start');
    expect(stdout).toContain(
      '  vm/web-01 (it exists, as 101 on pve2)   done: create, set serial console; failed: start\n',
    );
    expect(stdout).toContain('To continue, run: pvevm apply vm.yaml\n');
    expect((await run(['plan', '--detailed-exitcode'])).code).toBe(2);
  });
});
