import { expect, it } from 'vitest';
import { needOf } from '../../../src/cli/start/need-of.ts';

it.each([
  ['nothing', ['--version']],
  ['nothing', ['-V']],
  ['paths', ['validate']],
  ['paths', ['validate', '-', 'vm.yaml', '*.yml']],
  ['documents', ['validate', '-q']],
  ['documents', ['validate', '--', '-']],
  ['documents', ['validate', 'vm.yaml', '--json']],
  ['documents', ['--help']],
  ['documents', ['-h']],
  ['all', []],
  ['all', ['plan', 'vm.yaml']],
  // What the help of a command is about is a command that the small script does not have.
  ['all', ['--help', 'plan']],
  ['all', ['--version', '--json']],
  ['all', ['--color', 'validate']],
  ['all', ['valdate']],
] as const)('needs %s for %j', (need, argv) => {
  expect(needOf(argv)).toBe(need);
});
