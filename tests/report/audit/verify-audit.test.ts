import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_HEAD, sealRecord } from '../../../src/report/audit/audit-line.ts';
import type { AuditEntry } from '../../../src/report/audit/audit-record.ts';
import { verifyAudit } from '../../../src/report/audit/verify-audit.ts';

const COUNT = 12;

function entryOf(number: number, run = `run-${number % 3}`, resource: `vm/${string}` = 'vm/web-01'): AuditEntry {
  const of = { number, resource, step: `${resource}#1` };
  return {
    time: '2026-08-27T10:00:00.000Z',
    run,
    type: 'request',
    ...of,
    method: 'PUT',
    path: '/x',
    params: { description: 'wörld 你好' },
  };
}

/** A record of another run, which says of a line that it was not written whole. */
function tornAt(number: number, bytes: number, lineSha256: string): AuditEntry {
  return { time: '2026-08-27T10:00:00.000Z', run: 'run-9', type: 'torn', line: number, bytes, lineSha256 };
}

/** A whole log of some lines, each with its newline. */
function logOf(count: number): readonly string[] {
  let head = FIRST_HEAD;
  return Array.from({ length: count }, (_, index) => {
    const { text, hash } = sealRecord({ seq: index + 1, previous: head }, entryOf(index + 1));
    head = hash;
    return text;
  });
}

const LOG = logOf(COUNT);
const hashOf = (text = ''): string => /"sha256":"([0-9a-f]{64})"\}/.exec(text)?.[1] ?? '';
const bytesOf = (lines: readonly string[]): Buffer => Buffer.from(lines.join(''));
const problemsOf = (lines: readonly string[]) =>
  verifyAudit(bytesOf(lines)).problems.map(({ line, type }) => [line, type]);
const line = fc.integer({ min: 1, max: COUNT });

describe('the verification of an audit log', () => {
  it('finds nothing in a whole one, and gives its head', () => {
    const { head, problems, lines, runs } = verifyAudit(bytesOf(LOG));
    expect({ problems, lines, runs }).toEqual({ problems: [], lines: COUNT, runs: 3 });
    expect(LOG.at(-1)).toContain(`"sha256":"${head}"`);
    expect(verifyAudit(Buffer.alloc(0))).toMatchObject({ lines: 0, head: FIRST_HEAD, problems: [] });
  });

  it('finds and locates any byte that was changed', () => {
    const bytes = bytesOf(LOG);
    const place = fc.integer({ min: 0, max: bytes.length - 1 });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const changed = Buffer.from(bytes);
        changed[at] = ((bytes[at] ?? 0) + difference) % 256;
        const number = bytes.subarray(0, at).toString('latin1').split('\n').length;
        const [first] = verifyAudit(changed).problems;
        expect(first?.line).toBe(number);
        expect(['changed', 'torn']).toContain(first?.type);
      }),
      { numRuns: 400, examples: [[bytes.length - 1, 3]] },
    );
  });

  it('finds and locates any byte that was added or taken away', () => {
    const bytes = bytesOf(LOG);
    const place = fc.integer({ min: 0, max: bytes.length - 1 });
    fc.assert(
      fc.property(place, fc.option(fc.integer({ min: 0, max: 255 })), (at, added) => {
        const middle = added === null ? Buffer.alloc(0) : Buffer.from([added]);
        const after = bytes.subarray(added === null ? at + 1 : at);
        const changed = Buffer.concat([bytes.subarray(0, at), middle, after]);
        fc.pre(!changed.equals(bytes));
        const number = bytes.subarray(0, at).toString('latin1').split('\n').length;
        const lines = verifyAudit(changed).problems.map((problem) => problem.line);
        expect(lines[0]).toBe(number);
      }),
      { numRuns: 400 },
    );
  });

  it('finds and locates a line that was removed, unless it was the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: COUNT - 1 }), (number) => {
        const { problems } = verifyAudit(bytesOf(LOG.toSpliced(number - 1, 1)));
        expect(problems).toMatchObject([
          { line: number, type: 'removed', text: `before it record ${number} is missing` },
        ]);
      }),
    );
    expect(verifyAudit(bytesOf(LOG.toSpliced(2, 3))).problems[0]?.text).toBe('before it records 3 to 5 are missing');
  });

  it('finds and locates a line that was copied to another place', () => {
    fc.assert(
      fc.property(line, line, (from, to) => {
        // A copy right behind a line is the same as one right before it.
        const copied = LOG.toSpliced(to, 0, LOG[from - 1] as string);
        const expected = to >= from ? to + 1 : from + 1;
        const lines = verifyAudit(bytesOf(copied)).problems.map((problem) => problem.line);
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.some((found) => found === expected || found === to + 1)).toBe(true);
      }),
    );
  });

  it('finds a line that stands in another place', () => {
    fc.assert(
      fc.property(line, line, (from, to) => {
        fc.pre(from !== to);
        const moved = LOG.toSpliced(from - 1, 1).toSpliced(to - 1, 0, LOG[from - 1] as string);
        const found = problemsOf(moved);
        expect(found[0]?.[1]).toBe('reordered');
        expect(found[0]?.[0]).toBe(Math.min(from, to));
      }),
    );
  });

  it('finds a record that somebody has made up, though its own hash is right', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: COUNT - 2 }), fc.constantFrom('run-0', 'stranger'), (after, run) => {
        const previous = /"sha256":"([0-9a-f]{64})"/.exec(LOG[after - 1] as string)?.[1] as string;
        const { text } = sealRecord({ seq: after + 1, previous }, entryOf(99, run, 'vm/other'));
        expect(problemsOf(LOG.toSpliced(after, 0, text))).toEqual([[after + 1, 'inserted']]);
      }),
    );
  });

  it('finds a record that somebody has rewritten with a hash of its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: COUNT - 1 }), (number) => {
        const previous = /"sha256":"([0-9a-f]{64})"/.exec(LOG[number - 2] as string)?.[1] as string;
        const { text } = sealRecord({ seq: number, previous }, entryOf(number, `run-${number % 3}`, 'vm/other'));
        expect(problemsOf(LOG.with(number - 1, text))).toEqual([[number, 'changed']]);
      }),
    );
  });

  it('takes a record for what it is that was written while another run wrote', () => {
    const [first = '', second = ''] = LOG;
    const previous = /"sha256":"([0-9a-f]{64})"/.exec(first)?.[1] as string;
    const raced = sealRecord({ seq: 2, previous }, entryOf(2, 'run-7'));
    expect(problemsOf([first, second, raced.text])).toEqual([]);
    const { head } = verifyAudit(bytesOf([first, second, raced.text]));
    const next = sealRecord({ seq: 4, previous: head }, entryOf(4));
    expect(problemsOf([first, second, raced.text, next.text])).toEqual([]);
    expect(problemsOf([first, second, next.text])).toEqual([[3, 'removed']]);
    expect(problemsOf([first, raced.text, next.text])).toEqual([[3, 'removed']]);
  });

  it('misses lines that were cut off at the end only with a head that was kept', () => {
    const { head } = verifyAudit(bytesOf(LOG));
    const cut = bytesOf(LOG.slice(0, -2));
    expect(verifyAudit(cut).problems).toEqual([]);
    expect(verifyAudit(cut, head).problems).toMatchObject([{ line: COUNT - 2, type: 'head' }]);
    const earlier = verifyAudit(cut).head;
    expect(verifyAudit(bytesOf(LOG), earlier)).toMatchObject({
      problems: [],
      notes: expect.arrayContaining([`the head that was given is that of line ${COUNT - 2}; 2 lines came later`]),
    });
  });

  it('survives lines whose hash is right and which are no JSON', () => {
    const text = `{"formatVersion":"1.0","seq":1,"previous":"${FIRST_HEAD}",nonsense`;
    const hash = createHash('sha256').update(`${text}}`).digest('hex');
    expect(problemsOf([`${text},"sha256":"${hash}"}\n`])).toEqual([[1, 'changed']]);
  });

  it('finds a record that was rewritten before one that another run wrote at the same moment', () => {
    const [first = '', second = ''] = LOG;
    const raced = sealRecord({ seq: 2, previous: hashOf(first) }, entryOf(2, 'run-7'));
    const { head } = verifyAudit(bytesOf([first, second, raced.text]));
    const next = sealRecord({ seq: 4, previous: head }, entryOf(4));
    const rewritten = sealRecord({ seq: 2, previous: hashOf(first) }, entryOf(2, 'run-2', 'vm/other'));
    expect(problemsOf([first, second, raced.text, next.text])).toEqual([]);
    expect(problemsOf([first, rewritten.text, raced.text, next.text])).not.toEqual([]);
  });

  it('finds a record that somebody has made up in the name of the run, up to the last line', () => {
    let head = FIRST_HEAD;
    const ofOneRun = Array.from({ length: COUNT }, (_, index) => {
      const { text, hash } = sealRecord({ seq: index + 1, previous: head }, entryOf(index + 1, 'run-0'));
      head = hash;
      return text;
    });
    for (let after = 1; after < COUNT; after += 1) {
      const place = { seq: after + 1, previous: hashOf(ofOneRun[after - 1]) };
      const { text } = sealRecord(place, entryOf(99, 'run-0', 'vm/other'));
      expect(problemsOf(ofOneRun.toSpliced(after, 0, text))).toEqual([[after + 1, 'inserted']]);
    }
  });

  it('finds each place where there are several, whatever stands before them', () => {
    const changed = (LOG[2] ?? '').replace('vm/web-01', 'vm/web-09');
    const rewritten = sealRecord({ seq: 8, previous: hashOf(LOG[6]) }, entryOf(8, 'run-2', 'vm/other'));
    for (const line of [changed, 'no record\n']) expect(problemsOf(LOG.with(2, line))).toEqual([[3, 'changed']]);
    expect(problemsOf([...LOG.slice(0, 2), ...LOG.slice(4, 8), LOG[2] ?? '', LOG[3] ?? '', ...LOG.slice(8)])).toEqual([
      [3, 'reordered'],
    ]);
    expect(problemsOf(LOG.with(2, changed).with(7, rewritten.text))).toEqual([
      [3, 'changed'],
      [8, 'changed'],
    ]);
    expect(problemsOf(LOG.with(2, changed).toSpliced(3, 1))).toEqual([
      [3, 'changed'],
      [4, 'removed'],
    ]);
  });

  it('takes no line for a torn one because a later record says so: it has to be none, and in that place', () => {
    const last = { seq: COUNT + 1, previous: hashOf(LOG.at(-1)) };
    const changed = (LOG[4] ?? '').replace('vm/web-01', 'vm/web-09');
    const lie = sealRecord(last, tornAt(5, changed.trimEnd().length, hashOf(LOG[4])));
    expect(problemsOf([...LOG.with(4, changed), lie.text])).toEqual([[5, 'changed']]);
    const part = '{"formatVersion":"1.0","seq":';
    const ofPart = createHash('sha256').update(part).digest('hex');
    const torn = `${part}\n`;
    const { head } = verifyAudit(bytesOf([...LOG, torn]));
    const told = sealRecord({ seq: COUNT + 2, previous: head }, tornAt(COUNT + 1, part.length, ofPart));
    expect(problemsOf([...LOG, torn, told.text])).toEqual([]);
    expect(problemsOf([...LOG, torn, told.text, torn])).toEqual([[COUNT + 3, 'changed']]);
  });
});
