import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { BASH_SCRIPT } from '../complete/bash-script.ts';
import { FISH_SCRIPT } from '../complete/fish-script.ts';
import { POWERSHELL_SCRIPT } from '../complete/powershell-script.ts';
import { ZSH_SCRIPT } from '../complete/zsh-script.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import type { Shell } from './add-completion.ts';

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH_SCRIPT,
  zsh: ZSH_SCRIPT,
  fish: FISH_SCRIPT,
  powershell: POWERSHELL_SCRIPT,
};

/** Prints the script by which a shell completes the command lines of pvevm. Throws `USAGE` for `--json`: a script has no such form. */
export function runCompletion(shell: Shell, { json }: GlobalOptions, io: Io): number {
  if (json === true)
    throw new PvevmError('USAGE', 'cannot print --json: what it prints is a script', { hints: ['Leave --json out.'] });
  io.stdout.write(SCRIPTS[shell]);
  return EXIT_CODES.ok;
}
