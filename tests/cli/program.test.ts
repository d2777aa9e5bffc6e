import { expect, it } from 'vitest';
import type { CommandFacts } from '../../src/cli/program-text/describe-program.ts';
import { programFacts } from '../../src/cli/program-text/program-facts.ts';
import { runCli } from '../run-cli.ts';

it('knows all commands where one is misspelt, or help is asked for', async () => {
  expect((await runCli(['plam'])).stderr).toContain('Did you mean plan?');
  const { stdout } = await runCli(['--help']);
  for (const name of ['validate', 'plan', 'apply', 'destroy', 'context', 'sandbox', 'login', 'doctor', 'schema']) {
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  }
});

it('explains a command in the same words, wherever its name stands', async () => {
  const help = await runCli(['plan', '--help']);
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: pvevm plan') });
  expect((await runCli(['help', 'plan'])).stdout).toBe(help.stdout);
  expect((await runCli(['--quiet', 'plan', '--help'])).stdout).toBe(help.stdout);
});

it('explains itself in lines that a terminal of 80 columns shows whole, examples too', () => {
  const wide = ({ commands, description, epilogue }: CommandFacts): readonly string[] => [
    ...epilogue.split('\n').filter((line) => line.length > 80),
    // Help wraps a description by itself: a line that ends within a sentence would stay short.
    ...description.split('\n').filter((line) => !/[.:]$/.test(line)),
    ...commands.flatMap(wide),
  ];
  expect(wide(programFacts('1.2.3'))).toEqual([]);
});
