import { type Command, InvalidArgumentError } from 'commander';
import { PvevmError } from '../core/error.ts';
import { nearest } from '../core/nearest.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { GlobalOptions } from './global-options.ts';
import type { PruneOptions } from './prune-mode.ts';
import type { VariableOptions } from './variable-options.ts';

/** What can be allowed: effects, and that a guest which does not shut down is stopped hard. */
const ALLOWABLE: readonly string[] = ['restart', 'migrate', 'recreate', 'data-loss', 'hard-stop'];

/** The options of the commands that make a plan. */
export interface PlanCommandOptions extends GlobalOptions, ConnectionOptions, VariableOptions, PruneOptions {
  readonly showRequests?: boolean;
  /** Empty: guests that no stack owns; a name: those of that stack too. */
  readonly adopt?: string;
  readonly rotateSecrets?: boolean;
  readonly renew?: boolean;
  readonly allow?: readonly string[];
}

/** The options of the commands that carry a plan out. */
export interface RunCommandOptions extends PlanCommandOptions {
  readonly yes?: boolean;
  readonly parallelism?: number;
  readonly events?: boolean;
}

function parseAllow(value: string, before: readonly string[] = []): readonly string[] {
  const effects = value.split(',').map((effect) => effect.trim());
  for (const effect of effects) {
    if (ALLOWABLE.includes(effect)) continue;
    const near = nearest(effect, ALLOWABLE);
    throw new PvevmError('USAGE', `--allow does not know '${effect}'`, {
      hints: [near === undefined ? `Known are: ${ALLOWABLE.join(', ')}.` : `Did you mean ${near}?`],
    });
  }
  return [...before, ...effects];
}

function parseParallelism(value: string): number {
  if (!/^\d{1,3}$/.test(value) || Number(value) === 0) throw new InvalidArgumentError('It is a number from 1 on.');
  return Number(value);
}

/** Adds the option that shows what a plan sends. */
export function addShowRequests(command: Command): Command {
  return command.option('--show-requests', 'print the requests of each step');
}

/** Adds the option that takes guests over. */
export function addAdopt(command: Command): Command {
  return command.option('--adopt [=STACK]', "take over guests that pvevm did not make; with STACK, that stack's too");
}

/** Adds the option that removes what no document describes. */
export function addPrune(command: Command): Command {
  return command.option('--prune', "remove the stack's guests that no document of the project describes");
}

/** Adds the option that sets secrets again. */
export function addRotateSecrets(command: Command): Command {
  return command.option('--rotate-secrets', 'set secrets again where they are set already');
}

/** Adds the option that moves the ends of ephemeral guests. */
export function addRenew(command: Command): Command {
  return command.option('--renew', 'count the ttl of guests from now on again');
}

/** Adds the options of carrying a plan out. */
export function addRunOptions(command: Command): Command {
  return command
    .option('-y, --yes', 'do not ask')
    .option('--parallelism <n>', 'how many resources are worked on at a time (4 unless given)', parseParallelism)
    .option('--events', 'print one JSON object a line as things happen');
}

/** Adds the option that allows effects. */
export function addAllow(command: Command): Command {
  return command.option('--allow <effects>', `effects that the plan may have: ${ALLOWABLE.join(', ')}`, parseAllow);
}

/** What `--adopt` means for planning. */
export function adoptOf({ adopt }: PlanCommandOptions): boolean | string {
  return adopt === undefined ? false : adopt === '' ? true : adopt;
}
