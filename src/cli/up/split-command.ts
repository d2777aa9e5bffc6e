/** A command line: the arguments of pvevm itself, and the command that `up` is to run. */
export interface SplitCommand {
  readonly own: readonly string[];
  readonly command: readonly string[];
}

/**
 * Takes what stands behind `--` of `pvevm up` off the command line: those options are not pvevm's. Of any other command,
 * everything is its own.
 */
export function splitCommand(argv: readonly string[]): SplitCommand {
  const end = argv.indexOf('--');
  const isUp = argv.find((argument) => !argument.startsWith('-')) === 'up';
  if (!isUp || end === -1) return { own: argv, command: [] };
  return { own: argv.slice(0, end), command: argv.slice(end + 1) };
}
