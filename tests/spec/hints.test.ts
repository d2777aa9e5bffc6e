import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { complain } from './complain.ts';

const HEAD = 'kind: vm\nname: a\n';

describe('R-17: a mistake in placeholders is met with what was probably meant', () => {
  it.each([
    ['pool: ${vars.x}', 'Did you mean ${var.x}?'],
    ['pool: ${env:X}', 'Its forms are ${env.NAME}'],
    ['pool: ${File:a.txt}', 'Did you mean ${file:a.txt}?'],
    ['description: a-${index:2}', 'Did you mean ${index:02}?'],
    ['description: a-${idx}', 'Its forms are ${env.NAME}'],
    ['pool: ${env.NOT_SET-web}', 'Did you mean ${env.NOT_SET:-web}?'],
    ['kind: ${var.k}', 'kind holds no placeholders'],
    ['disks: { "${var.s}": {} }\nvars: { s: scsi0 }', 'Keys hold no placeholders.'],
    ['vars: { 1a: 1 }\npool: ${var.x}', 'There is no variable x.'],
    ['instances: { from: 9, to: 5 }', 'Write {from: 5, to: 9}.'],
    ['extends: https://example.test/base.yaml', 'A base is a file on this machine'],
  ])('%s', async (line, words) => {
    expect(await complain(line.startsWith('kind') ? `${line}\nname: a\n` : `${HEAD}${line}\n`)).toContain(words);
  });

  it('a name that no placeholder can ask for', async () => {
    const { stderr } = await runCli(['validate'], { files: { 'vm.yaml': `${HEAD}vars: { 1a: 1 }\n` } });
    expect(stderr).toContain('No placeholder can ask for "1a": a name is letters, digits, _ and -');
  });

  it('a variable of the command line that nobody asks for', async () => {
    const files = { 'vm.yaml': `${HEAD}pool: \${var.pool}\nvars: { pool: web }\n` };
    const { stderr } = await runCli(['validate', '--var', 'pol=db'], { files });
    expect(stderr).toContain('no document asks for ${var.pol}. Did you mean pool?');
  });

  it('a file is named by where it was looked for', async () => {
    const files = { 'vm.yaml': `${HEAD}extends: ./bases/b.yaml\n`, 'bases/b.yaml': 'description: ${file:note.txt}\n' };
    expect(await complain(files, ['vm.yaml'])).toContain('bases/note.txt cannot be read. It does not exist.');
  });
});

describe('R-17: a file of variables that is none is the one mistake that is shown', () => {
  it.each([
    ['a list', '- a\n', 'v.yaml:1:1: error: no map of variables [PVEVM-SPEC-INVALID]'],
    ['a text, as of another tool', 'pool = "web"\n', 'v.yaml:1:1: error: no map of variables [PVEVM-SPEC-INVALID]'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'v.yaml:3:1: error: no map of variables [PVEVM-SPEC-INVALID]'],
    ['comments only', '# nothing\n', 'v.yaml:1:1: error: no map of variables [PVEVM-SPEC-INVALID]'],
    ['no YAML', 'a: [\n', 'v.yaml:1:5: error: bracket not closed [PVEVM-SPEC-SYNTAX]'],
  ])('%s', async (_name, text, first) => {
    const files = { 'vm.yaml': `${HEAD}pool: \${var.pool}\n`, 'v.yaml': text };
    const stderr = await complain(files, ['vm.yaml', '--var-file', 'v.yaml']);
    expect(stderr.split('\n', 1)).toEqual([first]);
    expect(stderr).toMatch(/\n1 error\n$/);
  });
});

describe('R-17: what is wrong with files', () => {
  it.each([
    ['a folder in the place of a file', `${HEAD}description: \${file:.}\n`, 'It is a folder.'],
    ['lines that end with carriage returns alone', 'kind: vm\rname: a\r', 'end with carriage returns alone'],
    [
      'a line that is indented too deep',
      'kind: vm\nname: a\ncpu:\n  cores: 2\n   sockets: 1\n',
      'vm.yaml:4:10: error: wrong indentation [PVEVM-SPEC-SYNTAX]\n  The line below is indented deeper',
    ],
    ['two keys in one line', 'kind: vm name: a\n', 'error: two keys in one line [PVEVM-SPEC-SYNTAX]'],
    ['a word in the place of a list', `${HEAD}tags: web\n`, 'tags takes a list; here stands "web". Write [web].'],
  ])('%s', async (_name, text, words) => {
    expect(await complain(text)).toContain(words);
  });

  it('R-51: UTF-16 without a byte order mark', async () => {
    const bytes = Buffer.from(HEAD, 'utf16le');
    for (const encoded of [bytes, Buffer.from(bytes).swap16()])
      expect(await complain({ 'vm.yaml': new Uint8Array(encoded) })).toContain(
        'vm.yaml is encoded as UTF-16, as it seems.',
      );
    expect(await complain({ 'vm.yaml': new Uint8Array([0x41, 0, 0, 0x42, 0]) })).toContain('vm.yaml is a binary file.');
  });

  it('an empty path, as from an unset variable of a shell, is not the current folder', async () => {
    expect(await complain({ 'vm.yaml': HEAD }, [''])).toContain('error: empty path');
  });

  it('a guest in the project file', async () => {
    const stderr = await complain({ 'pvevm.yaml': HEAD, 'vm.yaml': HEAD });
    expect(stderr).toContain('pvevm.yaml:1:7: error: no project [PVEVM-SPEC-INVALID]\n');
    expect(stderr).toMatch(/\n1 error\n$/);
  });

  it.each([
    ['vmid', 'vmid says what is meant by the document'],
    ['instances', 'instances says what is meant by the document'],
    ['name', 'The name says which guest is meant'],
    ['cpu.*', 'No field has the path "cpu.*".'],
  ])('%s in ignore', async (path, words) => {
    expect(await complain(`${HEAD}ignore: ["${path}"]\n`)).toContain(words);
  });
});

describe('what validate counts', () => {
  it.each([
    [{ 'vm.yaml': `${HEAD}instances: 0\n` }, '1 document valid, 0 resources\n'],
    [{ 'vm.yaml': `${HEAD}each: []\n` }, '1 document valid, 0 resources\n'],
    [{ 'vm.yaml': `${HEAD}extends: b.yaml\n`, 'b.yaml': 'kind: vm\n' }, '1 document valid\n'],
  ])('%j', async (files, stdout) => {
    expect(await runCli(['validate'], { files })).toEqual({ code: 0, stdout, stderr: '' });
  });

  it('a project file by itself', async () => {
    const files = { 'pvevm.yaml': 'kind: project\n' };
    expect((await runCli(['validate', 'pvevm.yaml'], { files })).stdout).toBe('pvevm.yaml is valid\n');
  });
});

describe('links', () => {
  it('a file is read once, whatever links lead to it, and a link to nothing is named', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
    try {
      mkdirSync(join(cwd, 'd'));
      writeFileSync(join(cwd, 'd', 'a.yaml'), HEAD);
      symlinkSync('../d', join(cwd, 'd', 'loop'));
      symlinkSync('a.yaml', join(cwd, 'd', 'b.yaml'));
      for (const input of [['d'], ['d/**/*.yaml'], ['d', 'd/loop'], ['d/b.yaml']])
        expect((await runCli(['validate', ...input], { cwd })).stdout).toBe('1 document valid\n');
      symlinkSync('nowhere', join(cwd, 'd', 'c.yaml'));
      const { stderr } = await runCli(['validate', 'd'], { cwd });
      expect(stderr).toContain('d/c.yaml cannot be read. It is a link to what does not exist.');
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});
