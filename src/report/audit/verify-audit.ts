import { type AuditLine, FIRST_HEAD, isIntact, nextHead, readLine, recordOf, splitLines } from './audit-line.ts';

/** One place at which an audit log is not as it was written. */
export interface AuditProblem {
  /** From 1 on. */
  readonly line: number;
  readonly type: 'changed' | 'removed' | 'inserted' | 'reordered' | 'torn' | 'head';
  readonly text: string;
}

/** What the verification of an audit log came to. */
export interface AuditVerdict {
  readonly lines: number;
  readonly runs: number;
  /** The head after the last line. Who keeps it elsewhere finds out when the end is cut off later. */
  readonly head: string;
  readonly problems: readonly AuditProblem[];
  /** What is no fault of the log, but should be known. */
  readonly notes: readonly string[];
}

interface Accepted {
  readonly line: number;
  readonly hash: string;
  readonly previous: string;
}

/** The state of a walk through the lines. */
interface Walk {
  readonly lines: readonly AuditLine[];
  readonly problems: AuditProblem[];
  readonly accepted: Accepted[];
  /** The number of the line that each intact record was first seen in. */
  readonly seen: Map<string, number>;
  /** The heads after so many lines. */
  readonly heads: Map<number, string>;
  /** The last `seq` of each run. */
  readonly lastOf: Map<string, number>;
  /** Records that were found to stand too late. */
  readonly late: Set<string>;
  seq: number;
  head: string;
  /** The head over all the lines before, right or wrong: a run that comes later goes on from that one. */
  written: string;
  /** Whether the line before is known to be wrong, so that the head cannot be judged. */
  isLost: boolean;
}

function accept(walk: Walk, index: number, { hash, place }: AuditLine, head: string): void {
  walk.accepted.push({ line: index + 1, hash, previous: place?.previous ?? '' });
  walk.heads.set(walk.seq, head);
  walk.head = head;
  walk.seq += 1;
  walk.isLost = false;
}

/** Whether the line after this one goes on as if this one were not there. */
function isSkippedByNext({ lines, seq, head }: Walk, index: number): boolean {
  const next = lines[index + 1];
  return next?.place?.seq === seq && next.place.previous === head && isIntact(next);
}

function takeBroken(walk: Walk, index: number, line: AuditLine): void {
  if (isSkippedByNext(walk, index)) {
    walk.problems.push({ line: index + 1, type: 'inserted', text: 'it is not part of the chain' });
    return;
  }
  const text = line.place === undefined ? 'it is no record' : 'its content is not what its hash was made from';
  walk.problems.push({ line: index + 1, type: 'changed', text });
  accept(walk, index, line, line.place === undefined ? nextHead(walk.head, line) : line.hash);
  walk.isLost = true;
}

/** A record before which others are missing: removed, or found further on. */
function takeEarly(walk: Walk, index: number, line: AuditLine, seq: number): void {
  const later = walk.lines.flatMap((other, at) => {
    const isMissing = other.place !== undefined && other.place.seq >= walk.seq && other.place.seq < seq;
    return at > index && isMissing && isIntact(other) ? [{ hash: other.hash, line: at + 1, seq: other.place.seq }] : [];
  });
  for (const { hash } of later) walk.late.add(hash);
  const [first] = later;
  const missing = seq - walk.seq;
  walk.problems.push(
    first === undefined
      ? {
          ...{ line: index + 1, type: 'removed' },
          text: `before it ${missing === 1 ? `record ${walk.seq} is` : `records ${walk.seq} to ${seq - 1} are`} missing`,
        }
      : {
          ...{ line: index + 1, type: 'reordered' },
          text: `it is record ${seq}, and record ${first.seq} stands in line ${first.line}`,
        },
  );
  walk.seq = seq;
  walk.heads.set(seq - 1, line.place?.previous ?? '');
  accept(walk, index, line, line.hash);
}

/** The accepted lines that this record, by what it says of the line before it, knows nothing of. */
function intruders({ accepted }: Walk, previous: string): readonly number[] | undefined {
  const before = accepted.findLast(({ hash }) => hash === previous);
  if (before === undefined) return undefined;
  const start = accepted.findLastIndex(({ hash }) => hash === before.previous);
  return accepted.slice(start + 1).flatMap(({ hash, line }) => (hash === previous ? [] : [line]));
}

function takeLate(walk: Walk, index: number, line: AuditLine, seq: number, previous: string, run: string): void {
  const isRaced = walk.heads.get(seq - 1) === previous && (walk.lastOf.get(run) ?? 0) < seq;
  const strangers = isRaced && seq < walk.seq ? [] : intruders(walk, previous);
  if (isRaced && seq < walk.seq) accept(walk, index, line, nextHead(walk.head, line));
  else if (strangers !== undefined && strangers.length > 0) {
    for (const stranger of strangers)
      walk.problems.push({ line: stranger, type: 'inserted', text: 'the records after it do not know of it' });
    walk.seq = seq;
    accept(walk, index, line, line.hash);
  } else if (seq === walk.seq) {
    walk.problems.push({
      ...{ line: Math.max(index, 1), type: 'changed' },
      text: index === 0 ? 'it does not begin a chain' : 'the record after it was made for another one',
    });
    accept(walk, index, line, line.hash);
  } else walk.problems.push({ line: index + 1, type: 'inserted', text: `record ${seq} does not belong here` });
}

function takeRecord(walk: Walk, index: number, line: AuditLine, place: NonNullable<AuditLine['place']>): void {
  const { seq, previous } = place;
  const copied = walk.seen.get(line.hash);
  if (copied !== undefined) {
    walk.problems.push({ line: index + 1, type: 'inserted', text: `it is a copy of line ${copied}` });
    return;
  }
  walk.seen.set(line.hash, index + 1);
  // Its place was reported where it is missing.
  if (walk.late.has(line.hash)) return;
  const { run } = recordOf(line);
  // A line that is known to be wrong may stand for several, or be a part of one.
  const goesOn =
    (walk.isLost ? seq <= walk.seq || previous === walk.head : seq === walk.seq && previous === walk.head) ||
    // It was made after what is wrong with the log, which was told where it stands.
    (seq === index + 1 && previous === walk.written);
  if (goesOn) {
    walk.seq = seq;
    accept(walk, index, line, line.hash);
  } else if (seq > walk.seq) takeEarly(walk, index, line, seq);
  else takeLate(walk, index, line, seq, previous, run);
  walk.lastOf.set(run, seq);
}

/** The lines that later records say were not written whole, by number and hash. */
function explainedLines(lines: readonly AuditLine[]): ReadonlySet<string> {
  return new Set(
    lines.flatMap((line) => {
      const record = isIntact(line) ? recordOf(line) : undefined;
      return record?.type === 'torn' ? [`${record.line} ${record.lineSha256}`] : [];
    }),
  );
}

function unfinishedRuns(lines: readonly AuditLine[]): readonly string[] {
  const records = lines.filter(isIntact).map(recordOf);
  const ended = new Set(
    records.flatMap((record) => (record.type === 'event' && record.event.type === 'run.finished' ? [record.run] : [])),
  );
  return [...new Set(records.map(({ run }) => run))]
    .filter((run) => !ended.has(run))
    .map((run) => `run ${run} has no end: it was killed, could not write, or still runs`);
}

/** Compares a log with a head that was kept elsewhere. */
function checkHead({ heads, lines, problems }: Walk, head: string, notes: string[]): void {
  const at = [...heads].find(([, value]) => value === head)?.[0];
  if (at === undefined) {
    const text = 'no line comes to the head that was given: the end was cut off or rewritten';
    problems.push({ line: lines.length, type: 'head', text });
  } else if (at < lines.length) {
    const added = lines.length - at;
    notes.push(
      `the head that was given is that of line ${at}; ${added} ${added === 1 ? 'line came' : 'lines came'} later`,
    );
  }
}

/**
 * Verifies the chain of an audit log: finds each line that was changed, removed, inserted or moved, and one that was not
 * written whole. Lines that were cut off at the end are missed only where `head`, kept from before, says what was there.
 */
export function verifyAudit(bytes: Buffer, head?: string): AuditVerdict {
  const { lines: whole, rest } = splitLines(bytes);
  const lines = [...whole, ...(rest.length === 0 ? [] : [rest])].map(readLine);
  const explained = explainedLines(lines);
  const notes: string[] = [];
  const walk: Walk = {
    ...{ lines, problems: [], accepted: [], seen: new Map(), heads: new Map([[0, FIRST_HEAD]]), lastOf: new Map() },
    ...{ late: new Set<string>(), seq: 1, head: FIRST_HEAD, written: FIRST_HEAD, isLost: false },
  };
  for (const [index, line] of lines.entries()) {
    if (index === whole.length) {
      const text = 'it was not written whole: the run was killed there, or the disk was full';
      walk.problems.push({ line: index + 1, type: 'torn', text });
    } else if (explained.has(`${walk.seq} ${line.hash}`) && line.place === undefined) {
      notes.push(`line ${index + 1} was not written whole, and the next run has recorded that`);
      accept(walk, index, line, nextHead(walk.head, line));
    } else if (line.place === undefined || !isIntact(line)) takeBroken(walk, index, line);
    else takeRecord(walk, index, line, line.place);
    walk.written = nextHead(walk.written, line);
  }
  if (head !== undefined) checkHead(walk, head, notes);
  notes.push(...unfinishedRuns(lines));
  const runs = new Set(lines.filter(isIntact).map((line) => recordOf(line).run)).size;
  const problems = walk.problems.toSorted((left, right) => left.line - right.line);
  return { lines: lines.length, runs, head: walk.head, problems, notes };
}
