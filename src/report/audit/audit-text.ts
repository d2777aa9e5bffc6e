import type { PvevmError } from '../../core/error.ts';
import type { ApplyEvent } from '../../core/event.ts';
import type { Json } from '../../core/json.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { displayDuration } from '../../core/units.ts';
import { toJsonText } from '../json-text.ts';
import type { Theme } from '../theme.ts';
import type { AuditBody, AuditOpening, AuditRecord } from './audit-record.ts';
import type { AuditVerdict } from './verify-audit.ts';

const HEAD_LENGTH = 8;

function openingLines(opening: AuditOpening & { readonly run: string; readonly time: string }, theme: Theme): string[] {
  const { command, cluster, stack, user, localUser, host, ci, allowed, documents, plan } = opening;
  const where = `${opening.endpoint}, Proxmox VE ${cluster.version}${cluster.name === null ? '' : `, cluster ${cluster.name}`}`;
  const facts: readonly (readonly [name: string, text: string])[] = [
    ['by', `${localUser} on ${host}, as ${user}`],
    ['at', `${where}${stack === null ? '' : `, stack ${stack}`}`],
    ...(allowed.length === 0 ? [] : [['allowed', allowed.join(', ')] as const]),
    ...Object.entries(ci).map(([name, value]) => [name, value] as const),
    ...documents.map(({ file, sha256 }) => ['document', `${file}  ${sha256.slice(0, HEAD_LENGTH)}…`] as const),
    ['plan', `${plan.slice(0, HEAD_LENGTH)}…, pvevm ${opening.pvevm}`],
  ];
  const title = theme.strong(sanitizeLine(`run ${opening.run}  ${command}  ${opening.time}`));
  return [title, ...facts.map(([name, text]) => `  ${sanitizeLine(`${name}: ${text}`)}`)];
}

function eventLines(event: ApplyEvent, theme: Theme): readonly string[] {
  switch (event.type) {
    case 'run.started':
      return [];
    case 'step.started':
      return [sanitizeLine(`${event.resource}  ${event.title}  (${event.index} of ${event.of})`)];
    case 'step.progress':
      return [sanitizeLine(`${event.resource}  ${event.title}  waits for ${event.waitingFor ?? 'its task'}`)];
    case 'step.finished': {
      const { resource, title, outcome, durationMs, warnings, error, reason } = event;
      const paint = outcome === 'failed' ? theme.error : outcome === 'ok' ? theme.added : theme.warning;
      const word = { ok: 'done', failed: 'failed', skipped: 'not done', replanned: 'planned anew' }[outcome];
      const time = outcome === 'skipped' || outcome === 'replanned' ? '' : ` in ${displayDuration(durationMs)}`;
      const why = reason === undefined ? '' : ` (${reason})`;
      return [
        `${sanitizeLine(`${resource}  ${title}  `)}${paint(word)}${sanitizeLine(`${time}${why}`)}`,
        ...warnings.map((warning) => `  ${sanitizeLine(warning)}`),
        ...(error === undefined ? [] : [error.message, ...error.details].map((line) => `  ${sanitizeLine(line)}`)),
      ];
    }
    case 'resource.finished': {
      const { resource, outcome, vmid, node, created } = event;
      const id = vmid === null ? '' : ` as ${vmid}`;
      const how = created ? 'created' : { ok: 'done', failed: 'failed', skipped: 'not done' }[outcome];
      return [sanitizeLine(`${resource}  ${how}${id} on ${node}`)];
    }
    case 'resource.replanned':
      return [sanitizeLine(`${event.resource}  planned anew: ${event.reason}`)];
    case 'rollback.started':
      return [sanitizeLine(`taken back: ${event.resources.map(({ address }) => address).join(', ')}`)];
    case 'resource.rolledBack':
      return [sanitizeLine(`${event.resource}  ${event.outcome}`)];
    case 'run.finished': {
      const { done, failed, skipped } = event.counts;
      return [theme.strong(`end: ${event.outcome}, ${done} done, ${failed} failed, ${skipped} not done`)];
    }
    default:
      // Of a later version of pvevm, or of somebody who can count hashes.
      return [sanitizeLine(`event ${toJsonText(event).trimEnd()}`)];
  }
}

function parameterText(value: Json): string {
  return typeof value === 'string' ? value : toJsonText(value).trimEnd();
}

function bodyLines(body: AuditBody, theme: Theme): readonly string[] {
  switch (body.type) {
    case 'request':
      return [
        theme.strong(sanitizeLine(`  ${body.number}. ${body.method} ${body.path}`)),
        ...Object.entries(body.params).map(([name, value]) => sanitizeLine(`       ${name}: ${parameterText(value)}`)),
      ];
    case 'answer': {
      const { number, upid, error } = body;
      if (error === undefined) return [sanitizeLine(`  ${number}. answered${upid === undefined ? '' : `: ${upid}`}`)];
      const status = error.status === undefined ? '' : `, ${error.status}`;
      return [`  ${number}. ${theme.error('failed')}${sanitizeLine(`: ${error.message} (${error.code}${status})`)}`];
    }
    case 'event':
      return eventLines(body.event, theme);
    case 'torn':
      return [theme.warning(`line ${body.line} was not written whole (${body.bytes} bytes): a run was killed there`)];
    default:
      return [];
  }
}

/** A record for people, in lines; none for one that says nothing to them. */
export function formatAuditRecord(record: AuditRecord, theme: Theme): readonly string[] {
  if (record.type === 'run.opened') return openingLines(record, theme);
  const time = record.time.slice(11, 23);
  return bodyLines(record, theme).map((line, index) =>
    index === 0 ? `  ${theme.faint(sanitizeLine(time))}  ${line}` : `  ${' '.repeat(time.length)}  ${line}`,
  );
}

/** The outcome of a verification for people: where the log is broken, and how; or that it is whole, with its head. */
export function formatVerdict(
  shown: string,
  { lines, runs, head, problems, notes }: AuditVerdict,
  theme: Theme,
): string {
  const counted = `${lines} ${lines === 1 ? 'line' : 'lines'}, ${runs} ${runs === 1 ? 'run' : 'runs'}`;
  const found = problems.map(
    ({ line, type, text }) => `${theme.error(`line ${line}: ${type}:`)} ${sanitizeLine(text)}`,
  );
  const said = notes.map((note) => `note: ${sanitizeLine(note)}`);
  const sum =
    problems.length === 0
      ? `${sanitizeLine(shown)} is whole: ${counted}.\nhead ${head}`
      : `${sanitizeLine(shown)} is broken at ${problems.length} ${problems.length === 1 ? 'place' : 'places'}: ${counted}.`;
  return [...found, ...said, sum].join('\n');
}

/** What is said at the end of a run whose log could not be written to its end. */
export function auditFailureText({ message, hints }: PvevmError, theme: Theme): string {
  const rest =
    'Nothing new was begun from there on. Every request that was sent is in the log; what became of the last ones may not be.';
  return [`${theme.error('error:')} ${sanitizeLine(message)}`, `  ${rest}`, ...hints.map((hint) => `  ${hint}`)].join(
    '\n',
  );
}
