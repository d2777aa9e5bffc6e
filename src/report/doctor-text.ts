import type { ErrorCode } from '../core/error.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { columnWidth, pad } from './table.ts';
import type { Theme } from './theme.ts';

/** What became of one check of `pvevm doctor`. */
export type CheckState = 'ok' | 'warning' | 'problem' | 'skipped';

/** One check of `pvevm doctor`. */
export interface DoctorCheck {
  /** One word: `settings`, `tls`, `clock`, … */
  readonly name: string;
  readonly state: CheckState;
  /** One sentence, without a full stop: what was found, or why the check was skipped. */
  readonly summary: string;
  /** Lines that show it. */
  readonly details?: readonly string[];
  /** What to do about a warning or a problem: sentences, and commands to run as they are. */
  readonly remedies?: readonly string[];
  /** What kind of failure a problem is. */
  readonly code?: ErrorCode;
}

/** Whether a privilege is held everywhere it is needed, on some paths only, or nowhere. */
export type PrivilegeState = 'held' | 'partly' | 'missing';

/** One privilege that `plan` or `apply` needs, and whether it is there. */
export interface PrivilegeRow {
  readonly command: 'plan' | 'apply';
  /** What it must hold on, in words of the API: `/vms/{vmid}`. */
  readonly path: string;
  /** Any one of these is enough. */
  readonly privileges: readonly string[];
  readonly uses: readonly string[];
  /** Needed only by documents that write one of these fields. */
  readonly onlyFor?: string;
  readonly state: PrivilegeState;
  /** Where it is held, if only on some paths. */
  readonly heldOn: readonly string[];
}

/** All that `pvevm doctor` found. */
export interface DoctorReport {
  readonly checks: readonly DoctorCheck[];
  /** Empty where nobody could be asked. */
  readonly privileges: readonly PrivilegeRow[];
}

interface CheckLine {
  readonly check: DoctorCheck;
  /** The checks that the line stands for. */
  readonly names: readonly string[];
}

const clean = (text: string): string => sanitizeLine(redact(text));

function formatCheck({ check, names }: CheckLine, width: number, theme: Theme): readonly string[] {
  const paints = { ok: theme.added, warning: theme.warning, problem: theme.error, skipped: theme.faint };
  const { state, details = [], remedies = [] } = check;
  const [name = ''] = names;
  const summary = names.length === 1 ? check.summary : `and ${names.slice(1).join(', ')}: ${check.summary}`;
  return [
    `${paints[state](pad(state, 7))}  ${theme.strong(pad(name, width))}  ${clean(summary)}`,
    ...details.map((detail) => `           ${theme.faint(clean(detail))}`),
    ...remedies.map((remedy) => `           ${clean(remedy)}`),
  ];
}

/** A line for each check; one for all skipped ones that stand together for one reason: a long list of them helps nobody. */
function checkLines(checks: readonly DoctorCheck[]): readonly CheckLine[] {
  const lines: CheckLine[] = [];
  for (const check of checks) {
    const last = lines.at(-1);
    const joins = check.state === 'skipped' && last?.check.state === 'skipped' && last.check.summary === check.summary;
    if (joins) lines[lines.length - 1] = { check: last.check, names: [...last.names, check.name] };
    else lines.push({ check, names: [check.name] });
  }
  return lines;
}

function formatPrivileges(rows: readonly PrivilegeRow[], theme: Theme): readonly string[] {
  const needs = rows.map(({ privileges, path }) => `${privileges.join(' or ')} on ${path}`);
  const width = columnWidth(needs, 80);
  const paints = { held: theme.added, partly: theme.warning, missing: theme.error };
  return rows.map(({ command, uses, onlyFor, state, heldOn }, index) => {
    const where = heldOn.length === 0 ? '' : ` (held on ${heldOn.join(', ')})`;
    const what = `${uses.join(', ')}${onlyFor === undefined ? '' : ` (only for ${onlyFor})`}${where}`;
    return `  ${paints[state](pad(state, 7))}  ${pad(command, 5)}  ${pad(clean(needs[index] ?? ''), width)}  ${clean(what)}`;
  });
}

function summaryOf(checks: readonly DoctorCheck[]): string {
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  const part = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  const found = [
    ...(count('problem') === 0 ? [] : [part(count('problem'), 'problem')]),
    ...(count('warning') === 0 ? [] : [part(count('warning'), 'warning')]),
    ...(count('skipped') === 0 ? [] : [`${count('skipped')} skipped`]),
  ];
  return found.length === 0 ? 'All is well.' : `${found.join(', ')}.`;
}

/**
 * The checks for people: one line each, with what shows it and what to do below, then the table of privileges where one
 * that every document needs is not held everywhere, or all are asked for, and a last line that counts. No control
 * character gets through.
 */
export function formatDoctor(report: DoctorReport, theme: Theme, allPrivileges: boolean): string {
  const width = columnWidth(
    report.checks.map(({ name }) => name),
    20,
  );
  const rows = report.privileges.filter(
    ({ state, onlyFor }) => allPrivileges || (state !== 'held' && onlyFor === undefined),
  );
  return [
    ...checkLines(report.checks).flatMap((line) => formatCheck(line, width, theme)),
    ...(rows.length === 0 ? [] : ['', theme.strong('Privileges'), ...formatPrivileges(rows, theme)]),
    '',
    summaryOf(report.checks),
    '',
  ].join('\n');
}
