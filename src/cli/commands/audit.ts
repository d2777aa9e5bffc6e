import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import { errorName } from '../../core/error-name.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { isIntact, readLine, recordOf, splitLines } from '../../report/audit/audit-line.ts';
import type { AuditRecord } from '../../report/audit/audit-record.ts';
import { formatAuditRecord, formatVerdict } from '../../report/audit/audit-text.ts';
import { verifyAudit } from '../../report/audit/verify-audit.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { displayPath } from '../../spec/source.ts';
import type { GlobalOptions } from '../global-options.ts';
import { expandHome } from '../home.ts';
import type { Io } from '../io.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';

/** The options of `audit verify`. */
export interface AuditVerifyOptions extends GlobalOptions {
  readonly head?: string;
}

/** The options of `audit show`. */
export interface AuditShowOptions extends GlobalOptions {
  readonly run?: string;
  readonly resource?: string;
}

/** A log that is to be read, or that which `PVEVM_AUDIT` names. Throws `USAGE` where there is none, and `CONFIG` where it cannot be read. */
async function readLog(file: string | undefined, { env, cwd }: Io): Promise<{ shown: string; bytes: Buffer }> {
  const { PVEVM_AUDIT: named = '' } = env;
  if (file === undefined && named === '') {
    throw new PvevmError('USAGE', 'no audit log is named', { hints: ['Name its file, or set PVEVM_AUDIT.'] });
  }
  const path = resolve(cwd, file ?? expandHome(named, env));
  const shown = displayPath(path, cwd);
  try {
    return { shown, bytes: await readFile(path) };
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const reason = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'you may not read it' }[code];
    throw new PvevmError('CONFIG', `cannot read the audit log ${shown}${reason === undefined ? '' : `: ${reason}`}`, {
      ...(reason === undefined ? { cause } : {}),
    });
  }
}

/** Verifies an audit log, and says which lines are broken and how. Gives the exit code back: 1 where one is. */
export async function runAuditVerify(file: string | undefined, options: AuditVerifyOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const { head } = options;
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
    throw new PvevmError('USAGE', '--head cannot be that', {
      hints: ['It is 64 hexadecimal digits in small letters, as a run and pvevm audit verify print it.'],
    });
  }
  const { shown, bytes } = await readLog(file, io);
  const verdict = verifyAudit(bytes, head);
  const exit = verdict.problems.length === 0 ? 'ok' : 'error';
  if (options.json === true) {
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit(exit), file: shown, ...verdict });
  } else if (exit === 'ok') output.result(formatVerdict(shown, verdict, output.resultTheme));
  else output.problem(formatVerdict(shown, verdict, output.problemTheme));
  return EXIT_CODES[exit];
}

function addressOf(record: AuditRecord): string | undefined {
  if (record.type === 'request' || record.type === 'answer') return record.resource;
  return record.type === 'event' && 'resource' in record.event ? record.event.resource : undefined;
}

/** The records that are asked for. With an address those of its runs' beginnings are among them. */
function selected(records: readonly AuditRecord[], { run, resource }: AuditShowOptions): readonly AuditRecord[] {
  const ofRun = run === undefined ? records : records.filter((record) => record.run.startsWith(run));
  if (resource === undefined) return ofRun;
  const runs = new Set(ofRun.flatMap((record) => (addressOf(record) === resource ? [record.run] : [])));
  return ofRun.filter((record) =>
    record.type === 'run.opened' ? runs.has(record.run) : addressOf(record) === resource,
  );
}

function showRecords(records: readonly AuditRecord[], options: AuditShowOptions, io: Io): void {
  const output = createOutput(io, options);
  // Runs that write at once have their lines side by side.
  const blocks = [...new Set(records.map(({ run }) => run))].map((run) =>
    records
      .filter((record) => record.run === run)
      .flatMap((record) => formatAuditRecord(record, output.resultTheme, output.resultWidth))
      .join('\n'),
  );
  output.result(blocks.join('\n\n'));
}

/** Prints what an audit log says, run by run; with `--json` the records. Gives the exit code back: 1 where it is broken. */
export async function runAuditShow(file: string | undefined, options: AuditShowOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const { shown, bytes } = await readLog(file, io);
  const { problems } = verifyAudit(bytes);
  const records = selected(splitLines(bytes).lines.map(readLine).filter(isIntact).map(recordOf), options);
  const exit = problems.length === 0 ? 'ok' : 'error';
  if (options.json === true) {
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit(exit), records });
    return EXIT_CODES[exit];
  }
  if (records.length === 0)
    output.message(bytes.length === 0 ? 'The log is empty.' : 'There is no such record in the log.');
  else showRecords(records, options, io);
  if (exit === 'error') {
    const { error } = output.problemTheme;
    output.problem(
      `${error('error:')} ${sanitizeLine(shown)} is broken [${errorName('AUDIT')}]\n  Records that are not as they were written are left out; pvevm audit verify says where.`,
    );
  }
  return EXIT_CODES[exit];
}
