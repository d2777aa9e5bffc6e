/** What a command line needs of the program. */
export type Need = 'nothing' | 'paths' | 'documents' | 'all';

/** Whether an argument can be nothing but a path. */
function isPath(argument: string): boolean {
  return argument === '-' || !argument.startsWith('-');
}

/**
 * What a command line needs: `nothing` where one word is printed; `paths` where documents are checked and no option says
 * how; `documents` where files are read at most, and nothing is contacted. Told from the arguments alone, before any of the
 * program is loaded.
 */
export function needOf(argv: readonly string[]): Need {
  const [first, ...rest] = argv;
  if (first === 'validate') return rest.every(isPath) ? 'paths' : 'documents';
  if (argv.length !== 1) return 'all';
  if (first === '--version' || first === '-V') return 'nothing';
  return first === '--help' || first === '-h' ? 'documents' : 'all';
}
