import { expect, it } from 'vitest';
import { splitCommand } from '../../../src/cli/up/split-command.ts';

it('what stands behind -- of up is the command’s, with its own options and further --', () => {
  expect(splitCommand(['--quiet', 'up', 'ci.yaml', '--', 'sh', '--json', '--', 'x'])).toEqual({
    own: ['--quiet', 'up', 'ci.yaml'],
    command: ['sh', '--json', '--', 'x'],
  });
});

it('other commands have no command behind --', () => {
  const argv = ['plan', '--', '-strange.yaml', 'up'];
  expect(splitCommand(argv)).toEqual({ own: argv, command: [] });
  expect(splitCommand(['up', 'ci.yaml'])).toEqual({ own: ['up', 'ci.yaml'], command: [] });
});
