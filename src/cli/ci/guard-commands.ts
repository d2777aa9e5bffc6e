// The programs whose standard output is data: it goes to a file or another program, and has to stay as it is.
const DATA_COMMANDS: ReadonlySet<string> = new Set([
  'audit',
  'completion',
  'export',
  'fmt',
  'output',
  'render',
  'schema',
]);

/** Whether a command's standard output is data, and no report. */
export function printsData(command: string | undefined): boolean {
  return command !== undefined && DATA_COMMANDS.has(command);
}

/** Whether the runner of GitHub Actions reads what is written. */
export function isGithubActions(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['GITHUB_ACTIONS'] === 'true';
}

/**
 * A report in which no line is a command to the runner of GitHub Actions, which obeys what begins with `::` after blanks,
 * and `##[` anywhere: texts of files and servers are in it. In JSON, HTML and XML it means the same as before
 * (actions/runner: src/Runner.Common/ActionCommand.cs).
 */
export function withoutCommands(text: string, isJson: boolean): string {
  if (!text.includes('::') && !text.includes('##[')) return text;
  if (isJson) return text.replaceAll('##[', '#\\u0023[');
  const isMarkup = text.startsWith('<?xml') || text.startsWith('<!doctype html>');
  const [hash, colon] = isMarkup ? ['&#35;', '&#58;'] : ['\\x23', '\\x3a'];
  return text.replaceAll('##[', `#${hash}[`).replace(/^([^\S\n]*)::/gm, `$1${colon}:`);
}
