import { expect } from 'vitest';
import { type CliWorld, runCli } from '../run-cli.ts';

/** What `validate` prints of documents with mistakes; it must print nothing else, and exit with 3. */
export async function complain(
  files: CliWorld['files'] | string,
  argv: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const world = typeof files === 'string' ? { 'vm.yaml': files } : (files ?? {});
  const { code, stdout, stderr } = await runCli(['validate', ...argv], { files: world, env });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  return stderr;
}
