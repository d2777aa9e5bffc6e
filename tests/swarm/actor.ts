import type { SeededRandom } from '../../src/sandbox/random.ts';
import { checkReport, toldBy } from '../faults/check-report.ts';
import { FAULTS, type Fault } from '../faults/fault-kinds.ts';
import type { ProgramRun } from '../faults/program-run.ts';
import { befall } from '../faults/spoil.ts';
import type { Tally } from '../requirements/tally.ts';
import type { Commit, Stack } from './documents.ts';
import { ALL_EFFECTS, type Command, runCommand } from './pipeline.ts';
import type { Watch } from './watch.ts';
import type { SwarmWorld } from './world.ts';

/** A pipeline, and what it works with. */
export interface Actor {
  readonly name: string;
  readonly stack: Stack;
  readonly commits: readonly [Commit, Commit];
}

/** What all actors of a swarm share. */
export interface Swarm {
  readonly world: SwarmWorld;
  readonly watch: Watch;
  readonly random: SeededRandom;
  readonly tally: Tally;
  readonly wrong: string[];
  /** The runs that destroy guests now. */
  readonly removing: Set<object>;
  /** What all reports said. */
  readonly told: string[];
}

/** What befalls a run. */
interface Fortune {
  /** Of so many requests about one goes wrong; 0: none. */
  readonly faultEvery: number;
  /** The request that the process dies at, counted from 1; undefined: it lives. */
  readonly dieAt: number | undefined;
  readonly diesAfter: boolean;
  readonly interruptAt: number | undefined;
}

const QUIET: Fortune = { faultEvery: 0, dieAt: undefined, diesAfter: false, interruptAt: undefined };

function drawFortune(random: SeededRandom): Fortune {
  return {
    faultEvery: [0, 15, 40, 100][random.integer(4)] ?? 0,
    dieAt: random.integer(3) === 0 ? 1 + random.integer(80) : undefined,
    diesAfter: random.integer(2) === 0,
    interruptAt: random.integer(12) === 0 ? 1 + random.integer(60) : undefined,
  };
}

// A lock that nobody ends is worth an hour of waiting.
const SELDOM = 'lock-for-ever';

function drawFault(random: SeededRandom, method: string, path: string): Fault | undefined {
  const reaching = FAULTS.filter(
    ({ reach }) =>
      reach === 'each' || (method !== 'GET' && /\/qemu/.test(path) && (reach === 'task' || /\/qemu\/\d/.test(path))),
  );
  const fault = reaching[random.integer(reaching.length)];
  return fault?.name === SELDOM && random.integer(4) > 0 ? undefined : fault;
}

/** Runs one command of an actor; undefined where its process was killed. */
async function runOnce(
  { name, stack }: Actor,
  command: Omit<Command, 'signal'>,
  fortune: Fortune,
  swarm: Swarm,
): Promise<ProgramRun | undefined> {
  const { world, watch, random, tally } = swarm;
  const owner = {};
  const interrupt = new AbortController();
  let sent = 0;
  let isDead = false;
  let onDeath = (): void => undefined;
  const dead = new Promise<undefined>((resolve) => {
    onDeath = () => resolve(undefined);
  });
  const never = (): Promise<never> => new Promise(() => undefined);
  const die = (how: string): Promise<never> => {
    isDead = true;
    world.note(name, `— is killed ${how}`);
    tally.add('kills', how);
    world.scheduler.kill(owner);
    onDeath();
    return never();
  };
  const watched =
    (send: typeof fetch): typeof fetch =>
    async (input, init) => {
      const { pathname, search } = new URL(String(input));
      const path = decodeURIComponent(pathname.replace('/api2/json', ''));
      const method = init?.method ?? 'GET';
      const text = `${search}${typeof init?.body === 'string' ? init.body : ''}`;
      watch.look(path);
      if (method !== 'GET') {
        watch.write({ stack, method, path, text, allow: command.allow, rollback: command.rollback, run: owner });
        tally.add(
          'writes',
          `${method} ${path.replace(/\/(pve\d|\d+|vm:\d+)(?=\/|$)/g, '/*').replace(/(storage|rules|resources|pools|ipset|aliases|tasks)\/[^/]+.*/, '$1/*')}`,
        );
      }
      return await send(input, init);
    };
  const spoil = (turned: typeof fetch): typeof fetch => {
    const send = watched(turned);
    return async (input, init) => {
      if (isDead) return await never();
      sent += 1;
      const url = String(input);
      const method = init?.method ?? 'GET';
      const path = new URL(url).pathname.replace('/api2/json', '');
      if (sent === fortune.interruptAt) {
        world.note(name, '— is interrupted');
        tally.add('kills', 'interrupt');
        interrupt.abort();
      }
      if (sent === fortune.dieAt && !fortune.diesAfter) return await die('before a request');
      // What changes something has more ways to go wrong.
      const every = method === 'GET' ? fortune.faultEvery : Math.ceil(fortune.faultEvery / 5);
      const isSpoiled = every > 0 && random.integer(every) === 0;
      const fault = isSpoiled ? drawFault(random, method, path) : undefined;
      let response: Response;
      if (fault === undefined) response = await send(input, init);
      else {
        world.note(name, `— ${fault.name} at ${method} ${decodeURIComponent(path)}`);
        tally.add('faults', fault.name);
        const clock = world.scheduler.clockOf(owner);
        response = await befall(world.sandbox, fault, { method, path }, url, () => send(input, init), clock);
      }
      if (isDead) return await never();
      if (sent >= (fortune.dieAt ?? Number.POSITIVE_INFINITY)) return await die('after a request');
      return response;
    };
  };
  const process = world.enter({ name, owner }, spoil);
  const chance = (): number => random.integer(1000) / 1000;
  const { verb, allow } = command;
  world.note(name, `— ${verb} ${command.commit.names.join()} --allow ${[...allow].join()}`);
  if (verb !== 'apply') swarm.removing.add(owner);
  const run = await Promise.race([runCommand({ ...command, signal: interrupt.signal }, process, chance), dead]);
  swarm.removing.delete(owner);
  const outcome =
    run === undefined ? 'killed' : (run.result?.outcome ?? (run.plan === undefined ? 'no plan' : 'refused'));
  world.note(name, `— ends: ${outcome}`);
  tally.add('runs', `${verb} ${outcome}`);
  if (run === undefined) return undefined;
  swarm.told.push(toldBy(run));
  const wasInterrupted = interrupt.signal.aborted;
  for (const what of checkReport(run)) {
    if (!(wasInterrupted && what === 'nobody cancelled it')) swarm.wrong.push(`${name}: ${what}`);
  }
  const why =
    run.result?.errors[0]?.code ?? run.plan?.diagnostics.find(({ severity }) => severity === 'error')?.summary;
  if (outcome !== 'ok' && why !== undefined) tally.add('why a run did not do all', why);
  return run;
}

/** A run in which nothing goes wrong but by what is there. */
export async function runQuietly(
  actor: Actor,
  verb: Command['verb'],
  swarm: Swarm,
  which: 0 | 1,
): Promise<ProgramRun | undefined> {
  const base = { failFast: false, rollback: false, parallelism: 4, allow: new Set(ALL_EFFECTS) };
  return await runOnce(actor, { ...base, verb, commit: actor.commits[which] }, QUIET, swarm);
}

/** So many commands of a pipeline, one after the other, each with a fortune of its own. */
export async function work(actor: Actor, runs: number, swarm: Swarm): Promise<void> {
  const { world, random } = swarm;
  const clock = world.scheduler.clockOf({});
  for (let number = 0; number < runs; number += 1) {
    await clock.sleep(random.integer(number === 0 ? 3000 : 15_000));
    const draw = random.integer(10);
    const allow = random.integer(10) < 7 ? ALL_EFFECTS : random.integer(2) === 0 ? [] : ['restart', 'migrate'];
    const verb = draw < 7 ? 'apply' : draw < 9 ? 'prune' : 'destroy';
    const command = {
      ...({
        verb,
        allow: new Set(allow),
        failFast: random.integer(8) === 0,
        rollback: random.integer(8) === 0,
      } as const),
      parallelism: [1, 4][random.integer(2)] ?? 1,
      commit: actor.commits[random.integer(3) === 0 ? 0 : 1] as Commit,
    };
    await runOnce(actor, command, drawFortune(random), swarm);
  }
}
