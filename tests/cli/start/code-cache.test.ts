import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCodeCache } from '../../../src/cli/start/code-cache.ts';

const code = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7) % 256));

describe.skipIf(process.getuid === undefined)('the cache of compiled code', () => {
  let home = '';
  const folder = () => join(home, '.cache/pvevm');
  const file = () => join(folder(), readdirSync(folder())[0] ?? '');
  const cacheOf = (script = 'paths-A.cjs', env: NodeJS.ProcessEnv = {}) =>
    createCodeCache(script, { HOME: home, ...env });

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('R-53: gives back what was kept, in a file that nobody else may read', () => {
    expect(cacheOf()?.read()).toBeUndefined();
    cacheOf()?.keep(code);
    expect(cacheOf()?.read()?.equals(code)).toBe(true);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder())).toHaveLength(1);
  });

  it('gives nothing to a script of another build, which takes the file over', () => {
    cacheOf('paths-A.cjs')?.keep(code);
    expect(cacheOf('paths-B.cjs')?.read()).toBeUndefined();
    cacheOf('paths-B.cjs')?.keep(code);
    expect(cacheOf('paths-A.cjs')?.read()).toBeUndefined();
    expect(readdirSync(folder())).toHaveLength(1);
  });

  it('keeps a file for each script', () => {
    cacheOf('paths-A.cjs')?.keep(code);
    cacheOf('documents-A.cjs')?.keep(code);
    expect(cacheOf('paths-A.cjs')?.read()).toBeDefined();
    expect(readdirSync(folder())).toHaveLength(2);
  });

  it.each([
    ['lost a page', (content: Buffer) => content.fill(0, 8192, 12_288)],
    ['lost its end', (content: Buffer) => content.subarray(0, 10_000)],
    ['lost all but its header', (content: Buffer) => content.subarray(0, 128)],
    ['is of zeros', (content: Buffer) => content.fill(0)],
    ['is empty', () => Buffer.alloc(0)],
  ])('gives nothing of a file that %s: V8 would run it', (_, damage) => {
    cacheOf()?.keep(code);
    writeFileSync(file(), damage(readFileSync(file())));
    expect(cacheOf()?.read()).toBeUndefined();
  });

  it('gives nothing of a file in which any one byte has changed', () => {
    cacheOf()?.keep(code);
    const whole = readFileSync(file());
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const damaged = Buffer.from(whole);
        damaged[at] = ((damaged[at] ?? 0) + difference) % 256;
        writeFileSync(file(), damaged);
        expect(cacheOf()?.read()).toBeUndefined();
      }),
    );
    writeFileSync(file(), whole);
    expect(cacheOf()?.read()?.equals(code)).toBe(true);
  });

  it('does not read what others can write', () => {
    cacheOf()?.keep(code);
    chmodSync(file(), 0o620);
    expect(cacheOf()?.read()).toBeUndefined();
    chmodSync(file(), 0o600);
    expect(cacheOf()?.read()).toBeDefined();
  });

  it('does not write where others can', () => {
    mkdirSync(folder(), { recursive: true });
    chmodSync(folder(), 0o777);
    cacheOf()?.keep(code);
    expect(readdirSync(folder())).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('does not leave files of root in the home of somebody else', async () => {
    const { chownSync } = await import('node:fs');
    chownSync(home, 12_345, 12_345);
    cacheOf()?.keep(code);
    expect(readdirSync(home)).toEqual([]);
  });

  it('goes to XDG_CACHE_HOME where that is set, and there', () => {
    const cache = join(home, 'cache');
    cacheOf('a.cjs', { XDG_CACHE_HOME: cache })?.keep(code);
    expect(existsSync(cache)).toBe(false);
    mkdirSync(cache);
    cacheOf('a.cjs', { XDG_CACHE_HOME: cache })?.keep(code);
    expect(readdirSync(cache)).toEqual(['pvevm']);
    expect(existsSync(join(home, '.cache'))).toBe(false);
  });

  it('is none where Node is told to keep none, and where there is no home', () => {
    expect(cacheOf('a.cjs', { NODE_DISABLE_COMPILE_CACHE: '1' })).toBeUndefined();
    expect(createCodeCache('a.cjs', {})).toBeUndefined();
    expect(createCodeCache('a.cjs', { HOME: 'relative' })).toBeUndefined();
    expect(cacheOf('a.cjs', { NODE_DISABLE_COMPILE_CACHE: '' })).toBeDefined();
  });

  it.skipIf(!existsSync('/proc/self'))('ends, and says nothing, where no folder can be made', () => {
    expect(() => createCodeCache('a.cjs', { HOME: '/proc' })?.keep(code)).not.toThrow();
  });

  it('says nothing of a home that is a file', () => {
    const blocked = join(home, 'file');
    writeFileSync(blocked, '');
    expect(() => createCodeCache('a.cjs', { HOME: blocked })?.keep(code)).not.toThrow();
  });
});
