import { checkReport, toldBy } from './check-report.ts';
import { readState } from './cluster-state.ts';
import { endBackups, obey } from './hands.ts';
import { type Before, beforeOf, leftOvers, strangeWrites, touchedForeign } from './invariants.ts';
import { type ProgramRun, planWork, runWork, type Work } from './program-run.ts';
import { type Blow, createSpoiler, type SeenRequest } from './spoil.ts';
import { openWorld, type Prepared, type World } from './world.ts';

/** What a case is about. */
export interface Case {
  readonly prepared: Prepared;
  readonly work: Work;
  /** The request that is spoiled; absent: none. */
  readonly key?: string;
  readonly blow?: Blow;
}

/** What a case came to. */
export interface CaseResult {
  /** What does not hold; nothing where all is well. */
  readonly wrong: readonly string[];
  /** The requests of the first run. */
  readonly seen: readonly SeenRequest[];
  /** How the first run ended. */
  readonly outcome: string;
}

const MOST_REQUESTS = 6000;
const LONGEST_MS = 6 * 3_600_000;
const MOST_TRIES = 3;
/** How long nothing is sent by what hangs, by the machine's own clock. */
const HANGS_AFTER_MS = 60_000;

/** The result of a run, unless it sends nothing for long, or far too much: then it throws. */
async function inTime<Result>(world: World, work: Promise<Result>, what: string): Promise<Result> {
  const { requests } = world.sandbox;
  const start = requests.length;
  let [count, since] = [start, performance.now()];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      if (requests.length > count) [count, since] = [requests.length, performance.now()];
      else if (performance.now() - since > HANGS_AFTER_MS) reject(new Error(`${what} hangs`));
      if (count - start > MOST_REQUESTS) reject(new Error(`${what} sends more than ${MOST_REQUESTS} requests`));
    }, 500);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearInterval(timer);
  }
}

function outcomeOf({ thrown, result }: ProgramRun): string {
  return thrown !== undefined ? 'no plan' : (result?.outcome ?? 'refused');
}

/** The steps that a plan made now still has. */
async function stepsLeft(world: World, work: Work): Promise<readonly string[]> {
  const plan = await planWork(work, world.begin());
  const steps = plan.resources.flatMap((resource) => resource.steps.map(({ title }) => title));
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error');
  return [...steps, ...errors.map(({ summary, detail }) => `${summary}: ${detail}`)];
}

/** Runs again without faults, as a person would, until it is done; says what is in the way of that. */
async function converge(world: World, work: Work, told: string): Promise<readonly string[]> {
  let text = told;
  for (let attempt = 1; ; attempt += 1) {
    await obey(world, text);
    const run = await inTime(world, runWork(work, world.begin()), `run ${attempt + 1}`);
    const wrong = checkReport(run);
    if (wrong.length > 0) return wrong.map((what) => `run ${attempt + 1}: ${what}`);
    await world.settle();
    const next = toldBy(run);
    const isDone = run.result?.outcome === 'ok' && !/qm unlock \d|pvesm free/.test(next);
    if (isDone) break;
    if (attempt === MOST_TRIES || next === text)
      return [`run ${attempt + 1} ends as ${outcomeOf(run)}: ${next.slice(0, 600)}`];
    text = next;
  }
  const left = await stepsLeft(world, work);
  return left.length === 0 ? [] : [`after the last run the plan is not empty: ${left.join('; ')}`];
}

function wrongNow(world: World, before: Before, isRemoval: boolean): readonly string[] {
  const after = readState(world.sandbox.directory);
  return [
    ...touchedForeign(before, after),
    ...leftOvers(before, after, isRemoval),
    ...strangeWrites(world.sandbox.requests, before.foreign),
  ];
}

async function play(world: World, { work, key, blow }: Case): Promise<CaseResult> {
  const before = beforeOf(readState(world.sandbox.directory));
  const start = world.clock.now();
  const spoiler = createSpoiler(world.sandbox, key, blow);
  const first = world.begin(spoiler.spoil);
  const dead = spoiler.dead.then(() => {
    first.die();
    return undefined;
  });
  const run = await inTime(world, Promise.race([runWork(work, first), dead]), 'the first run');
  const { seen } = spoiler;
  const wrong: string[] = [];
  if (key !== undefined && !spoiler.struck) wrong.push(`no request was ${key}`);
  if (world.clock.now() - start > LONGEST_MS) wrong.push(`the first run took ${(world.clock.now() - start) / 1000} s`);
  let told = '';
  if (run !== undefined) {
    wrong.push(...checkReport(run));
    told = toldBy(run);
    await world.settle();
    if (run.result?.outcome === 'ok') {
      const left = await stepsLeft(world, work);
      if (left.length > 0) wrong.push(`it says ok, and the plan is not empty: ${left.join('; ')}`);
    }
  }
  world.sandbox.clearFaults();
  endBackups(world);
  // A killed process tells nothing, and what it began goes on.
  const isDone = run?.result?.outcome === 'ok' && wrong.length === 0;
  if (!isDone) wrong.push(...(await converge(world, work, told)));
  wrong.push(...wrongNow(world, before, work.isRemoval));
  return { wrong, seen, outcome: run === undefined ? 'killed' : outcomeOf(run) };
}

/** Runs a case in a world of its own. */
export async function runCase(what: Case): Promise<CaseResult> {
  const world = await openWorld(what.prepared);
  try {
    return await play(world, what);
  } catch (error) {
    return { wrong: [error instanceof Error ? (error.stack ?? error.message) : String(error)], seen: [], outcome: '?' };
  } finally {
    await world.close();
  }
}
