import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = join(dirname(fileURLToPath(import.meta.url)), '../../dist/bin.cjs');

// `npm test` builds first.
describe.skipIf(!existsSync(program))('the built program', () => {
  const run = (argv: readonly string[], input = '') => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], { encoding: 'utf8', input });
    return { status, stdout, stderr };
  };

  it('checks a document from standard input', () => {
    expect(run(['validate', '-'], 'kind: vm\nname: a\n')).toEqual({
      status: 0,
      stdout: '1 document valid\n',
      stderr: '',
    });
  });

  it('exits with 3 for a wrong one', () => {
    expect(run(['validate', '-'], 'kind: vm\nname: a\ncores: 4\n').status).toBe(3);
  });

  it('holds the schemas', () => {
    const { status, stdout } = run(['schema', 'vm']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Vm' });
  });

  it('R-28: status --watch ends when its reader goes away, and stays no process that asks for ever', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
    try {
      writeFileSync(join(cwd, 'a.yaml'), 'kind: vm\nname: a\n');
      const line = '{ "$0" "$1" status --sandbox --watch=1; echo $? >&2; } | head -1';
      const shell = spawnSync('sh', ['-c', line, process.execPath, program], {
        encoding: 'utf8',
        cwd,
        timeout: 20_000,
      });
      expect(shell.stderr.split('\n').at(-2)).toBe('0');
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  }, 30_000);

  it('does not mind a reader that goes away', () => {
    const shell = spawnSync('sh', ['-c', '{ "$0" "$1" schema; echo $? >&2; } | true', process.execPath, program], {
      encoding: 'utf8',
    });
    expect(shell.stderr).toBe('0\n');
  });
});
