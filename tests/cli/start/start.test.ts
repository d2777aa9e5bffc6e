import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const program = join(root, 'dist/bin.cjs');
const validate = ['validate', 'examples/vm.yaml'] as const;

// What an empty program has loaded when it has printed a line is no concern of ours.
const CONNECTING = /^NativeModule (?:https?|http2|_http_client|tls|_tls_wrap|internal\/deps\/undici\/undici)$/;
const COSTLY = /^NativeModule (?:crypto|child_process|readline|internal\/readline\/interface|worker_threads|dgram)$/;

// `npm test` builds first.
describe.skipIf(!existsSync(program))('the start of the built program', () => {
  let home = '';
  const run = (
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
    options: readonly string[] = [],
  ) => {
    const result = spawnSync(process.execPath, [...options, program, ...argv], {
      cwd: root,
      encoding: 'utf8',
      env: { HOME: home, ...env },
    });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  };
  const ok = { status: 0, stdout: '1 document valid\n', stderr: '' };
  const cacheFile = (): string => {
    const folder = join(home, '.cache/pvevm');
    return join(folder, existsSync(folder) ? (readdirSync(folder)[0] ?? '') : '');
  };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  /** The scripts of ours that a run loads, and the modules of Node's own, in the second run, as in those after it. */
  const loadedBy = (argv: readonly string[]) => {
    run(argv);
    const list = join(home, 'list.json');
    const hook = join(home, 'hook.cjs');
    writeFileSync(
      hook,
      `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList)));`,
    );
    run(argv, {}, ['--require', hook]);
    const builtIn = JSON.parse(readFileSync(list, 'utf8')) as readonly string[];
    run(argv, { NODE_V8_COVERAGE: join(home, 'coverage') });
    const [report = ''] = readdirSync(join(home, 'coverage'));
    const { result } = JSON.parse(readFileSync(join(home, 'coverage', report), 'utf8')) as {
      readonly result: readonly { readonly url: string }[];
    };
    const own = result.map(({ url }) => url.replace(/^file:\/\//, '')).filter((path) => path.startsWith(root));
    return { builtIn, own: own.map((path) => path.slice(root.length + 1).replace(/-[A-Z0-9]{8}\b/, '')) };
  };

  it.each([
    ['--version', ['--version'], ['dist/bin.cjs']],
    ['--help', ['--help'], ['dist/bin.cjs', 'dist/documents.cjs']],
    ['validate', validate, ['dist/bin.cjs', 'dist/paths.cjs']],
    ['validate with options', [...validate, '--json'], ['dist/bin.cjs', 'dist/documents.cjs']],
  ])('R-53: %s loads as many files as it needs, and nothing that connects', (_, argv, files) => {
    const { builtIn, own } = loadedBy(argv);
    expect(own).toEqual(files);
    expect(builtIn.filter((name) => CONNECTING.test(name))).toEqual([]);
  });

  it('R-53: validate loads no module of Node that costs more than the work', () => {
    const { builtIn } = loadedBy(validate);
    expect(builtIn).toContain('NativeModule fs');
    expect(builtIn.filter((name) => COSTLY.test(name))).toEqual([]);
  });

  it('loads the whole program for other commands: that what is not loaded is found above', () => {
    expect(loadedBy(['explain', 'vm.disks']).own.length).toBeGreaterThan(3);
  });

  it('R-53: the script of validate is no larger than 700 kB, and what takes the command line than 20 kB', () => {
    const [script = ''] = readdirSync(join(root, 'dist')).filter((name) => name.startsWith('paths-'));
    expect(statSync(join(root, 'dist', script)).size).toBeLessThan(700_000);
    expect(statSync(program).size).toBeLessThan(20_000);
  });

  it('keeps the compiled code of a validate that found nothing wrong, once', () => {
    expect(run(['--help']).status).toBe(0);
    expect(run(['validate', 'no-such.yaml', '-q']).status).toBe(3);
    expect(run(['validate', 'no-such.yaml']).status).toBe(3);
    expect(existsSync(cacheFile())).toBe(false);
    expect(run(validate)).toEqual(ok);
    const { ino, size } = statSync(cacheFile());
    expect(size).toBeGreaterThan(100_000);
    expect(run(validate)).toEqual(ok);
    expect(statSync(cacheFile()).ino).toBe(ino);
  });

  it('makes it anew where it is damaged, or of other settings of the engine', () => {
    run(validate);
    const { ino } = statSync(cacheFile());
    writeFileSync(cacheFile(), readFileSync(cacheFile()).fill(255, 200, 100_000));
    expect(run(validate)).toEqual(ok);
    expect(statSync(cacheFile()).ino).not.toBe(ino);
    expect(run(validate, {}, ['--no-opt'])).toEqual(ok);
    expect(run(validate)).toEqual(ok);
  });

  it('keeps nothing where Node is told so', () => {
    expect(run(validate, { NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual(ok);
    expect(readdirSync(home)).toEqual([]);
  });
});
