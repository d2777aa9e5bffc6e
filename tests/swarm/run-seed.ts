import { createPlan } from '../../src/engine/plan.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import { toldBy } from '../faults/check-report.ts';
import { type ClusterState, readState } from '../faults/cluster-state.ts';
import { endBackups, obey } from '../faults/hands.ts';
import { type Before, beforeOf, orphans, touchedForeign } from '../faults/invariants.ts';
import type { Prepared } from '../faults/world.ts';
import type { Tally } from '../requirements/tally.ts';
import { type Actor, runQuietly, type Swarm, work } from './actor.ts';
import { drawCommits, type Stack } from './documents.ts';
import { guestsOf, uuidOf } from './guests.ts';
import { createPerson, type Kept } from './person.ts';
import { createWatch } from './watch.ts';
import { openSwarmWorld, type SwarmWorld } from './world.ts';

/** What a seed came to. */
export interface SeedResult {
  readonly wrong: readonly string[];
  /** Line by line what happened. */
  readonly trace: readonly string[];
}

const MOST_TRIES = 5;

const STACKS_OF_PAIRS: readonly (readonly Stack[])[] = [
  ['red', 'red'],
  ['red', 'blue'],
  ['red', 'red', 'blue'],
];

/** What somebody did by hand, and is not as they left it. */
function lostByHand(kept: readonly Kept[], { sandbox }: SwarmWorld): readonly string[] {
  const { running } = readState(sandbox.directory);
  return kept.flatMap(({ vmid, uuid, line, text, at }, index) => {
    // What they did later to the same thing counts.
    if (
      kept.some(
        (later, other) => other > index && later.vmid === vmid && later.line?.split(':')[0] === line?.split(':')[0],
      )
    )
      return [];
    const now = sandbox.guestConfig(vmid);
    if (line === undefined && running.has(vmid)) return [`guest ${vmid}, made by hand at ${at}, was started`];
    if (line === undefined)
      return now === text ? [] : [`guest ${vmid}, made by hand at ${at}, was ${text}, and is ${now}`];
    // A guest may go by a run that may remove it, and another one come.
    if (now === undefined || uuidOf(now) !== uuid) return [];
    const isThere = now.split('\n').includes(line);
    return isThere ? [] : [`${line} of guest ${vmid}, set by hand, is gone: ${now}`];
  });
}

/** The guests of a stack that are one resource, by address, the first id first. */
function twinsOf(state: ClusterState, stack: Stack): readonly (readonly number[])[] {
  const byAddress = new Map<string, number[]>();
  for (const { vmid, address } of guestsOf(state, stack))
    byAddress.set(address, [...(byAddress.get(address) ?? []), vmid]);
  return [...byAddress.values()].filter(({ length }) => length > 1).map((vmids) => vmids.sort((a, b) => a - b));
}

/** Twins that are no work of two runs at the same moment: the one was there before the other was asked for. */
function needlessTwins(twins: readonly (readonly number[])[], { watch }: Swarm): readonly string[] {
  return twins.flatMap((vmids) => {
    const isNeedless = vmids.some((vmid) => vmids.some((other) => other !== vmid && watch.isNeedless(vmid, other)));
    return isNeedless ? [`guests ${vmids.join(' and ')} are one resource`] : [];
  });
}

/** The remedies that reports named, as far as what they are for is still there. */
function stillTrue({ told, world }: Swarm): string {
  const { guests } = readState(world.sandbox.directory);
  const commands = new Set(told.join('\n').match(/qm unlock (\d+) && qm destroy \1|pvesm free [^\s'`,]+[^\s'`,.]/g));
  return [...commands]
    .filter((command) => {
      const vmid = Number(/\d+/.exec(command)?.[0]);
      const volume = /^pvesm free (.*)$/.exec(command)?.[1];
      if (volume === undefined) return /^lock: (create|clone|destroyed)$/m.test(guests.get(vmid)?.text ?? '');
      return ![...guests.values()].some(({ text }) => text.includes(`${volume},`));
    })
    .join('\n');
}

/** Runs a stack until its plan is empty, doing by hand what its reports say; gives what is in the way. */
async function converge(actor: Actor, swarm: Swarm): Promise<readonly string[]> {
  const { world } = swarm;
  let told = stillTrue(swarm);
  for (let attempt = 1; ; attempt += 1) {
    for (const command of await obey(world, told)) world.note('hands', command);
    const run = await runQuietly(actor, 'prune', swarm, 1);
    await world.settle();
    if (run === undefined) return ['a quiet run was killed'];
    const next = toldBy(run);
    if (run.result?.outcome === 'ok' && !/qm unlock \d|pvesm free/.test(next)) break;
    if (attempt === MOST_TRIES) return [`${actor.stack} does not converge: ${next.slice(0, 1500)}`];
    told = next;
  }
  const [, { resources, project }] = actor.commits;
  const { pve, clock } = world.enter({ name: `${actor.name} at the end`, owner: {} });
  const plan = await createPlan({ resources, project, pve, user: pve.user, clock, prune: 'remove' });
  const titles = plan.resources.flatMap(({ address, steps }) => steps.map(({ title }) => `${address}: ${title}`));
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error');
  return [...titles, ...errors.map(({ summary, detail }) => `${summary}: ${detail}`)].map(
    (what) => `after the last run of ${actor.stack} its plan has: ${what}`,
  );
}

/** What is wrong with a cluster in which all is said to be done. */
function wrongAtTheEnd(
  before: Before,
  after: ClusterState,
  actors: readonly Actor[],
  made: ReadonlySet<number>,
): readonly string[] {
  const found: string[] = [];
  const known = new Set([...before.foreign, ...made]);
  for (const { stack, commits } of actors) {
    const owned = guestsOf(after, stack);
    for (const { vmid } of owned) known.add(vmid);
    const wanted = commits[1].names.map((name) => `vm/${name}`).sort();
    const there = owned.map(({ address }) => address).sort();
    if (wanted.join() !== there.join()) found.push(`${stack} has ${there.join()}, and not ${wanted.join()}`);
  }
  for (const vmid of after.guests.keys()) if (!known.has(vmid)) found.push(`guest ${vmid} is nobody's`);
  return [...found, ...touchedForeign(before, after), ...orphans(before, after)];
}

async function play(
  world: SwarmWorld,
  random: ReturnType<typeof createRandom>,
  tally: Tally,
): Promise<readonly string[]> {
  const stacks = STACKS_OF_PAIRS[random.integer(STACKS_OF_PAIRS.length)] ?? [];
  const red = await drawCommits(random, 'red');
  const blue = await drawCommits(random, 'blue');
  const actors = stacks.map(
    (stack, index): Actor => ({ name: `${stack}-${index}`, stack, commits: stack === 'red' ? red : blue }),
  );
  const distinct = actors.filter(({ stack }, index) => actors.findIndex((one) => one.stack === stack) === index);
  for (const { stack, commits } of distinct) for (const { yaml } of commits) world.note(stack, `\n${yaml}`);
  const state = (): ClusterState => readState(world.sandbox.directory);
  const before = beforeOf(state());
  const swarm: Swarm = { world, watch: createWatch(world), random, tally, wrong: [], told: [], removing: new Set() };
  const { scheduler } = world;
  if (random.integer(2) === 0) {
    for (const actor of distinct) {
      const run = await scheduler.drive(runQuietly(actor, 'apply', swarm, 0));
      if (run?.result?.outcome !== 'ok')
        swarm.wrong.push(`the first commit cannot be applied: ${run === undefined ? '' : toldBy(run)}`);
    }
    await scheduler.drive(world.settle());
  }
  const hands = world.enter({ name: 'person', owner: {} });
  const person = createPerson(world, hands, random.integer(6), swarm.removing, random, tally);
  const working = [...actors.map((actor) => work(actor, 1 + random.integer(3), swarm)), person.work()];
  await scheduler.drive(Promise.all(working));
  await scheduler.drive(world.settle());
  world.sandbox.clearFaults();
  endBackups(world);
  const twins = distinct.flatMap(({ stack }) => twinsOf(state(), stack));
  const wrong = [...swarm.wrong, ...needlessTwins(twins, swarm), ...lostByHand(person.kept, world)];
  if (wrong.length > 0) return [...wrong, ...swarm.watch.wrong];
  // Which of them is used, a person knows; the program only says that they are there.
  for (const [, ...others] of twins) {
    tally.add('at the end of the storm', 'twins');
    for (const vmid of others) await scheduler.drive(person.destroy(vmid));
  }
  // A guest by hand under an id that a document says is in its way, and stays there until they take it away.
  const wanted = new Set(distinct.flatMap(({ commits }) => commits.flatMap(({ vmids }) => vmids)));
  const owned = new Set(distinct.flatMap(({ stack }) => guestsOf(state(), stack).map(({ vmid }) => vmid)));
  const contested = [...person.made].filter((vmid) => wanted.has(vmid) && !owned.has(vmid) && state().guests.has(vmid));
  const paths = contested.map((vmid) => `/nodes/${state().guests.get(vmid)?.node}/qemu/${vmid}`);
  for (const path of paths) await scheduler.drive(hands.pve.delete(path, { params: { purge: 1 } }));
  await scheduler.drive(world.settle());
  const kept = person.kept.filter(({ vmid }) => !contested.includes(vmid));
  for (const actor of distinct) wrong.push(...(await scheduler.drive(converge(actor, swarm))));
  await scheduler.drive(world.settle());
  wrong.push(
    ...swarm.wrong,
    ...swarm.watch.wrong,
    ...lostByHand(kept, world),
    ...wrongAtTheEnd(before, state(), distinct, person.made),
  );
  tally.add('seeds', stacks.join(' and '));
  return wrong;
}

/** Plays a seed in a cluster of its own. */
export async function runSeed(prepared: Prepared, seed: number, tally: Tally): Promise<SeedResult> {
  const random = createRandom(seed * 7919 + 13);
  const world = await openSwarmWorld(prepared, seed, random);
  try {
    const wrong = await play(world, random, tally);
    return { wrong: [...new Set(wrong)], trace: world.trace };
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { wrong: [what], trace: world.trace };
  } finally {
    await world.close();
  }
}
