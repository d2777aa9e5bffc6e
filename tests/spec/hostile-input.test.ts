import { symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { loadFiles } from './load-text.ts';

const DOCUMENT = 'kind: vm\nname: web-01\n';

/** The first line that validate says of these bytes. */
async function refused(bytes: string | Uint8Array, file = 'vm.yaml'): Promise<string> {
  const { code, stdout, stderr } = await runCli(['validate', file], { files: { [file]: bytes } });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  return stderr.split('\n', 1)[0] ?? '';
}

async function taken(bytes: string | Uint8Array): Promise<void> {
  const run = await runCli(['validate', 'vm.yaml'], { files: { 'vm.yaml': bytes } });
  expect(run).toEqual({ code: 0, stdout: '1 document valid\n', stderr: '' });
}

describe('R-51: keys that belong to every object are keys like any other:', () => {
  it.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'])('%s', async (key) => {
    expect(await refused(`${DOCUMENT}${key}: { polluted: true }\n`)).toBe(
      'vm.yaml:3:1: error: unknown key [PVEVM-SPEC-INVALID]',
    );
    expect(await refused(`${DOCUMENT}disks: { ${key}: {} }\n`)).toBe(
      'vm.yaml:3:10: error: unknown slot [PVEVM-SPEC-INVALID]',
    );
    expect(await refused(`${DOCUMENT}cpu: { ${key}: 1 }\n`)).toBe(
      'vm.yaml:3:8: error: unknown key [PVEVM-SPEC-INVALID]',
    );
    expect(await refused(`${DOCUMENT}ignore: [${key}]\n`)).toBe(
      'vm.yaml:3:10: error: unknown path [PVEVM-SPEC-INVALID]',
    );
    expect(await refused(`${DOCUMENT}power: ${key}\n`)).toBe('vm.yaml:3:8: error: unknown value [PVEVM-SPEC-INVALID]');
    expect(await refused(`kind: ${key}\nname: web-01\n`)).toBe('vm.yaml:1:7: error: unknown kind [PVEVM-SPEC-INVALID]');
  });

  it.each([
    ['plain', '__proto__'],
    ['in quotes', '"__proto__"'],
    ['escaped', '"\\x5f_proto__"'],
    ['as an explicit key', '? __proto__\n'],
  ])('__proto__ %s, which is no key at all', async (_how, key) => {
    const entry = `${key}: { polluted: true }\n`;
    expect(await refused(`${DOCUMENT}${entry}`)).toMatch(
      /^vm\.yaml:3:\d: error: key not allowed \[PVEVM-SPEC-[A-Z]+\]$/,
    );
    expect(await refused(`kind: project\n${entry}`, 'pvevm.yaml')).toMatch(
      /^pvevm\.yaml:2:\d: error: key not allowed \[PVEVM-SPEC-[A-Z]+\]$/,
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('in the defaults of a project', async () => {
    for (const key of ['constructor', 'toString']) {
      expect(await refused(`kind: project\ndefaults: { ${key}: {} }\n`, 'pvevm.yaml')).toBe(
        'pvevm.yaml:2:13: error: unknown key [PVEVM-SPEC-INVALID]',
      );
    }
  });
});

describe('R-51: encodings and ends of lines', () => {
  it.each([
    ['with a byte order mark', `\ufeff${DOCUMENT}`],
    ['with CRLF', DOCUMENT.replaceAll('\n', '\r\n')],
    ['with both', `\ufeff${DOCUMENT.replaceAll('\n', '\r\n')}`],
    ['without an end of the last line', DOCUMENT.trimEnd()],
    ['with an end mark', `${DOCUMENT}...\n`],
    ['with blank lines and trailing spaces', `\n\n  \n${DOCUMENT.replaceAll('\n', '   \n')}\n\n`],
  ])('%s are taken', async (_what, text) => {
    await taken(text);
  });

  it('CRLF does not get into values, nor into the shape of a text', async () => {
    const text = `${DOCUMENT}description: |\n  first\n  second\nnode: pve1\n`;
    const [unix, windows] = await Promise.all(
      [text, text.replaceAll('\n', '\r\n')].map(async (content) => loadFiles({ 'vm.yaml': content })),
    );
    expect(windows?.diagnostics).toEqual([]);
    expect(windows?.resources[0]?.spec).toEqual(unix?.resources[0]?.spec);
    expect(windows?.resources[0]?.spec['node']).toBe('pve1');
  });

  it('the place of an error is the same with CRLF and a byte order mark', async () => {
    const text = `${DOCUMENT}cpu:\n  coers: 4\n`;
    for (const variant of [text, text.replaceAll('\n', '\r\n'), `\ufeff${text}`]) {
      expect(await refused(variant)).toBe('vm.yaml:4:3: error: unknown key [PVEVM-SPEC-INVALID]');
    }
  });

  it.each([
    [
      'UTF-16 with a mark, little-endian',
      Buffer.from(`\ufeff${DOCUMENT}`, 'utf16le'),
      'vm.yaml:1:1: error: not UTF-8 [PVEVM-SPEC-FILE]',
    ],
    [
      'UTF-16 with a mark, big-endian',
      Buffer.from(`\ufeff${DOCUMENT}`, 'utf16le').swap16(),
      'vm.yaml:1:1: error: not UTF-8 [PVEVM-SPEC-FILE]',
    ],
    ['UTF-16 without a mark', Buffer.from(DOCUMENT, 'utf16le'), 'vm.yaml:1:1: error: not UTF-8 [PVEVM-SPEC-FILE]'],
    [
      'a NUL byte in the middle',
      Buffer.from(`${DOCUMENT}node: pv\u0000e1\n`),
      'vm.yaml:1:1: error: not a text file [PVEVM-SPEC-FILE]',
    ],
    [
      'latin-1',
      Buffer.from(`${DOCUMENT}node: pv\u00e9\n`, 'latin1'),
      'vm.yaml:3:9: error: not UTF-8 [PVEVM-SPEC-FILE]',
    ],
    [
      'an overlong slash',
      Buffer.from([...Buffer.from(DOCUMENT), 0xc0, 0xaf]),
      'vm.yaml:3:1: error: not UTF-8 [PVEVM-SPEC-FILE]',
    ],
    [
      'half a surrogate pair',
      Buffer.from([...Buffer.from(DOCUMENT), 0xed, 0xa0, 0x80]),
      'vm.yaml:3:1: error: not UTF-8 [PVEVM-SPEC-FILE]',
    ],
    [
      'a cut character at the end',
      Buffer.from([...Buffer.from(DOCUMENT), 0xf0, 0x9f]),
      'vm.yaml:3:1: error: not UTF-8 [PVEVM-SPEC-FILE]',
    ],
    ['a byte order mark alone', Buffer.from('\ufeff'), 'vm.yaml:1:1: error: empty file [PVEVM-SPEC-FILE]'],
    ['spaces alone', Buffer.from('  \n\t\n'), 'vm.yaml:1:1: error: empty file [PVEVM-SPEC-FILE]'],
  ])('%s is refused', async (_what, bytes, line) => {
    expect(await refused(bytes)).toBe(line);
  });

  it('a byte order mark between two documents is refused, or no part of them', async () => {
    const { resources, diagnostics } = await loadFiles({ 'vm.yaml': `${DOCUMENT}---\n\ufeffkind: vm\nname: web-02\n` });
    expect(diagnostics.length + resources.length).toBeGreaterThan(1);
    for (const { range } of diagnostics) expect(range?.line).toBeGreaterThan(2);
  });
});

describe('R-51: tricks of YAML', () => {
  it.each([
    [
      'an alias of a whole document',
      `${DOCUMENT}disks: &d\n  scsi0: {}\nnetwork: *d\n`,
      'vm.yaml:4:3: error: anchor or alias [PVEVM-SPEC-SYNTAX]',
    ],
    ['an alias as a key', `&k kind: vm\n*k : x\n`, 'vm.yaml:1:4: error: anchor or alias [PVEVM-SPEC-SYNTAX]'],
    ['an alias of itself', `${DOCUMENT}tags: &t [*t]\n`, 'vm.yaml:3:10: error: anchor or alias [PVEVM-SPEC-SYNTAX]'],
    [
      'a merge of a list of maps',
      `${DOCUMENT}<<: [{ node: a }, { node: b }]\n`,
      'vm.yaml:3:1: error: key not allowed [PVEVM-SPEC-SYNTAX]',
    ],
    [
      'a merge key in quotes',
      `${DOCUMENT}"<<": { node: a }\n`,
      'vm.yaml:3:1: error: key not allowed [PVEVM-SPEC-SYNTAX]',
    ],
    [
      'a tag of binary data',
      `${DOCUMENT}description: !!binary aGVsbG8=\n`,
      'vm.yaml:3:14: error: unknown tag [PVEVM-SPEC-SYNTAX]',
    ],
    [
      'a tag of a language',
      `${DOCUMENT}node: !!js/function x\n`,
      'vm.yaml:3:7: error: unknown tag [PVEVM-SPEC-SYNTAX]',
    ],
    [
      'a directive',
      `%TAG ! tag:example.test,2026:\n---\n${DOCUMENT}`,
      'vm.yaml:1:1: error: directive [PVEVM-SPEC-SYNTAX]',
    ],
    ['infinity', `${DOCUMENT}cpu: { limit: .inf }\n`, 'vm.yaml:3:15: error: '],
    ['no number', `${DOCUMENT}cpu: { limit: .nan }\n`, 'vm.yaml:3:15: error: '],
    ['a number beyond all numbers', `${DOCUMENT}cpu: { limit: 1e999 }\n`, 'vm.yaml:3:15: error: '],
    ['a key without end', `${DOCUMENT}${'k'.repeat(2000)}: 1\n`, 'vm.yaml:3:1: error: '],
    ['a key that is null', `${DOCUMENT}~: 1\n`, 'vm.yaml:3:1: error: '],
    ['a key that is empty', `${DOCUMENT}"": 1\n`, 'vm.yaml:3:1: error: unknown key [PVEVM-SPEC-INVALID]'],
  ])('%s is refused', async (_what, text, start) => {
    expect((await refused(text)).slice(0, start.length)).toBe(start);
  });

  it('an error far below an alias has its right line', async () => {
    const text = `*akind: ${'vm\nname: kind: '.repeat(62)}vm\nname: web-01\ncpu: { flags: [aes] }\n`;
    const lines = text.split('\n');
    expect(await refused(text)).toBe(`vm.yaml:${lines.length - 1}:15: error: nested too deeply [PVEVM-SPEC-SYNTAX]`);
  });
});

describe('R-51: folders', () => {
  // Windows lets administrators alone make links.
  it.skipIf(process.platform === 'win32')('that link to themselves are read once', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'pvevm-test-'));
    try {
      symlinkSync(cwd, join(cwd, 'again'));
      symlinkSync('nowhere.yaml', join(cwd, 'broken.txt'));
      const run = await runCli(['validate'], { cwd, files: { 'vm.yaml': DOCUMENT } });
      expect(run).toEqual({ code: 0, stdout: '1 document valid\n', stderr: '' });
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  });
});
