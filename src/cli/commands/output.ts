import { assertNever } from '../../core/assert-never.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import type { Resource } from '../../core/resource.ts';
import type { PlanOptions } from '../../engine/plan.ts';
import { type ResourceStatus, readStatus, type Status } from '../../engine/status.ts';
import { systemClock } from '../../pve/clock.ts';
import { formatDiagnostics, sortDiagnostics } from '../../report/diagnostics-text.ts';
import { toJsonText } from '../../report/json-text.ts';
import { ansibleInventory, ansibleYaml } from '../../report/outputs/ansible-inventory.ts';
import { type GuestOutput, guestOutput } from '../../report/outputs/guest-output.ts';
import { formatGuests } from '../../report/outputs/guests-text.ts';
import { missingOutput } from '../../report/outputs/missing-output.ts';
import { formatShell } from '../../report/outputs/shell-text.ts';
import { formatSshConfig } from '../../report/outputs/ssh-config-text.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import type { Theme } from '../../report/theme.ts';
import type { Io } from '../io.ts';
import { exitOfDiagnostics } from '../load-checked.ts';
import { type CommandScope, loadOrReport, withConnection } from '../make-plan.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';
import type { PlanCommandOptions } from '../plan-options.ts';
import { selectResources } from '../select.ts';
import { checkVariableNames, variablesOf } from '../up/environment.ts';
import { waitForAddresses } from '../up/wait-for-addresses.ts';

/** In which form `output` prints; json is `--json` by then. */
export type OutputFormat = 'text' | 'shell' | 'ssh-config' | 'ansible' | 'ansible-yaml';

/** The options of `output`. */
export interface OutputOptions extends PlanCommandOptions {
  readonly format?: OutputFormat | 'json';
  /** Milliseconds. */
  readonly wait?: number;
}

/** What the guests are doing, at once or as soon as all that run show an address; in the end, what is known. */
async function look(
  options: PlanOptions & Pick<CommandScope, 'clock'>,
  waitMs: number,
  scope: CommandScope,
): Promise<Status> {
  if (waitMs === 0) return readStatus(options);
  const { io, output } = scope;
  // Whoever interrupts it wants no answer: the process may end.
  const { signal } = new AbortController();
  const tell = (waiting: readonly string[]): void => {
    if (io.stderr.isTTY === true) output.message(`Waiting for the addresses of ${waiting.join(', ')}.`);
  };
  return waitForAddresses(options, waitMs, signal, tell, 'take what there is');
}

function shellText(statuses: readonly ResourceStatus[]): string {
  return formatShell(new Map(statuses.flatMap((status) => [...variablesOf(status)])));
}

function textOf(
  format: OutputFormat,
  guests: readonly GuestOutput[],
  statuses: readonly ResourceStatus[],
  theme: Theme,
): string {
  switch (format) {
    case 'text':
      return formatGuests(guests, theme);
    case 'shell':
      return shellText(statuses);
    case 'ssh-config':
      return formatSshConfig(guests);
    case 'ansible':
      return toJsonText(ansibleInventory(guests), 2);
    case 'ansible-yaml':
      return ansibleYaml(guests);
    default:
      return assertNever(format);
  }
}

function findMissing(
  guests: readonly GuestOutput[],
  statuses: readonly ResourceStatus[],
  resources: readonly Resource[],
): readonly Diagnostic[] {
  return guests.flatMap((guest, index) => {
    const [status, resource] = [statuses[index], resources[index]];
    if (status === undefined || resource === undefined) return [];
    return missingOutput(guest, status, resource.range);
  });
}

/** Prints how the guests of documents are reached, for other programs, and gives the exit code back. Nothing is changed. */
export async function runOutput(paths: readonly string[], options: OutputOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const scope: CommandScope<OutputOptions> = { options, io, output, clock: systemClock };
  const loaded = await loadOrReport(paths, scope);
  if (typeof loaded === 'number') return loaded;
  const { resources: selected, project, files, diagnostics } = await selectResources(loaded, options, 'alone');
  const resources = selected.filter(({ kind }) => kind === 'vm');
  if (options.format === 'shell') checkVariableNames(resources);
  return withConnection({ ...scope, project }, async ({ client }) => {
    const status = await look(
      { resources, project, pve: client, user: client.user, clock: scope.clock },
      options.wait ?? 0,
      scope,
    );
    const guests = status.resources.flatMap((one, index) => {
      const resource = resources[index];
      return resource === undefined ? [] : [guestOutput(resource, one)];
    });
    const missing = findMissing(guests, status.resources, resources);
    const found = sortDiagnostics([...diagnostics, ...status.diagnostics, ...missing]);
    const exit = exitOfDiagnostics(found);
    if (options.json === true) {
      const { cluster, stack } = status;
      output.json({
        formatVersion: OUTPUT_FORMAT_VERSION,
        cluster,
        stack,
        guests,
        diagnostics: found,
        exit: jsonExit(exit),
      });
    } else {
      const format = options.format === undefined || options.format === 'json' ? 'text' : options.format;
      output.result(textOf(format, guests, status.resources, output.resultTheme));
      const shown = found.filter(
        ({ severity }) => severity === 'error' || (severity === 'warning' && options.quiet !== true),
      );
      if (shown.length > 0) output.problem(formatDiagnostics(shown, files, output.problemTheme, output.problemWidth));
    }
    return EXIT_CODES[exit];
  });
}
