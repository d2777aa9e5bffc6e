import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contextFilePath, readContexts, removeContext, saveContext, useContext } from '../../src/cli/contexts.ts';
import { editContextFile } from '../../src/cli/settings/context-document.ts';
import { PvevmError } from '../../src/core/error.ts';
import { createFakeClock } from '../pve/fake-clock.ts';

const secret = '12345678-1234-1234-1234-123456789abc';
const token = `root@pam!ci=${secret}`;
const windows = process.platform === 'win32';
let home = '';
let env: Readonly<Record<string, string>> = {};
let file = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  env = { HOME: home };
  file = join(home, '.config/pvevm/config.yaml');
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(text: string | Uint8Array, mode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

async function failure(work: () => Promise<unknown>): Promise<PvevmError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof PvevmError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the file of contexts', () => {
  // Windows keeps such files elsewhere.
  it.skipIf(windows)('lies where the environment says', () => {
    expect(contextFilePath(env)).toBe(file);
    expect(contextFilePath({ ...env, XDG_CONFIG_HOME: '/x' })).toBe('/x/pvevm/config.yaml');
    expect(contextFilePath({ ...env, XDG_CONFIG_HOME: 'relative' })).toBe(file);
    expect(() => contextFilePath({})).toThrow('HOME is not set');
  });

  it('need not be there, nor hold anything', async () => {
    expect((await readContexts(env)).contexts.size).toBe(0);
    expect((await readContexts({})).contexts.size).toBe(0);
    for (const text of ['', '\n', '# nothing yet\n', 'contexts:\n', 'contexts: {}\n']) {
      write(text);
      expect((await readContexts(env)).contexts.size).toBe(0);
    }
  });

  it('is read with all that a context can say', async () => {
    write(`current: a
contexts:
  1: { endpoints: [z], username: bob, fingerprints: [AA], insecure: false }
  a: { endpoints: [x, y], token: "${token}", ca: ca.pem }
`);
    const { current, contexts } = await readContexts(env);
    expect(current).toBe('a');
    expect([...contexts]).toEqual([
      ['1', { endpoints: ['z'], username: 'bob', fingerprints: ['AA'], insecure: false }],
      ['a', { endpoints: ['x', 'y'], token, ca: 'ca.pem' }],
    ]);
  });

  // Windows has no file modes.
  it.skipIf(windows)('is refused where others can read it and it holds a token', async () => {
    write(`contexts: { a: { endpoints: [x], token: "${token}" } }`, 0o640);
    const error = await failure(() => readContexts(env));
    expect(error.message).toBe(
      'cannot use the contexts in ~/.config/pvevm/config.yaml: others can read it, and it holds a token',
    );
    expect(error.hints).toEqual(['Run: chmod 600 ~/.config/pvevm/config.yaml']);
    write('contexts: { a: { endpoints: [x], tokenFile: t } }', 0o644);
    expect((await readContexts(env)).contexts.size).toBe(1);
  });

  it.each([
    ['contexts: [', '1:12: bracket not closed', 'editor'],
    [`contexts:\n  a:\n    endpoints: [x]\n    token: "${token}\n`, 'quote not closed', 'editor'],
    [`contexts:\n  a:\n    token: x: ${token}\n`, '3:12: two keys in one line', 'editor'],
    [`${token}\n`, '1:1: no document', 'editor'],
    ['a: 1\n---\nb: 2\n', '3:1: a second document begins here', '---'],
    ['curent: a\n', '1:1: this key is not known', 'Did you mean current?'],
    [`contexts:\n  a: { endpoints: [x], tokn: "${token}" }\n`, '2:24: this key is not known', 'Did you mean token?'],
    [`contexts:\n  a: { endpoints: [x], "${token}": 1 }\n`, '2:24: this key is not known', 'Known are: endpoints'],
    ['current: 1\n', '1:10: current is the name of a context', 'Quote'],
    ['contexts: [a]\n', '1:11: contexts is a map', ''],
    ['contexts: { a: 1 }\n', '1:13: a context is a map of keys', 'endpoints'],
    ['contexts: { a: { endpoints: x, token: y } }\n', '1:29: endpoints is a list of texts', ''],
    ['contexts: { a: { endpoints: [1], token: y } }\n', '1:29: endpoints is a list of texts', ''],
    ['contexts: { a: { endpoints: [x], token: 12345 } }\n', '1:41: token is a text', ''],
    ['contexts: { a: { endpoints: [x], token: y, insecure: 1 } }\n', '1:54: insecure is true or false', ''],
    ['contexts: { a: { token: y } }\n', '1:13: endpoints are missing', 'https://'],
    ['contexts: { a: { endpoints: [x] } }\n', '1:13: a context has one of token, tokenFile and username', 'asked for'],
    ['contexts: { a: { endpoints: [x], token: y, username: z } }\n', '1:13: a context has one of', ''],
    ['contexts: { a: { endpoints: [x], token: y, password: z } }\n', '1:44: this key is not known', ''],
  ])('R-48: names the place of what is wrong in %j, and repeats no value', async (text, reason, hint) => {
    write(text);
    const error = await failure(() => readContexts(env));
    expect(error.code).toBe('CONFIG');
    expect(error.message).toContain('~/.config/pvevm/config.yaml:');
    expect(error.message).toContain(reason);
    expect(error.hints.join('\n')).toContain(hint);
    expect(`${error.stack}${error.hints}${error.details}`).not.toContain('123456789abc');
    expect(error.cause).toBeUndefined();
  });

  it('that is a folder is said to be one', async () => {
    mkdirSync(file, { recursive: true });
    expect((await failure(() => readContexts(env))).message).toBe(
      'cannot read the contexts in ~/.config/pvevm/config.yaml: it is a folder',
    );
  });

  it('that is no text is said to be none', async () => {
    write(new Uint8Array([0xff, 0xfe, 0x00, 0x00]));
    expect((await failure(() => readContexts(env))).code).toBe('CONFIG');
  });
});

describe('saving', () => {
  // Windows has no file modes.
  it.skipIf(windows)('makes a file and a folder that only their owner can read', async () => {
    await saveContext(env, 'a', { endpoints: ['x'], token });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(file))).toEqual(['config.yaml']);
  });

  it('makes the first context the current one, and others with use only', async () => {
    await saveContext(env, 'a', { endpoints: ['x'], token });
    await saveContext(env, 'b', { endpoints: ['y'], username: 'bob' });
    expect((await readContexts(env)).current).toBe('a');
    await saveContext(env, 'c', { endpoints: ['z'], tokenFile: 't' }, { use: true });
    const { current, contexts } = await readContexts(env);
    expect(current).toBe('c');
    expect([...contexts.keys()]).toEqual(['a', 'b', 'c']);
  });

  it('keeps comments and the order of what it does not touch', async () => {
    write(`# my clusters
contexts:
  # at work
  work: { endpoints: [w], username: me } # mine
  home:
    endpoints: # both
      - x
    token: ${token} # until May
    insecure: true
current: work # for now
`);
    await saveContext(env, 'home', { endpoints: ['x', 'y'], token: token.replace('ci', 'new'), fingerprints: ['AA'] });
    await useContext(env, 'home');
    expect(readFileSync(file, 'utf8')).toBe(`# my clusters
contexts:
  # at work
  work: { endpoints: [ w ], username: me } # mine
  home:
    endpoints:
      - x
      - y
    token: ${token.replace('ci', 'new')} # until May
    fingerprints:
      - AA
current: home # for now
`);
  });

  // Windows lets administrators alone make links.
  it.skipIf(windows)('leaves a file that is a link a link', async () => {
    const real = join(home, 'dotfiles.yaml');
    writeFileSync(real, 'contexts: {}\n');
    mkdirSync(dirname(file), { recursive: true });
    symlinkSync(real, file);
    await saveContext(env, 'a', { endpoints: ['x'], token });
    expect(readFileSync(real, 'utf8')).toContain(token);
    expect(statSync(real).mode & 0o777).toBe(0o600);
  });

  // Windows lets administrators alone make links.
  it.skipIf(windows)('makes what a link leads to where that is not there yet', async () => {
    mkdirSync(dirname(file), { recursive: true });
    symlinkSync('../../dotfiles/pvevm.yaml', file);
    await saveContext(env, 'a', { endpoints: ['x'], token });
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(home, 'dotfiles/pvevm.yaml'), 'utf8')).toContain(token);
  });

  it('loses nothing where several write at once, and leaves nothing beside the file', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const writers = names.map((name) => saveContext(env, name, { endpoints: [name], token }));
    for (const writer of writers) await writer;
    const { contexts, current } = await readContexts(env);
    expect([...contexts.keys()].sort()).toEqual(names);
    expect(names).toContain(current);
    expect(readdirSync(dirname(file))).toEqual(['config.yaml']);
  });

  it('that another one has not finished is waited for, and then says what to do', async () => {
    write('contexts: {}\n');
    writeFileSync(`${file}.lock`, '');
    const clock = createFakeClock();
    const error = await failure(() => editContextFile(file, '~/x', ({ setCurrent }) => setCurrent('a'), clock));
    expect(clock.sleeps.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(1000);
    expect(error.message).toContain('another pvevm is writing them');
    expect(error.hints[0]).toContain(`rm ${file}.lock`);
    expect(readFileSync(file, 'utf8')).toBe('contexts: {}\n');
    expect(existsSync(`${file}.lock`)).toBe(true);
  });

  it('that fails says where, and leaves what is there', async () => {
    mkdirSync(join(home, '.config'));
    writeFileSync(dirname(file), 'not a folder');
    const error = await failure(() => saveContext(env, 'a', { endpoints: ['x'], token }));
    expect(error.message).toBe(
      'cannot write the contexts to ~/.config/pvevm/config.yaml: something else has that name',
    );
    expect(readFileSync(dirname(file), 'utf8')).toBe('not a folder');
  });

  it('changes nothing in a file that is wrong, nor under a name that cannot be one', async () => {
    write('contexts: { a: 1 }\n');
    await failure(() => saveContext(env, 'b', { endpoints: ['x'], token }));
    expect(readFileSync(file, 'utf8')).toBe('contexts: { a: 1 }\n');
    rmSync(file);
    for (const name of ['', 'a b', '-a', '../a', 'a\n']) {
      expect((await failure(() => saveContext(env, name, { endpoints: ['x'], token }))).code).toBe('CONFIG');
    }
    expect(existsSync(file)).toBe(false);
  });
});

describe('choosing and removing', () => {
  it('finds names that YAML takes for numbers', async () => {
    write('contexts:\n  1: { endpoints: [x], username: u }\n  2: { endpoints: [y], username: u }\n');
    await useContext(env, '1');
    expect((await readContexts(env)).current).toBe('1');
    await removeContext(env, '1');
    const { current, contexts } = await readContexts(env);
    expect({ current, names: [...contexts.keys()] }).toEqual({ current: undefined, names: ['2'] });
  });

  it('keeps the current context where another one is removed', async () => {
    await saveContext(env, 'a', { endpoints: ['x'], token });
    await saveContext(env, 'b', { endpoints: ['y'], token });
    await removeContext(env, 'b');
    const { current, contexts } = await readContexts(env);
    expect({ current, names: [...contexts.keys()] }).toEqual({ current: 'a', names: ['a'] });
  });

  it('refuses a name that is not there', async () => {
    expect((await failure(() => useContext(env, 'a'))).hints).toEqual([
      'There are none yet. Run pvevm login to add one.',
    ]);
    expect((await failure(() => removeContext(env, 'a'))).message).toBe("there is no context 'a'");
  });
});
