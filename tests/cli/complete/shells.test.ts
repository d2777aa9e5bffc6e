import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../run-cli.ts';
import { buildProgram } from './build-program.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let folder = '';
let cwd = '';
let env: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  cwd = join(folder, 'documents');
  mkdirSync(join(cwd, 'guests'), { recursive: true });
  writeFileSync(join(cwd, 'web.yaml'), 'kind: vm\nname: web\ninstances: 2\ntags: [ci]\n');
  env = { PATH: `${await buildProgram(folder)}:${process.env['PATH'] ?? ''}`, HOME: folder, TERM: 'dumb' };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function isThere(shell: string): boolean {
  const there = spawnSync(shell, ['-c', 'exit 0']).error === undefined;
  if (!there) process.stderr.write(`${shell} is not there: its completion is not tried\n`);
  return there;
}

const shell = (program: string, script: string): string => {
  const { stdout, stderr } = spawnSync(program, program === 'zsh' ? ['-fc', script] : ['-c', script], {
    ...{ cwd, env, encoding: 'utf8', timeout: 50_000 },
  });
  expect(stderr).toBe('');
  return stdout;
};

// Each shell reads its own script where it is installed.
describe.skipIf(!isThere('bash'))('bash', () => {
  it.each([
    ['pvevm pl', ['pvevm', 'pl'], ['plan']],
    ['pvevm plan --only=vm/w', ['pvevm', 'plan', '--only', '=', 'vm/w'], ['vm/web-01', 'vm/web-02']],
    ['pvevm plan --only=', ['pvevm', 'plan', '--only', '='], ['vm/web-01', 'vm/web-02', 'tag=ci']],
    ['pvevm plan --only tag=c', ['pvevm', 'plan', '--only', 'tag', '=', 'c'], ['ci']],
    ['pvevm plan w', ['pvevm', 'plan', 'w'], ['web.yaml']],
    ['pvevm plan --ca=w', ['pvevm', 'plan', '--ca', '=', 'w'], ['web.yaml']],
    ['pvevm sandbox serve ', ['pvevm', 'sandbox', 'serve', ''], ['guests']],
    ['pvevm plan --nonsense x --on', ['pvevm', 'plan', '--nonsense', 'x', '--on'], ['--only=']],
  ])('completes «%s»', (line, words, expected) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const script = `source <(pvevm completion bash)
COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDS=(${quoted}) COMP_CWORD=${words.length - 1}
COMPREPLY=(); _pvevm; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p pvevm`;
    expect(shell('bash', script)).toBe(`${expected.join('\n')}\ncomplete -F _pvevm pvevm\n`);
  });
});

describe.skipIf(!isThere('fish'))('fish', () => {
  it.each([
    ['pvevm pl', ['plan\tshow what apply would do']],
    ['pvevm plan --only=vm/w', ['--only=vm/web-01\tweb.yaml:1', '--only=vm/web-02\tweb.yaml:1']],
    ['pvevm plan w', ['web.yaml']],
    ['pvevm plan --ca=w', ['--ca=web.yaml']],
    ['pvevm sandbox serve g', ['guests/']],
  ])('completes «%s»', (line, expected) => {
    const script = `pvevm completion fish | source; complete -C '${line}'`;
    // What fish says of a file is its own business.
    const lines = shell('fish', script).trimEnd().split('\n');
    expect(lines.map((one) => (one.includes('\t') && expected.includes(one) ? one : one.split('\t')[0]))).toEqual(
      expected,
    );
  });
});

describe.skipIf(!isThere('zsh'))('zsh', () => {
  it.each([
    ['pvevm pl', 'pvevm plan '],
    ['pvevm plan --only=vm/web-01', 'pvevm plan --only=vm/web-01 '],
    ['pvevm plan --only vm/w', 'pvevm plan --only vm/web-0'],
    ['pvevm plan --on', 'pvevm plan --only='],
    ['pvevm plan w', 'pvevm plan web.yaml '],
    ['pvevm plan --ca=w', 'pvevm plan --ca=web.yaml '],
    ['pvevm sandbox serve g', 'pvevm sandbox serve guests/'],
  ])('completes «%s»', (line, expected) => {
    // A terminal of its own, since only the line editor completes.
    const script = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; unsetopt beep; autoload -Uz compinit && compinit -u -D && source <(pvevm completion zsh) && print READY-$((1+1))'
zpty -r z out '*READY-2*'
zpty -w z "tell() { zle expand-or-complete; print -r -- \\"<\\$BUFFER>\\" }; zle -N tell; bindkey '^T' tell; print READY-\\$((2+1))"
zpty -r z out '*READY-3*'
zpty -n -w z $'${line}\\x14'
zpty -r z out '*<*>*'
print -r -- "$out"
zpty -d z`;
    expect(shell('zsh', script)).toContain(`<${expected}>`);
  });
});

it('PowerShell is handed a script for its native completer', async () => {
  const { stdout } = await runCli(['completion', 'powershell']);
  expect(stdout).toContain('Register-ArgumentCompleter -Native -CommandName pvevm -ScriptBlock {');
  expect(stdout).toContain('& $program __complete "=$current" @before 2>$null');
  expect(stdout).toContain('$value, $description = $line -split "`t", 2');
  for (const [open, close] of ['{}', '()', '[]'])
    expect(stdout.split(open ?? '').length).toBe(stdout.split(close ?? '').length);
});

it('a shell that is not known is a usage error that names those that are', async () => {
  const { code, stderr } = await runCli(['completion', 'tcsh']);
  expect(code).toBe(3);
  expect(stderr).toContain('bash, zsh, fish, powershell');
});
