import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorName } from '../../../src/core/error-name.ts';
import { errorIndex } from '../../../src/report/errors/error-index.ts';
import { ERROR_CODES, EXPLANATIONS } from '../../../src/report/errors/explanations.ts';
import { runCli } from '../../run-cli.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
// Where codes are declared and explained; all other sources use them.
const OWN = ['src/core/error.ts', 'src/core/exit-code.ts', 'src/report/errors/', 'src/generated/'];

function sources(): string {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => join('src', file))
    .filter((file) => file.endsWith('.ts') && !OWN.some((own) => file.startsWith(own)));
  return files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
}

describe('the explanations of errors', () => {
  it('are of codes that some source throws or reports, each of them', () => {
    const text = sources();
    expect(ERROR_CODES.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
    // A code of nobody's would be found.
    expect(text.includes("'NO_SUCH_CODE'")).toBe(false);
  });

  it('are of every code that the sources throw', () => {
    const thrown = [...sources().matchAll(/new PvevmError\(\s*'([A-Z_]+)'/g)].map(([, code]) => code);
    expect(thrown.length).toBeGreaterThan(50);
    expect(thrown.filter((code) => !(ERROR_CODES as readonly (string | undefined)[]).includes(code))).toEqual([]);
  });

  it.each(ERROR_CODES)('%s: say what has happened, what it comes from and what to do, in sentences', (code) => {
    const { happened, causes, remedies } = EXPLANATIONS[code];
    expect(causes.length).toBeGreaterThan(0);
    expect(remedies.length).toBeGreaterThan(0);
    for (const sentence of [happened, ...causes, ...remedies]) expect(sentence).toMatch(/^[A-Zp`].*[.`]$/);
  });

  it('name only commands that there are', async () => {
    const { stdout } = await runCli(['--help']);
    const named = [...JSON.stringify(EXPLANATIONS).matchAll(/`pvevm ([a-z]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !new RegExp(`^  ${name} `, 'm').test(stdout))).toEqual([]);
  });

  it('are what docs/errors.md holds', () => {
    expect(readFileSync(join(root, 'docs/errors.md'), 'utf8')).toBe(errorIndex());
  });

  it('have names that no two share', () => {
    expect(new Set(ERROR_CODES.map(errorName)).size).toBe(ERROR_CODES.length);
  });
});

describe('explain of an error', () => {
  it('prints what has happened, what it comes from, what to do, and the exit code', async () => {
    const { code, stdout, stderr } = await runCli(['explain', 'PVEVM-LOCKED']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`PVEVM-LOCKED
  The guest is locked by a task, and stayed so for longer than was waited.

Typical causes
  - A backup, a migration, a snapshot or a clone of it is running.
  - A task was killed and left its lock behind.

What to do
  - Wait for the task to end, and run the command again.
  - If there is no such task any more: qm unlock ID on the node.

Exit code  7 (conflict)
`);
  });

  it.each(['pvevm-spec-invalid', 'PVEVM_SPEC_INVALID', 'SPEC_INVALID'])('knows it as %s too', async (word) => {
    expect((await runCli(['explain', word])).stdout).toContain('PVEVM-SPEC-INVALID\n');
  });

  it('suggests the nearest', async () => {
    const { code, stderr } = await runCli(['explain', 'PVEVM-CONSNT']);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: "error: there is no error 'PVEVM-CONSNT' [PVEVM-USAGE]\n  Did you mean PVEVM-CONSENT?\n",
    });
    expect((await runCli(['explain', 'PVEVM-XYZZY-PLUGH'])).stderr).toContain('Known are: PVEVM-USAGE, ');
  });

  it('prints JSON', async () => {
    const { stdout } = await runCli(['explain', 'PVEVM-STALE', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      explanation: { code: 'STALE', name: 'PVEVM-STALE', exit: { code: 7, name: 'conflict' } },
    });
  });

  it('knows the code that an error message shows, whatever the error', async () => {
    const { stderr } = await runCli(['plan', '--nonsense']);
    const [, name = ''] = /\[(PVEVM-[A-Z-]+)\]/.exec(stderr) ?? [];
    expect((await runCli(['explain', name])).stdout).toContain(name);
  });
});
