import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Tally } from '../tally.ts';
import { type Checked, checkRun, type Permission } from './check-run.ts';
import { namesOf, STACKS, type Stack } from './documents.ts';
import type { GuestView } from './guest-views.ts';
import { adoptable, destroyedBy, type Model, prunedBy, reapedFrom, uuidsOf } from './model.ts';
import type { World } from './world.ts';

/** A command of the model: what it is, and what becomes of model and world. */
export type StackCommand = fc.AsyncCommand<Model, World>;

const ALL = ['--allow', 'restart,migrate,recreate,data-loss,hard-stop'];

type Guests = ReadonlyMap<number, GuestView>;

/** A command of the program in the project of a stack. */
function program(
  stack: Stack,
  tally: Tally,
  permit: (model: Model, guests: Guests, world: World) => Permission,
  after: (model: Model, checked: Checked, permission: Permission) => void,
  check: (model: Model) => boolean = () => true,
  name = '',
): StackCommand {
  return {
    check,
    run: async (model, world) => {
      const permission = permit(model, world.look(), world);
      after(model, await checkRun(world, stack, permission, tally), permission);
    },
    toString: () => `${stack}: ${name}`,
  };
}

function mustBe(what: string, actual: unknown, expected: unknown, { stdout, stderr }: Checked): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}\n${stdout}\n${stderr}`);
}

const sorted = (vmids: readonly number[] = []): readonly number[] => vmids.toSorted((left, right) => left - right);

const stacks = fc.constantFrom<Stack>(...STACKS);

function applies(tally: Tally): fc.Arbitrary<StackCommand> {
  return fc
    .record({
      stack: stacks,
      prune: fc.boolean(),
      // Without, what needs consent is refused.
      allowed: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      extra: fc.oneof(
        { weight: 6, arbitrary: fc.constant(undefined) },
        { weight: 2, arbitrary: fc.constantFrom('--renew', '--adopt') },
      ),
    })
    .map(({ stack, prune, allowed, extra }) => {
      const kind = prune ? 'apply --prune' : extra === '--adopt' ? 'apply --adopt' : 'apply';
      const argv = ['apply', '-y', ...(allowed ? ALL : []), ...(prune ? ['--prune'] : []), ...(extra ? [extra] : [])];
      return program(
        stack,
        tally,
        (model, guests) => ({
          ...{ kind, argv, removes: prune ? prunedBy(guests, stack, model) : [] },
          adopts: extra === '--adopt' ? adoptable(guests, model, stack) : [],
        }),
        (model, checked, { removes }) => {
          if (checked.wrote) model.converged[stack] = false;
          if (checked.code !== 0) return;
          if (prune) mustBe('pruned', sorted(checked.removed), sorted(removes), checked);
          if (allowed) model.converged[stack] = true;
        },
        undefined,
        argv.join(' '),
      );
    });
}

function looks(tally: Tally): fc.Arbitrary<StackCommand> {
  return fc
    .record({
      stack: stacks,
      argv: fc.constantFrom<string[]>(
        ['plan', '--detailed-exitcode'],
        ['plan', '--detailed-exitcode', '--prune'],
        ['status', '--exit-code'],
      ),
    })
    .map(({ stack, argv }) =>
      program(
        stack,
        tally,
        () => ({ kind: argv[0] ?? '', argv, writes: false }),
        (model, checked) => {
          if (!model.converged[stack]) return;
          tally.add('what is converged', argv[0] ?? '');
          // What would go is a change; what is not its own is none.
          const isWhole = !argv.includes('--prune') || prunedBy(checked.before, stack, model).length === 0;
          if (isWhole) mustBe('the code of what is converged', checked.code, 0, checked);
        },
        undefined,
        argv.join(' '),
      ),
    );
}

function destroys(tally: Tally): fc.Arbitrary<StackCommand> {
  return stacks
    .chain((stack) => fc.record({ stack: fc.constant(stack), name: fc.constantFrom('', ...namesOf(stack)) }))
    .map(({ stack, name }) => {
      const names = ({ documents }: Model): readonly string[] => (name === '' ? [...documents[stack].keys()] : [name]);
      return program(
        stack,
        tally,
        (model, guests) => ({
          ...{ kind: 'destroy', argv: ['destroy', '-y', ...(name === '' ? [] : [`${name}.yaml`])] },
          removes: names(model).flatMap((one) => destroyedBy(guests, stack, one, model)),
        }),
        (model, checked, { removes }) => {
          if (checked.wrote) model.converged[stack] = false;
          if (checked.code === 0) mustBe('destroyed', sorted(checked.removed), sorted(removes), checked);
        },
        ({ documents }) => (name === '' ? documents[stack].size > 0 : documents[stack].has(name)),
        `destroy ${name}`,
      );
    });
}

function reaps(tally: Tally): fc.Arbitrary<StackCommand> {
  return fc.record({ stack: stacks, isNamed: fc.boolean() }).map(({ stack, isNamed }) =>
    program(
      stack,
      tally,
      (model, guests, world) => ({
        ...{ kind: 'reap', argv: ['reap', '-y', ...(isNamed ? ['--stack', stack] : [])] },
        removes: reapedFrom(guests, stack, world.now(), model),
      }),
      (model, checked, { removes }) => {
        if (checked.wrote) model.converged[stack] = false;
        if (checked.code === 0) mustBe('reaped', sorted(checked.removed), sorted(removes), checked);
      },
      undefined,
      'reap',
    ),
  );
}

function ups(tally: Tally): fc.Arbitrary<StackCommand> {
  return stacks
    .chain((stack) => fc.record({ stack: fc.constant(stack), name: fc.constantFrom(...namesOf(stack)) }))
    .map(({ stack, name }) =>
      program(
        stack,
        tally,
        () => ({ kind: 'up', argv: ['up', '-y', '--no-wait', ...ALL, `${name}.yaml`, '--', 'true'] }),
        (model, checked) => {
          if (checked.wrote) model.converged[stack] = false;
          if (checked.code !== 0) return;
          const made = [...checked.after.keys()].filter((vmid) => !checked.before.has(vmid));
          mustBe('left by up', made, [], checked);
        },
        ({ documents }) => documents[stack].has(name),
        `up ${name}.yaml -- true`,
      ),
    );
}

const PLAN = '.saved.json';

function savedPlans(tally: Tally): fc.Arbitrary<StackCommand> {
  const saves = fc.record({ stack: stacks, prune: fc.boolean() }).map(({ stack, prune }) =>
    program(
      stack,
      tally,
      () => ({ kind: 'plan -o', argv: ['plan', ...(prune ? ['--prune'] : []), '-o', PLAN], writes: false }),
      (model, { code, before }) => {
        if (code === 0) model.saved[stack] = uuidsOf(before, stack);
      },
      undefined,
      `plan -o ${prune ? '--prune' : ''}`,
    ),
  );
  const runs = stacks.map((stack) =>
    program(
      stack,
      tally,
      ({ saved }, guests) => {
        const now = uuidsOf(guests, stack);
        const removes = [...(saved[stack] ?? [])].filter(([vmid, uuid]) => now.get(vmid) === uuid);
        return {
          kind: 'apply of a saved plan',
          argv: ['apply', ...ALL, PLAN],
          removes: removes.map(([vmid]) => vmid),
        };
      },
      (model, { wrote }) => {
        if (wrote) model.converged[stack] = false;
      },
      ({ saved }) => saved[stack] !== undefined,
      'apply of the saved plan',
    ),
  );
  return fc.oneof({ weight: 2, arbitrary: saves }, { weight: 3, arbitrary: runs });
}

/** What the two stacks do by the program. */
export function programCommands(tally: Tally): readonly fc.Arbitrary<StackCommand>[] {
  return [
    ...[applies(tally), applies(tally), applies(tally), applies(tally), looks(tally), looks(tally), looks(tally)],
    ...[destroys(tally), reaps(tally), reaps(tally), ups(tally), savedPlans(tally), savedPlans(tally)],
  ];
}
