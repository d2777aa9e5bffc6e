import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = join(dirname(fileURLToPath(import.meta.url)), '../../dist/bin.js');

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

  it('does not mind a reader that goes away', () => {
    const shell = spawnSync('sh', ['-c', '{ "$0" "$1" schema; echo $? >&2; } | true', process.execPath, program], {
      encoding: 'utf8',
    });
    expect(shell.stderr).toBe('0\n');
  });
});
