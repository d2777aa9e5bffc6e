import { posix } from 'node:path';
import type { SourceFacts } from './imports.ts';

// What each part of src may import besides itself. The two files at the top may take anything.
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  generated: ['core'],
  spec: ['core', 'generated'],
  pve: ['core', 'generated'],
  kinds: ['core', 'generated', 'spec', 'pve'],
  registry: ['core', 'generated', 'spec', 'pve', 'kinds'],
  engine: ['core', 'generated', 'spec', 'pve', 'kinds', 'registry'],
  report: ['core', 'generated', 'spec', 'pve', 'kinds', 'registry', 'engine'],
  cli: ['core', 'generated', 'spec', 'pve', 'kinds', 'registry', 'engine', 'report', 'sandbox'],
  sandbox: ['core', 'generated'],
};
const SANDBOX_FROM_PVE = ['src/pve/codecs/', 'src/pve/facts/'];
const TOP: readonly string[] = ['src/bin.ts', 'src/index.ts'];
const MAX_LINES = 250;

// Where each of these may be used.
const USES: Readonly<Record<string, readonly string[]>> = {
  'Promise.all': ['src/engine/run/schedule.ts'],
  setTimeout: ['src/pve/task.ts', 'src/pve/clock.ts', 'src/sandbox/clock.ts', 'src/cli/process/process-io.ts'],
  // Only for what nobody has caught, and for what would hold the process at its end.
  'process.exit': ['src/cli/process/process-io.ts'],
  'export default': [],
};

function partOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** The folder of a kind, as in `vm` of `src/kinds/vm/read.ts`; undefined for the contract beside the folders. */
function kindOf(path: string): string | undefined {
  const [, part, kind, file] = path.split('/');
  return part === 'kinds' && file !== undefined ? kind : undefined;
}

function importProblem(from: string, to: string): string | undefined {
  const part = partOf(from);
  if (to === 'undici' || to.startsWith('undici/'))
    return from === 'src/pve/connection/dispatcher.ts'
      ? undefined
      : 'undici belongs to src/pve/connection/dispatcher.ts';
  if (/^node:/.test(to)) return part === 'core' ? 'core uses nothing of Node' : undefined;
  if (!to.startsWith('src/') || TOP.includes(from)) return undefined;
  if (TOP.includes(to)) return 'nothing imports the top of the program';
  const target = partOf(to);
  const fromKind = kindOf(from);
  const toKind = kindOf(to);
  if (toKind !== undefined && (part === 'engine' || part === 'report')) return `${part} knows no kind by name`;
  if (fromKind !== undefined && toKind !== undefined && fromKind !== toKind) return 'kinds are strangers to each other';
  if (fromKind === undefined && part === 'kinds' && toKind !== undefined) return 'the contract knows no kind';
  if (part === target) return undefined;
  if (part === 'sandbox' && SANDBOX_FROM_PVE.some((folder) => to.startsWith(folder))) return undefined;
  return ALLOWED[part]?.includes(target) === true ? undefined : `${part} does not import ${target}`;
}

function isWritten(path: string): boolean {
  return !/^src\/(generated|registry|pve\/facts)\//.test(path);
}

/** What breaks the rules of the house, as sentences that begin with the file. */
export function findViolations(files: readonly SourceFacts[]): readonly string[] {
  return files.flatMap(({ path, lines, imports, uses }) => {
    const problems = imports.flatMap((target) => {
      const problem = importProblem(path, target);
      return problem === undefined ? [] : [`imports ${target}: ${problem}`];
    });
    const known = partOf(path) in ALLOWED || TOP.includes(path);
    if (!known) problems.push('stands on no floor');
    if (isWritten(path) && lines > MAX_LINES) problems.push(`has ${lines} lines, more than ${MAX_LINES}`);
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(posix.basename(path))) problems.push('is no kebab-case name');
    for (const use of uses) if (USES[use]?.includes(path) !== true && isWritten(path)) problems.push(`uses ${use}`);
    return problems.map((problem) => `${path} ${problem}`);
  });
}
