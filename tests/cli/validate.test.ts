import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';

const good = { 'vm.yaml': 'kind: vm\nname: web-01\n', 'sub/db.yaml': '# db\nkind: vm\nname: db-01\n' };
const bad = { 'vm.yaml': 'kind: vm\nname: web-01\ncores: 4\n' };

describe('validate', () => {
  it('says how many documents are valid', async () => {
    expect(await runCli(['validate'], { files: good })).toEqual({ code: 0, stdout: '2 documents valid\n', stderr: '' });
    expect(await runCli(['validate', 'vm.yaml'], { files: good })).toEqual({
      code: 0,
      stdout: '1 document valid\n',
      stderr: '',
    });
  });

  it('lists them with --verbose, and says nothing with --quiet', async () => {
    expect((await runCli(['validate', '--verbose'], { files: good })).stdout).toBe(
      '2 documents valid\n  vm/db-01  sub/db.yaml:2\n  vm/web-01  vm.yaml:1\n',
    );
    expect(await runCli(['validate', '-q'], { files: good })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('prints one JSON document with --json', async () => {
    const { code, stdout, stderr } = await runCli(['validate', '--json'], { files: good });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      formatVersion: '1.0',
      valid: true,
      exit: { code: 0, name: 'ok' },
      resources: [
        { address: 'vm/db-01', file: 'sub/db.yaml', line: 2 },
        { address: 'vm/web-01', file: 'vm.yaml', line: 1 },
      ],
      diagnostics: [],
    });
  });

  it('prints the diagnostics as JSON, and exits with 3', async () => {
    const { code, stdout, stderr } = await runCli(['--json', 'validate', 'vm.yaml'], { files: bad });
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      formatVersion: '1.0',
      valid: false,
      exit: { code: 3, name: 'invalid' },
      resources: [],
      diagnostics: [
        {
          severity: 'error',
          code: 'SPEC_INVALID',
          summary: 'unknown key',
          detail: 'A vm document has no key "cores". Did you mean cpu.cores?',
          range: { file: 'vm.yaml', line: 3, column: 1, length: 5 },
          address: 'vm/web-01',
          pointer: '/cores',
        },
      ],
    });
  });

  it('R-50: writes no character into JSON that a terminal would obey', async () => {
    const { stdout } = await runCli(['validate', '--json'], {
      files: { 'vm.yaml': 'kind: vm\nname: "\x1b\u009b\u202e"\n' },
    });
    expect(stdout).toMatch(/^[\n\x20-\x7e]+$/);
    // What stands in the file is in the document still, escaped.
    expect(JSON.stringify(JSON.parse(stdout))).toContain('\u009b');
  });

  it('reads standard input', async () => {
    expect(await runCli(['validate', '-', '-v'], { stdin: 'kind: vm\nname: a\n' })).toEqual({
      code: 0,
      stdout: '1 document valid\n  vm/a  <stdin>:1\n',
      stderr: '',
    });
  });

  it('R-51: stops reading standard input after 10 MB', async () => {
    const { code, stderr } = await runCli(['validate', '-'], { stdin: new Uint8Array(10_000_001).fill(0x20) });
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: '<stdin>:1:1: error: file too large [PVEVM-SPEC-FILE]\n  <stdin> is larger than 10 MB.\n\n1 error\n',
    });
  });

  it('checks the rules between fields', async () => {
    const { code, stderr } = await runCli(['validate'], {
      files: { 'vm.yaml': 'kind: vm\nname: a\nmemory: { balloon: 4GiB }\n' },
    });
    expect(code).toBe(3);
    expect(stderr).toContain('vm.yaml:3:20: error: balloon larger than memory [PVEVM-SPEC-INVALID]\n');
  });
});

describe('colour', () => {
  it.each([
    ['a terminal', [], { isTTY: true }, true],
    ['a pipe', [], {}, false],
    ['a dumb terminal', [], { isTTY: true, env: { TERM: 'dumb' } }, false],
    ['NO_COLOR', [], { isTTY: true, env: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR', [], { isTTY: true, env: { NO_COLOR: '' } }, true],
    ['FORCE_COLOR', [], { env: { FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0', [], { isTTY: true, env: { FORCE_COLOR: '0' } }, false],
    ['NO_COLOR before FORCE_COLOR', [], { isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
    ['--color before NO_COLOR', ['--color'], { env: { NO_COLOR: '1' } }, true],
    ['--color=always', ['--color=always'], { env: { TERM: 'dumb' } }, true],
    ['--color=never', ['--color=never'], { isTTY: true, env: { FORCE_COLOR: '1' } }, false],
    ['--color=auto', ['--color=auto'], { isTTY: true }, true],
  ])('with %s', async (_name, options, world, expected) => {
    const { code, stderr } = await runCli(['validate', ...options], { files: bad, ...world });
    expect({ code, colour: stderr.includes('\x1b[') }).toEqual({ code: 3, colour: expected });
  });

  it('takes no value but after "=": the next argument is a path', async () => {
    expect((await runCli(['validate', '--color', 'vm.yaml', '-v'], { files: good })).stdout).toBe(
      '1 document valid\n  vm/web-01  vm.yaml:1\n',
    );
  });
});

describe('a wrong command line exits with 3, and names the remedy:', () => {
  const more = '  Run pvevm --help for the commands, and pvevm COMMAND --help for their options.\n';
  it.each([
    [['valdate'], `error: unknown command 'valdate' [PVEVM-USAGE]\n  Did you mean validate?\n${more}`],
    [['validate', '--jsn'], `error: unknown option '--jsn' [PVEVM-USAGE]\n  Did you mean --json?\n${more}`],
    [
      ['validate', '--color=red'],
      "error: --color cannot be 'red' [PVEVM-USAGE]\n  Write --color=always, --color=never or --color=auto.\n",
    ],
    [['schema', 'wm'], "error: there is no kind 'wm' [PVEVM-USAGE]\n  Did you mean vm?\n"],
    [
      ['schema', 'vm', 'project'],
      `error: too many arguments for 'schema'. Expected 1 argument but got 2. [PVEVM-USAGE]\n${more}`,
    ],
  ])('%j', async (argv, stderr) => {
    expect(await runCli(argv)).toEqual({ code: 3, stdout: '', stderr });
  });

  it('as JSON with --json', async () => {
    const { code, stdout, stderr } = await runCli(['valdate', '--json']);
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      formatVersion: '1.0',
      exit: { code: 3, name: 'invalid' },
      error: { code: 'USAGE', message: "unknown command 'valdate'" },
    });
  });

  it('without a command, the help goes to standard error', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^Usage: pvevm COMMAND/);
  });
});

describe('help', () => {
  it.each([['--help'], ['-h'], ['help']])('%s explains the program with examples and exit codes', async (argument) => {
    const { code, stdout, stderr } = await runCli([argument]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Examples:\n  pvevm validate ');
    expect(stdout).toContain('3 invalid');
  });

  it('explains a command', async () => {
    const { code, stdout } = await runCli(['validate', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing is contacted.');
    expect(stdout).toContain('--json');
  });

  it.each(['--version', '-V'])('%s prints the version', async (argument) => {
    expect(await runCli([argument])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  it('--version among other arguments is the same', async () => {
    expect((await runCli(['--version', 'validate'])).stdout).toBe((await runCli(['--version'])).stdout);
  });
});

it('counts documents, and the resources that they make', async () => {
  const files = { 'vm.yaml': 'kind: vm\nname: w\ninstances: 3\n' };
  expect((await runCli(['validate'], { files })).stdout).toBe('1 document valid, 3 resources\n');
});

describe('R-17: reports of what cannot be read', () => {
  const unread = [
    ['is not there', {}, ['no.yaml'], 'no.yaml'],
    ['is empty', { 'vm.yaml': '' }, ['vm.yaml'], 'vm.yaml'],
    ['holds comments only', { 'vm.yaml': '---\n' }, ['vm.yaml'], 'vm.yaml'],
    ['is in another encoding', { 'vm.yaml': 'k\0i\0n\0d\0:\0' }, ['vm.yaml'], 'vm.yaml'],
    ['is a folder without documents', { 'a/x.txt': '' }, ['a'], '.'],
  ] as const;

  it.each(unread)('name what %s', async (_what, files, inputs, path) => {
    const report = async (format: string): Promise<string> => {
      const { code, stdout } = await runCli(['validate', ...inputs, '--format', format], { files });
      expect(code).toBe(3);
      return stdout;
    };
    expect(JSON.parse(await report('codequality'))).toMatchObject([{ location: { path, lines: { begin: 1 } } }]);
    const junit = await report('junit');
    expect(junit).toContain('failures="1"');
    if (path !== '.') expect(junit).toContain(`file="${path}"`);
  });
});
