import type { PvevmError } from '../../core/error.ts';
import { errorName } from '../../core/error-name.ts';
import type { ApplyEvent } from '../../core/event.ts';
import type { Json } from '../../core/json.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { displayDuration } from '../../core/units.ts';
import { toJsonText } from '../json-text.ts';
import { messageLines } from '../run/failure-text.ts';
import { createTheme, type Theme } from '../theme.ts';
import { wrapText } from '../wrap.ts';
import type { AuditBody, AuditOpening, AuditRecord } from './audit-record.ts';
import type { AuditVerdict } from './verify-audit.ts';

const HEAD_LENGTH = 8;
// A file that is no log at all is broken in each of its lines.
const MAX_PLACES = 20;
const PLAIN = createTheme(false);

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
      const { tasks = [] } = event;
      return [
        theme.strong(`end: ${event.outcome}, ${done} done, ${failed} failed, ${skipped} not done`),
        ...(tasks.length === 0 ? [] : ['  it was left at once; these tasks went on:']),
        ...tasks.map((upid) => `    ${sanitizeLine(upid)}`),
      ];
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

/** A line in as many as it takes, those below the first further in; `plain` is the same line without its colours. */
function wrapLine(painted: string, plain: string, width: number): readonly string[] {
  const indent = ' '.repeat(plain.length - plain.trimStart().length + 2);
  const words = painted.split(' ');
  let taken = 0;
  return wrapText(plain, width - indent.length).map((line, index) => {
    const count = line.split(' ').length;
    const part = words.slice(taken, taken + count).join(' ');
    taken += count;
    return index === 0 ? part : `${indent}${part}`;
  });
}

function wrapLines(
  linesIn: (theme: Theme) => readonly string[],
  theme: Theme,
  width: number | undefined,
): readonly string[] {
  const painted = linesIn(theme);
  if (width === undefined) return painted;
  const plain = linesIn(PLAIN);
  return painted.flatMap((line, index) => wrapLine(line, plain[index] ?? '', width));
}

/**
 * A record for people, in lines; none for one that says nothing to them. They are wrapped where somebody says to how many
 * columns; a word that is longer, which one may want to copy, stays whole.
 */
export function formatAuditRecord(record: AuditRecord, theme: Theme, width?: number): readonly string[] {
  if (record.type === 'run.opened') return wrapLines((paint) => openingLines(record, paint), theme, width);
  const time = sanitizeLine(record.time.slice(11, 23));
  const blank = ' '.repeat(time.length + 4);
  const room = width === undefined ? undefined : width - blank.length;
  return wrapLines((paint) => bodyLines(record, paint), theme, room).map((line, index) =>
    index === 0 ? `  ${theme.faint(time)}  ${line}` : `${blank}${line}`,
  );
}

/**
 * The outcome of a verification for people: where the log is broken, and how, up to some twenty places; or that it is whole,
 * with its head.
 */
export function formatVerdict(
  shown: string,
  { lines, runs, head, problems, notes }: AuditVerdict,
  theme: Theme,
): string {
  const counted = `${lines} ${lines === 1 ? 'line' : 'lines'}, ${runs} ${runs === 1 ? 'run' : 'runs'}`;
  // One more takes no more room than saying that there is one.
  const first = problems.length <= MAX_PLACES + 1 ? problems : problems.slice(0, MAX_PLACES);
  const found = first.map(({ line, type, text }) => `${theme.error(`line ${line}: ${type}:`)} ${sanitizeLine(text)}`);
  if (first.length < problems.length)
    found.push(`… and ${problems.length - first.length} more places; --json names them all.`);
  const said = notes.map((note) => `note: ${sanitizeLine(note)}`);
  const sum =
    problems.length === 0
      ? `${sanitizeLine(shown)} is whole: ${counted}.\nhead ${head}`
      : `${theme.error('error:')} ${sanitizeLine(shown)} is broken at ${problems.length} ${problems.length === 1 ? 'place' : 'places'} (${counted}) [${errorName('AUDIT')}]`;
  return [...found, ...said, sum].join('\n');
}

const UNWRITTEN =
  'Nothing new was begun from there on. Every request that was sent is in the log; what became of the last ones may not be.';

/** What is said at the end of a run whose log could not be written to its end; wrapped where a width is given. */
export function auditFailureText({ message, code, hints }: PvevmError, theme: Theme, width?: number): string {
  const label = 'error:';
  const [first = '', ...others] = messageLines(
    { message: sanitizeLine(message), code },
    theme,
    width === undefined ? undefined : width - label.length - 1,
  );
  const told = [UNWRITTEN, ...hints].flatMap((text) => (width === undefined ? [text] : wrapText(text, width - 2)));
  return [`${theme.error(label)} ${first}`, ...others, ...told.map((line) => `  ${line}`)].join('\n');
}
