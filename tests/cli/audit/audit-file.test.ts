import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditCalls, openAuditFile } from '../../../src/cli/audit/audit-file.ts';
import { sealRecord } from '../../../src/report/audit/audit-line.ts';
import type { AuditEntry } from '../../../src/report/audit/audit-record.ts';
import { verifyAudit } from '../../../src/report/audit/verify-audit.ts';

let folder = '';
let writer = '';
let log = '';

/** A process that appends records of one run; without a count it goes on until it is killed. */
const WRITER = `
  import { openAuditFile } from ${JSON.stringify(join(import.meta.dirname, '../../../src/cli/audit/audit-file.ts'))};
  const [path, run, count] = process.argv.slice(2);
  const file = openAuditFile(path, path);
  process.stdout.write('open\\n');
  for (let number = 1; number <= (count === undefined ? Infinity : Number(count)); number += 1) {
    const entry = { time: new Date(0).toISOString(), run, type: 'request', number, resource: 'vm/a', step: 'vm/a#1' };
    file.append({ ...entry, method: 'PUT', path: '/x', params: { text: 'x'.repeat(number % 9000) } }, number % 8 === 0);
  }
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pvevm-audit-'));
  writer = join(folder, 'writer.mjs');
  await build({
    stdin: { contents: WRITER, resolveDir: import.meta.dirname, loader: 'ts' },
    ...{ outfile: writer, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));
let number = 0;
beforeEach(() => {
  number += 1;
  log = join(folder, `audit-${number}.jsonl`);
});

function entry(run: string, request: number): AuditEntry {
  const of = { number: request, resource: 'vm/a', step: 'vm/a#1' } as const;
  return { time: '2026-08-27T10:00:00.000Z', run, type: 'answer', ...of, outcome: 'ok' };
}

const CALLS: AuditCalls = {
  ...{ write: (descriptor, bytes) => writeSync(descriptor, bytes), sync: () => undefined, pause: () => undefined },
  syncLater: async () => undefined,
};

function append(...entries: readonly AuditEntry[]): void {
  const file = openAuditFile(log, 'audit.jsonl', CALLS);
  try {
    for (const one of entries) file.append(one, false);
  } finally {
    file.close();
  }
}

const verdict = () => verifyAudit(readFileSync(log));

/** Runs a writer; `end` gets the process once it has opened the log. */
function write(run: string, count?: number, end: (kill: () => void) => void = () => undefined): Promise<string | null> {
  return new Promise((resolve) => {
    const argv = [writer, log, run, ...(count === undefined ? [] : [String(count)])];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => end(() => child.kill('SIGKILL')));
    child.on('close', (code, signal) => resolve(signal ?? (code === 0 ? null : `code ${code}`)));
  });
}

describe('the file of an audit log', () => {
  it('is made for its owner alone, and each run goes on with its chain', () => {
    append(entry('run-1', 1), entry('run-1', 2));
    append(entry('run-2', 1));
    expect(statSync(log).mode & 0o777).toBe(0o600);
    expect(verdict()).toMatchObject({ lines: 3, runs: 2, problems: [] });
    const lines = readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(lines[2].previous).toBe(lines[1].sha256);
  });

  it('is left alone where it is something else', () => {
    writeFileSync(log, 'kind: vm\n');
    expect(() => append(entry('run-1', 1))).toThrow(
      expect.objectContaining({ code: 'AUDIT', message: expect.stringContaining('it holds something else') }),
    );
    expect(readFileSync(log, 'utf8')).toBe('kind: vm\n');
    expect(() => openAuditFile(folder, 'there')).toThrow(expect.objectContaining({ code: 'AUDIT' }));
    expect(() => openAuditFile(join(folder, 'no', 'log'), 'no/log')).toThrow(/its folder does not exist/);
    expect(() => openAuditFile('/dev/null', '/dev/null')).toThrow(/it is no file/);
  });

  it('R-23: goes on where the very first line was cut off at any byte', () => {
    append(entry('run-1', 1));
    const whole = readFileSync(log);
    for (let length = 1; length < whole.length - 1; length += 5) {
      writeFileSync(log, whole.subarray(0, length));
      append(entry('run-2', 1));
      expect(verdict(), `${length} bytes`).toMatchObject({ lines: 3, problems: [] });
    }
  });

  // Root may write everywhere.
  it.skipIf(process.getuid?.() === 0)('is refused where it may not be written', () => {
    append(entry('run-1', 1));
    chmodSync(log, 0o400);
    expect(() => append(entry('run-2', 1))).toThrow(/you may not write it/);
  });

  it('says that the disk is full, whether nothing or a part of a record was written', () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const file = openAuditFile(log, 'audit.jsonl', {
      ...CALLS,
      write: () => {
        throw full;
      },
    });
    expect(() => file.append(entry('run-1', 1), true)).toThrow(/the disk is full/);
    const short = openAuditFile(log, 'audit.jsonl', {
      ...CALLS,
      write: (_descriptor, bytes) => {
        appendFileSync(log, bytes.subarray(0, 40));
        return 40;
      },
    });
    expect(() => short.append(entry('run-1', 1), true)).toThrow(/the disk is full/);
    append(entry('run-2', 1));
    expect(verdict()).toMatchObject({
      lines: 3,
      problems: [],
      notes: expect.arrayContaining([expect.stringContaining('line 1 was not written whole')]),
    });
  });

  it('is left alone where it is other JSON', () => {
    for (const text of ['{"kind":"vm"}\n', '{"formatVersion":"2.0","seq":1}\n', '{"formatVersion":1}\n']) {
      writeFileSync(log, text);
      expect(() => append(entry('run-1', 1))).toThrow(/it holds something else/);
      expect(readFileSync(log, 'utf8')).toBe(text);
    }
  });

  it('R-23: a record that was glued to the half line of a run that was killed is written once more', () => {
    let isKilled = false;
    const file = openAuditFile(log, 'audit.jsonl', {
      ...CALLS,
      write: (descriptor, bytes) => {
        if (!isKilled) appendFileSync(log, '{"formatVersion":"1.0","se');
        isKilled = true;
        return writeSync(descriptor, bytes);
      },
    });
    file.append(entry('run-1', 7), false);
    file.close();
    expect(verdict()).toMatchObject({ problems: [], runs: 1 });
    expect(JSON.parse(readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ number: 7 });
  });

  it('waits for what another run is just writing, and does not cut it in two', () => {
    append(entry('run-1', 1), entry('run-1', 2));
    const whole = readFileSync(log);
    writeFileSync(log, whole.subarray(0, -20));
    const end = (): void => {
      if (readFileSync(log).length < whole.length) appendFileSync(log, whole.subarray(-20));
    };
    const file = openAuditFile(log, 'audit.jsonl', { ...CALLS, pause: end });
    file.append(entry('run-2', 1), false);
    file.close();
    expect(verdict()).toMatchObject({ lines: 3, runs: 2, problems: [] });
  });

  it('says of a line that was not written whole that it was not, though others have written behind it', () => {
    const file = openAuditFile(log, 'audit.jsonl', CALLS);
    file.append(entry('run-1', 1), false);
    appendFileSync(log, '{"formatVersion":"1.0","se\n');
    const { head } = verdict();
    const other = sealRecord({ seq: 3, previous: head }, entry('run-2', 1));
    appendFileSync(log, other.text);
    file.append(entry('run-1', 2), false);
    expect(verdict()).toMatchObject({ runs: 2, problems: [], head: file.head() });
    appendFileSync(log, sealRecord({ seq: 6, previous: verdict().head }, entry('run-2', 2)).text);
    expect(file.head()).toBe(verdict().head);
    file.close();
  });

  it('does not call a line torn that somebody has changed: that is for the verification to find', () => {
    append(entry('run-1', 1), entry('run-1', 2), entry('run-1', 3));
    const lines = readFileSync(log, 'utf8').split('\n');
    writeFileSync(log, lines.with(1, 'something else').join('\n'));
    append(entry('run-2', 1));
    expect(verdict().problems[0]).toMatchObject({ line: 2, type: 'changed', text: 'it is no record' });
    expect(readFileSync(log, 'utf8')).not.toContain('"type":"torn"');
  });

  it('R-23: has a durable record on the disk before it goes on, and throws where the disk has failed', () => {
    const happened: string[] = [];
    const file = openAuditFile(log, 'audit.jsonl', {
      ...CALLS,
      write: (descriptor, bytes) => {
        happened.push('written');
        return writeSync(descriptor, bytes);
      },
      sync: () => {
        happened.push('synced');
        if (happened.length > 3) throw Object.assign(new Error('no'), { code: 'EIO' });
      },
    });
    file.append(entry('run-1', 1), false);
    file.append(entry('run-1', 2), true);
    expect(happened).toEqual(['written', 'written', 'synced']);
    expect(() => file.append(entry('run-1', 3), true)).toThrow(/the disk has failed/);
    file.close();
  });

  it('R-53: those who wait for the disk wait together, and nobody with a wait that began before he appended', async () => {
    const ends: (() => void)[] = [];
    const syncLater = (): Promise<void> => new Promise((end) => ends.push(end));
    const file = openAuditFile(log, 'audit.jsonl', { ...CALLS, syncLater });
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const done: number[] = [];
    const wait = (number: number): void => {
      file.append(entry('run-1', number), false);
      void file.sync().then(() => done.push(number));
    };
    wait(1);
    await turn();
    for (const number of [2, 3, 4]) wait(number);
    await turn();
    expect([ends.length, done]).toEqual([1, []]);
    ends[0]?.();
    await turn();
    expect([ends.length, done]).toEqual([2, [1]]);
    wait(5);
    ends[1]?.();
    await turn();
    expect([ends.length, done]).toEqual([3, [1, 2, 3, 4]]);
    ends[2]?.();
    await turn();
    expect(done).toEqual([1, 2, 3, 4, 5]);
    file.close();
  });

  it('says that the disk has failed to each who waits for it, and tries again for the next', async () => {
    let isBroken = true;
    const syncLater = async (): Promise<void> => {
      if (isBroken) throw Object.assign(new Error('no'), { code: 'EIO' });
    };
    const file = openAuditFile(log, 'audit.jsonl', { ...CALLS, syncLater });
    file.append(entry('run-1', 1), false);
    const waits = await Promise.allSettled([file.sync(), file.sync()]);
    for (const wait of waits)
      expect(wait).toMatchObject({
        reason: { code: 'AUDIT', message: expect.stringContaining('the disk has failed') },
      });
    isBroken = false;
    await expect(file.sync()).resolves.toBeUndefined();
    file.close();
  });

  it('R-23: cut off at any byte of its last line, the next run says so and goes on after it', () => {
    append(entry('run-1', 1), entry('run-1', 2));
    const whole = readFileSync(log);
    const start = whole.indexOf(10) + 1;
    for (let length = start + 1; length < whole.length - 1; length += 1) {
      writeFileSync(log, whole.subarray(0, length));
      expect(verdict().problems).toMatchObject([{ line: 2, type: 'torn' }]);
      append(entry('run-2', 1));
      expect(verdict(), `${length} bytes`).toMatchObject({ lines: 4, problems: [] });
      expect(verdict().notes[0]).toContain('line 2 was not written whole');
    }
    // All of the record, and not its newline.
    writeFileSync(log, whole.subarray(0, -1));
    append(entry('run-2', 1));
    expect(verdict()).toMatchObject({ lines: 3, problems: [] });
  });

  it('two processes that write at once leave one chain with all of their records', async () => {
    expect(await Promise.all([write('run-1', 400), write('run-2', 400)])).toEqual([null, null]);
    const { problems, lines, runs } = verdict();
    expect(problems).toEqual([]);
    expect(runs).toBe(2);
    const records = readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toHaveLength(lines);
    for (const run of ['run-1', 'run-2']) {
      const numbers = records
        .filter((record) => record.run === run && record.type === 'request')
        .map((record) => record.number);
      expect(numbers).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    }
  }, 30_000);

  it('R-23: a process killed by SIGKILL while another one writes breaks nothing', async () => {
    const other = write('run-0', 600);
    for (const run of ['run-1', 'run-2', 'run-3']) {
      const signal = await write(run, undefined, (kill) => {
        setTimeout(kill, 20 + 13 * Number(run.slice(-1)));
      });
      expect(signal).toBe('SIGKILL');
    }
    expect(await other).toBe(null);
    append(entry('run-4', 1));
    expect(verdict().problems).toEqual([]);
  }, 30_000);
});

describe('a run that goes on with a log in which something is wrong', () => {
  const lines = (): string[] => readFileSync(log, 'utf8').split(/(?<=\n)/);
  const whatIsWrong = [
    ['a line that is no record', (all: string[]) => all.splice(2, 0, 'nothing\n'), 3],
    ['a line that was changed', (all: string[]) => all.splice(2, 1, (all[2] ?? '').replace('vm/a', 'vm/b')), 3],
    ['a line that was removed', (all: string[]) => all.splice(2, 1), 3],
    ['a copy of a line', (all: string[]) => all.splice(4, 0, all[1] ?? ''), 5],
  ] as const;

  it.each(whatIsWrong)('leaves the blame with %s', (_what, damage, at) => {
    append(...[1, 2, 3, 4, 5].map((request) => entry('first', request)));
    const all = lines();
    damage(all);
    writeFileSync(log, all.join(''));
    const before = verdict().problems.map(({ line }) => line);
    expect(before).toContain(at);
    append(entry('second', 1), entry('second', 2));
    expect(verdict().problems.map(({ line }) => line)).toEqual(before);
  });
});
