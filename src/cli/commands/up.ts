import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import type { ApplyEvent } from '../../core/event.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { createPlan } from '../../engine/plan.ts';
import { secretsOf } from '../../engine/step/placeholders.ts';
import { systemClock } from '../../pve/clock.ts';
import type { Io } from '../io.ts';
import { loadForPlan } from '../load-for-plan.ts';
import { type CommandScope, makePlan, withConnection } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import { printError } from '../print-error.ts';
import { continuationOf } from '../run/continuation.ts';
import { replanBy } from '../run/replan.ts';
import { runPlanned } from '../run/run-plan.ts';
import { documentDigests } from '../saved-plan/document-digests.ts';
import { cleanUp, incarnationsOf } from '../up/clean-up.ts';
import { withDefaultTtl } from '../up/default-ttl.ts';
import { checkVariableNames } from '../up/environment.ts';
import { withoutStdout } from '../up/narrow-io.ts';
import { addressesOf, runBeside } from '../up/run-beside.ts';
import type { Up, UpOptions } from '../up/up-run.ts';
import { watchSignals } from '../up/watch-signals.ts';

const TTL = '1h';

function checkUsage(command: readonly string[], { json, events, keep, keepOnFailure }: UpOptions): void {
  if (command.length === 0) {
    throw new PvevmError('USAGE', 'cannot run up without a command', {
      hints: [
        'Write it behind --, as in: pvevm up ci.yaml -- ./test.sh',
        'To leave the guests running, use pvevm apply.',
      ],
    });
  }
  if (json === true || events === true) {
    throw new PvevmError(
      'USAGE',
      `cannot print ${json === true ? '--json' : '--events'}: standard output is the command’s`,
      {
        hints: ['PVEVM_OUTPUT in the environment of the command is a JSON file about the guests.'],
      },
    );
  }
  if (keep === true && keepOnFailure === true)
    throw new PvevmError('USAGE', 'cannot use both --keep and --keep-on-failure', {
      hints: ['Leave one of them out.'],
    });
}

/** Plans and applies; guests that are there already are changed only where somebody says yes. */
async function applyAll(up: Up, paths: readonly string[]): Promise<number> {
  const { documents, connection, scope, signals, created } = up;
  const { files, resources } = documents;
  const plan = await makePlan(createPlan, documents, connection, scope);
  const changes = plan.resources.some(({ action, steps }) => action !== 'create' && steps.length > 0);
  const onEvent = (event: ApplyEvent): void => {
    // From here on there may be something to clean up; the run itself listens too.
    if (event.type === 'run.started') signals.handle(() => undefined);
    if (event.type === 'resource.finished' && event.created && event.vmid !== null)
      created.set(event.resource, event.vmid);
  };
  const code = await runPlanned(
    {
      ...{ plan, files, allowed: new Set(scope.options.allow ?? []), removal: false, onEvent },
      question: changes ? 'Apply these changes, to guests that are there already too?' : undefined,
      continuation: continuationOf('up', paths, scope.options),
      secrets: secretsOf(resources),
      ...{ command: 'up', sources: () => documentDigests(documents) },
      replan: replanBy(createPlan, documents, connection, scope),
    },
    connection,
    scope,
  );
  signals.handle(() => undefined);
  return code;
}

/** The work between planning and cleaning up. */
async function work(
  up: Up,
  paths: readonly string[],
): Promise<{ code: number; incarnations: ReadonlyMap<Address, string | null> }> {
  let incarnations: ReadonlyMap<Address, string | null> = new Map();
  const { scope, signals } = up;
  try {
    const applied = await applyAll(up, paths);
    incarnations = await incarnationsOf(up);
    const stopped = applied === EXIT_CODES.ok ? signals.exitCode() : applied;
    if (stopped !== undefined) return { code: stopped, incarnations };
    const status = await addressesOf(up);
    return { code: signals.exitCode() ?? (await runBeside(status, up)), incarnations };
  } catch (error) {
    const code = printError(error, scope.io, scope.options);
    return { code: signals.exitCode() ?? code, incarnations };
  }
}

/**
 * Applies documents, runs a command with the guests' addresses in its environment, and destroys the guests that it has
 * created, however that ends. Gives the command's exit code back, or that of what failed before or after it.
 */
export async function runUp(
  paths: readonly string[],
  command: readonly string[],
  options: UpOptions,
  world: Io,
): Promise<number> {
  checkUsage(command, options);
  const io = withoutStdout(world);
  const scope: CommandScope<UpOptions> = { options, io, output: createOutput(io, options), clock: systemClock };
  const loaded = await loadForPlan(paths, scope, createPlan);
  if (typeof loaded === 'number') return loaded;
  checkVariableNames(loaded.resources);
  const { prune: _, ...rest } = loaded;
  const documents = { ...rest, resources: withDefaultTtl(loaded.resources, loaded.project, options.ttl ?? TTL) };
  const signals = watchSignals(io);
  try {
    return await withConnection({ ...scope, project: documents.project }, async (connection) => {
      const up: Up = { documents, command, connection, scope, signals, created: new Map() };
      const { code, incarnations } = await work(up, paths);
      const cleaned = await cleanUp(up, incarnations, code !== EXIT_CODES.ok);
      return code === EXIT_CODES.ok ? cleaned : code;
    });
  } finally {
    signals.stop();
  }
}
