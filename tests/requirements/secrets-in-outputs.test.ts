import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spellingsOf } from '../../src/core/redact.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type CliRun, runCli } from '../run-cli.ts';

let folder: string;
let sandbox: Sandbox;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pvevm-secrets-'));
  sandbox = await startSandbox({ taskTimeMs: 1, seed: 7 });
});
afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const PASSWORD = `c4n4ry "it's" w/0rd+%ä`;
const HEAD = 'kind: vm\nname: web-01\nha: false\nos: { media: null }\ndisks: { scsi0: { size: 1GiB } }\n';
const QUOTED = `'${PASSWORD.replaceAll("'", "''")}'`;

interface Source {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
}

const FROM = (expression: string): string => `${HEAD}cloudInit: { password: "${expression}" }\n`;

const SOURCES: readonly Source[] = [
  { name: 'the environment', files: { 'vm.yaml': FROM('${env.PW}') }, env: { PW: PASSWORD } },
  { name: 'a file', files: { 'vm.yaml': FROM('${file:pw}'), pw: `${PASSWORD}\n` } },
  { name: 'the command line', files: { 'vm.yaml': FROM('${var.pw}') }, argv: ['--var', `pw=${PASSWORD}`] },
  {
    name: 'a fallback',
    files: { 'vm.yaml': `${HEAD}cloudInit:\n  password: '\${env.PW:-${PASSWORD.replaceAll("'", "''")}}'\n` },
  },
  { name: 'the document', files: { 'vm.yaml': `${HEAD}cloudInit: { password: ${QUOTED} }\n` } },
  { name: 'its variables', files: { 'vm.yaml': `${FROM('${var.pw}')}vars: { pw: ${QUOTED} }\n` } },
  {
    name: 'the project file',
    files: {
      'vm.yaml': HEAD,
      'pvevm.yaml': `kind: project\ndefaults:\n  vm:\n    cloudInit:\n      password: ${QUOTED}\n`,
    },
  },
  {
    name: 'a base',
    files: {
      'vm.yaml': `${HEAD}extends: ./base.yaml\n`,
      'base.yaml': `kind: vm\ncloudInit: { password: ${QUOTED} }\n`,
    },
  },
];

async function run(argv: readonly string[], source: Source): Promise<CliRun> {
  const env = { PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_FINGERPRINT: sandbox.fingerprint, PVEVM_TOKEN: sandbox.token };
  const home = { HOME: folder, XDG_CONFIG_HOME: folder };
  return runCli([...argv, ...(source.argv ?? [])], {
    files: source.files,
    env: { ...home, ...env, ...source.env },
    cwd: folder,
  });
}

const textOf = (runs: readonly CliRun[]): string => runs.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n');

function expectNoPassword(text: string, password = PASSWORD): void {
  for (const spelling of spellingsOf(password)) expect(text).not.toContain(spelling);
}

const READING = [
  ['validate', 'vm.yaml'],
  ['validate', 'vm.yaml', '--json'],
  ['render', 'vm.yaml', '--origins'],
  ['render', 'vm.yaml', '--json', '--origins'],
  ['plan', 'vm.yaml', '--verbose', '--show-requests', '--explain', '--debug'],
  ['plan', 'vm.yaml', '--json'],
  ['plan', 'vm.yaml', '-o', 'plan.json'],
];

const WRITING = [
  ['apply', 'vm.yaml', '-y', '--events', '--debug'],
  ['plan', 'vm.yaml', '--rotate-secrets', '--show-requests'],
  ['apply', 'vm.yaml', '-y', '--json', '--rotate-secrets'],
  ['plan', 'vm.yaml', '--rotate-secrets', '-o', 'plan.json'],
  ['apply', 'plan.json', '--show-requests'],
  ['destroy', 'vm.yaml', '-y', '--json'],
];

it.each(SOURCES)(
  'R-48: a password from $name is in no output of any command, and reaches the server',
  async (source) => {
    const runs: CliRun[] = [];
    const plans: string[] = [];
    for (const argv of [...READING, ...WRITING]) {
      const done = await run(argv, source);
      expect([argv.join(' '), done.code, done.code === 0 ? '' : done.stderr]).toEqual([argv.join(' '), 0, '']);
      runs.push(done);
      if (argv.includes('-o')) plans.push(readFileSync(join(folder, 'plan.json'), 'utf8'));
    }
    const sent = sandbox.requests.filter(({ params }) =>
      JSON.stringify(params ?? {}).includes(JSON.stringify(PASSWORD)),
    );
    expect(sent.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT']);
    expectNoPassword(textOf(runs));
    expectNoPassword(plans.join('\n'));
    expect(plans.join('\n')).toContain('{secret:cloudInit.password}');
  },
  30_000,
);

it('R-48: a password that the document repeats elsewhere is shown nowhere either', async () => {
  const lines = 'description: "uses ${env.PW}"\ntags: [a]\n';
  const source = { name: '', files: { 'vm.yaml': `${FROM('${env.PW}')}${lines}` }, env: { PW: PASSWORD } };
  const runs: CliRun[] = [];
  for (const argv of READING.slice(0, -1)) runs.push(await run(argv, source));
  expect(runs.map(({ code }) => code)).toEqual(runs.map(() => 0));
  expect(textOf(runs)).toContain('uses ********');
  expectNoPassword(textOf(runs));
});

const SHORT = 'x7';

describe('R-48: a server that repeats the password', () => {
  it.each([
    [['--events', '--debug'], PASSWORD],
    [['--json', '--debug'], PASSWORD],
    [['--debug', '--verbose'], PASSWORD],
    [['--events'], SHORT],
    [[], SHORT],
  ] as const)('gets it into no output of apply %j', async (options, password) => {
    const source = { ...(SOURCES[0] as Source), env: { PW: password } };
    await run(['apply', 'vm.yaml', '-y'], source);
    const message = `bad value ${password} of cipassword (${encodeURIComponent(password)})`;
    sandbox.failNext({ method: 'PUT', path: /config$/, status: 500, message });
    const failed = await run(['apply', 'vm.yaml', '-y', '--rotate-secrets', ...options], source);
    expect(failed.code).not.toBe(0);
    const text = textOf([failed]);
    expect(text).toContain('bad value ********');
    if (password === PASSWORD) expectNoPassword(text);
    else expect(text).not.toMatch(/\bx7\b/);
  });
});

describe('R-48: a document that is wrong', () => {
  const WRONG: readonly (readonly [name: string, lines: string, canaries: readonly string[]])[] = [
    ['a number', 'cloudInit: { password: 98765432 }', ['98765432']],
    ['a short number', 'cloudInit: { password: 987 }', ['987']],
    ['a list', 'cloudInit: { password: [s3cr3t-one, s3cr3t-two] }', ['s3cr3t-one', 's3cr3t-two']],
    ['several lines', 'cloudInit:\n  password: |\n    s3cr3t-one\n    s3cr3t-two', ['s3cr3t-one', 's3cr3t-two']],
    ['a key that is misspelt', 'cloudInit:\n  passwrd: s3cr3t-one', ['s3cr3t-one']],
    ['a quote that is not closed', 'cloudInit:\n  password: "s3cr3t-one\n  user: x', ['s3cr3t-one']],
    ['what is no placeholder', 'cloudInit: { password: "a${s3cr3t-one}b" }', ['s3cr3t-one']],
    ['an error on the line below', 'cloudInit:\n  password: s3cr3t-one\n  nothing: 1', ['s3cr3t-one']],
    ['an error beside it', 'cloudInit: { password: s3cr3t-one, nothing: 1 }', ['s3cr3t-one']],
    ['the raw key', 'options: { cipassword: s3cr3t-one }', ['s3cr3t-one']],
    ['a list in place of the map', 'cloudInit:\n  - password: s3cr3t-one', ['s3cr3t-one']],
    ['an empty text, beside one in a comment', 'cloudInit:\n  # password: s3cr3t-one\n  password: ""', ['s3cr3t-one']],
  ];

  it.each(WRONG)('shows no part of it: %s', async (_name, lines, canaries) => {
    const source: Source = { name: '', files: { 'vm.yaml': `${HEAD}${lines}\n` } };
    const runs: CliRun[] = [];
    for (const argv of [['validate'], ['validate', '--json'], ['plan'], ['render'], ['fmt', '--check']]) {
      runs.push(await run([...argv, 'vm.yaml'], source));
    }
    expect(runs[0]?.code).toBe(3);
    for (const canary of canaries) expect(textOf(runs)).not.toContain(canary);
    expect(runs[0]?.stderr).toContain('vm.yaml:');
  });

  it('says what was expected in its place', async () => {
    const source: Source = { name: '', files: { 'vm.yaml': `${HEAD}cloudInit: { password: 98765432 }\n` } };
    const { stderr } = await run(['validate', 'vm.yaml'], source);
    expect(stderr).toContain('cloudInit.password takes text');
    expect(stderr).toContain('Write it as ${env.NAME} or ${file:PATH}.');
    expect(stderr).toContain('password: ********');
  });
});

describe('a secret that stands in a file as it is', () => {
  const LITERAL = SOURCES.filter(({ name }) => ['the document', 'the project file', 'a base'].includes(name));

  it.each(LITERAL)('is warned of at its place: $name', async (source) => {
    const { code, stderr } = await run(['validate', 'vm.yaml'], source);
    expect(code).toBe(0);
    expect(stderr).toContain('warning');
    expect(stderr).toContain('a secret in the document');
    expect(stderr).toMatch(/(vm|base|pvevm)\.yaml:\d+:\d+/);
  });

  it.each(SOURCES.slice(0, 3))('is not warned of where it comes from $name', async (source) => {
    const { stderr } = await run(['validate', 'vm.yaml'], source);
    expect(stderr).not.toContain('a secret in the document');
  });
});

describe('a saved plan', () => {
  const source = SOURCES[0] as Source;

  it('R-48: takes its secrets from the documents again, as they are then', async () => {
    await run(['plan', 'vm.yaml', '-o', 'plan.json'], source);
    const applied = await run(['apply', 'plan.json'], { ...source, env: { PW: 'of-the-second-day' } });
    expect([applied.code, applied.stderr.includes('error')]).toEqual([0, false]);
    const sent = sandbox.requests.filter(({ params }) => JSON.stringify(params ?? {}).includes('cipassword'));
    expect(sent.map(({ params }) => params)).toMatchObject([{ cipassword: 'of-the-second-day' }]);
  });

  it('is refused with 3 before anything is contacted where the variable is gone, or the document is', async () => {
    await run(['plan', 'vm.yaml', '-o', 'plan.json'], source);
    const before = sandbox.requests.length;
    const without = await run(['apply', 'plan.json'], { ...source, env: {} });
    expect(without.code).toBe(3);
    expect(without.stderr).toContain('The environment has no variable PW.');
    writeFileSync(join(folder, 'vm.yaml'), HEAD);
    const removed = await run(['apply', 'plan.json'], { ...source, files: {} });
    expect(removed.code).toBe(3);
    expect(removed.stderr).toContain('vm/web-01: cloudInit.password (vm.yaml)');
    rmSync(join(folder, 'vm.yaml'));
    expect((await run(['apply', 'plan.json'], { ...source, files: {} })).code).toBe(3);
    expect(sandbox.requests.length).toBe(before);
  });

  it('without a secret needs no document', async () => {
    const plain: Source = { name: '', files: { 'vm.yaml': HEAD } };
    await run(['plan', 'vm.yaml', '-o', 'plan.json'], plain);
    rmSync(join(folder, 'vm.yaml'));
    expect((await run(['apply', 'plan.json'], { ...plain, files: {} })).code).toBe(0);
  });
});

describe('render', () => {
  it.each([
    ['as it was written', '${env.PW}', 'password: ${env.PW}'],
    ['without a fallback that is not used', '${env.PW:-other}', 'password: ${env.PW}'],
    ['as several placeholders', '${env.PW}${env.PW}', 'password: ${env.PW}${env.PW}'],
  ])('shows a secret %s', async (_name, expression, line) => {
    const source: Source = { name: '', files: { 'vm.yaml': FROM(expression) }, env: { PW: PASSWORD } };
    const { stdout } = await run(['render', 'vm.yaml'], source);
    expect(stdout.split('\n').map((text) => text.trim())).toContain(line);
  });

  it('names a file from the folder it is printed in', async () => {
    const files = { 'sub/vm.yaml': FROM('${file:../pw}'), pw: PASSWORD };
    const { stdout } = await run(['render', 'sub/vm.yaml'], { name: '', files });
    expect(stdout).toContain('password: ${file:pw}');
  });

  it('asks for a variable of its own where the secret stands in the document', async () => {
    const { stdout } = await run(['render', 'vm.yaml'], SOURCES[4] as Source);
    expect(stdout).toContain('password: ${env.PVEVM_SECRET_WEB_01_CLOUDINIT_PASSWORD}');
  });

  it('plans the same as the document that it came from', async () => {
    const source = SOURCES[0] as Source;
    const { stdout } = await run(['render', 'vm.yaml'], source);
    const [first, second] = [
      await run(['plan', 'vm.yaml', '--json'], source),
      await run(['plan', 'vm.yaml', '--json'], { ...source, files: { 'vm.yaml': stdout } }),
    ];
    const steps = ({ stdout: text }: CliRun): unknown =>
      (JSON.parse(text) as { resources: { steps: unknown }[] }).resources.map((resource) => resource.steps);
    expect(steps(second as CliRun)).toEqual(steps(first as CliRun));
  });
});
