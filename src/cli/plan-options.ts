import { type Command, InvalidArgumentError } from 'commander';
import { PvevmError } from '../core/error.ts';
import { nearest } from '../core/nearest.ts';
import type { LoadLimits } from '../engine/run/loads.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { GlobalOptions } from './global-options.ts';
import type { PruneOptions } from './prune-mode.ts';
import type { FormatOptions } from './report-format.ts';
import type { VariableOptions } from './variable-options.ts';

/** What can be allowed: effects, and that a guest which does not shut down is stopped hard. */
export const ALLOWABLE: readonly string[] = ['restart', 'migrate', 'recreate', 'data-loss', 'hard-stop'];

/** The options of the commands that make a plan. */
export interface PlanCommandOptions
  extends GlobalOptions,
    FormatOptions,
    ConnectionOptions,
    VariableOptions,
    PruneOptions {
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
  readonly parallelismPerNode?: number;
  readonly parallelismPerStorage?: number;
  readonly failFast?: boolean;
  readonly rollbackOnFailure?: boolean;
  readonly events?: boolean;
  /** The file of the audit log. */
  readonly audit?: string;
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

function parseAudit(value: string): string {
  if (value === '') throw new InvalidArgumentError('It is the name of a file.');
  return value;
}

/** Adds the option that shows what a plan sends. */
export function addShowRequests(command: Command): Command {
  return command.option('--show-requests', 'print the requests of each step');
}

/** Adds the option that takes guests over. */
export function addAdopt(command: Command): Command {
  return command.option(
    '--adopt [=STACK]',
    "take over guests that pvevm did not make, or that no stack owns; with STACK, that stack's too (- for none)",
  );
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
    .option('--parallelism <n>', 'how many resources are worked on at a time (10 unless given)', parseParallelism)
    .option('--parallelism-per-node <n>', 'how many tasks of the run a node has at a time (4)', parseParallelism)
    .option(
      '--parallelism-per-storage <n>',
      'how many of them make, copy or destroy volumes on a storage (2)',
      parseParallelism,
    )
    .option('--fail-fast', 'begin nothing new after the first failure; the other resources go on unless it is given')
    .option('--events', 'print one JSON object a line as things happen')
    .option(
      '--audit <file>',
      'append what is done to this audit log (PVEVM_AUDIT, or audit in a context, do the same)',
      parseAudit,
    );
}

/** Adds the option that takes back what a run has created where it fails. */
export function addRollback(command: Command): Command {
  return command.option('--rollback-on-failure', 'where a step fails, destroy the guests that this run has created');
}

/** Adds the option that allows effects. */
export function addAllow(command: Command): Command {
  return command.option('--allow <effects>', `effects that the plan may have: ${ALLOWABLE.join(', ')}`, parseAllow);
}

/** What `--adopt` means for planning. */
export function adoptOf({ adopt }: PlanCommandOptions): boolean | string {
  return adopt === undefined ? false : adopt === '' ? true : adopt;
}

/** How many steps may keep a node, or a storage, busy at a time, as far as the user says. */
export function limitsOf({ parallelismPerNode: node, parallelismPerStorage: storage }: RunCommandOptions): LoadLimits {
  return { ...(node === undefined ? {} : { node }), ...(storage === undefined ? {} : { storage }) };
}
