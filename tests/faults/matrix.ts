import { createRandom } from '../../src/sandbox/random.ts';
import { FAULTS, type Fault, PASSING } from './fault-kinds.ts';
import type { Blow, SeenRequest } from './spoil.ts';
import type { Stage, Theatre } from './stage.ts';

/** Whether all cases are run, and not only the fixed part. */
export const IS_LONG: boolean = (process.env['PVEVM_TEST_LONG'] ?? '') !== '';
/** One case alone, as a failing one is printed: `create | POST /nodes/pve1/qemu #1 | reset-after`. */
const ONLY: string | undefined = process.env['PVEVM_FAULT_CASE'];
const SEED = 20_260_801;

/** One cell of a matrix. */
export interface Cell {
  readonly key: string;
  readonly blow: Blow;
}

/** What became of the cells of a scenario. */
export interface Played {
  readonly cells: number;
  /** One line for each that failed, from which it can be run again. */
  readonly failures: readonly string[];
}

function reaches({ reach }: Fault, { method, path, startsTask }: SeenRequest): boolean {
  if (reach === 'each') return true;
  if (reach === 'task') return startsTask;
  return method !== 'GET' && /\/qemu\/\d+/.test(path);
}

/** Each request of a stage with each fault that can befall it. */
export function faultCells({ trace }: Stage): readonly Cell[] {
  return trace.flatMap((request) =>
    FAULTS.filter((fault) => reaches(fault, request)).map((blow) => ({ key: request.key, blow })),
  );
}

/** The death of the process before and after each request of a stage. */
export function killCells({ trace }: Stage): readonly Cell[] {
  return trace.flatMap(({ key }) =>
    (['kill-before', 'kill-after'] as const).map((way) => ({ key, blow: { way, name: way } })),
  );
}

/** What a write that starts a task has to stand, in the fixed part too. */
const HARDEST: ReadonlySet<string> = new Set(['kill-after', 'reset-after', 'task-dies-before', 'lock-for-ever']);

function sampleOf(cells: readonly Cell[], { trace }: Stage, size: number): readonly Cell[] {
  const random = createRandom(SEED);
  const pick = (from: readonly Cell[], count: number): readonly Cell[] => {
    const left = [...from];
    const picked = Array.from({ length: Math.min(count, left.length) }, () => random.integer(left.length));
    return picked.flatMap((at) => left.splice(at % left.length, 1));
  };
  const starting = new Set(trace.filter(({ startsTask }) => startsTask).map(({ key }) => key));
  const hardest = pick(
    cells.filter(({ key, blow }) => starting.has(key) && HARDEST.has(blow.name)),
    Math.ceil(size / 2),
  );
  const others = pick(
    cells.filter((cell) => !hardest.includes(cell)),
    size - hardest.length,
  );
  return [...hardest, ...others];
}

/** Draws up the cells of a scenario. */
export type CellsOf = (stage: Stage) => readonly Cell[];

/** Runs the cells of a scenario: all of them, a fixed sample of a size, or the one that the environment names. */
export async function playCells(theatre: Theatre, name: string, cellsOf: CellsOf, sampleSize: number): Promise<Played> {
  const [onlyScenario, onlyKey, onlyBlow] = ONLY?.split(' | ') ?? [];
  if (onlyScenario !== undefined && onlyScenario !== name) return { cells: 0, failures: [] };
  const stage = await theatre.stage(name);
  const all = cellsOf(stage);
  const asked =
    ONLY === undefined ? undefined : all.filter(({ key, blow }) => key === onlyKey && blow.name === onlyBlow);
  const cells = asked ?? (IS_LONG ? all : sampleOf(all, stage, sampleSize));
  const failures: string[] = [];
  for (const cell of cells) {
    const { wrong: found, outcome } = await stage.run(cell);
    const isPassing = PASSING.has(cell.blow.name) && !cell.key.startsWith('GET');
    const wrong = isPassing && outcome !== 'ok' ? [...found, `the run does not get over it: ${outcome}`] : found;
    if (wrong.length === 0) continue;
    const failure = `PVEVM_FAULT_CASE='${name} | ${cell.key} | ${cell.blow.name}'\n    ${wrong.join('\n    ')}`;
    // At once, since all of them take long.
    if (IS_LONG) process.stdout.write(`${failure}\n`);
    failures.push(failure);
  }
  return { cells: cells.length, failures };
}
