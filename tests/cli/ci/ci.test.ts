import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withoutCommands } from '../../../src/cli/ci/guard-commands.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts';
import { readXml } from '../../report/xml-elements.ts';
import { type CliRun, runCli } from '../../run-cli.ts';

// The first run loads the program, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let cwd = '';
let sandbox: Sandbox;
let env: Record<string, string> = {};
const write = (file: string, text: string): void => writeFileSync(join(cwd, file), text);
const read = (file: string): string => readFileSync(join(cwd, file), 'utf8');
const run = (argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<CliRun> =>
  runCli(argv, { cwd, env: { ...env, ...more } });
const commandsOf = (text: string): readonly string[] => text.split('\n').filter((line) => /^\s*::|##\[/.test(line));

const NASTY = 'description: |\n  kept\n  ::set-output name=x::y\n  ##[add-path]/evil\n  changed\n';
const WEB = `kind: vm\nname: web-01\nnode: pve1\nha: false\n${NASTY}`;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  sandbox = await startSandbox({ taskTimeMs: 1, seed: 1 });
  const { endpoint, token, fingerprint } = sandbox;
  env = { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_FINGERPRINT: fingerprint };
  write('web.yaml', WEB);
});
afterEach(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

it('annotates what is wrong with documents, by the place in the repository, in GitHub Actions only', async () => {
  write('bad.yaml', 'kind: vm\nname: x\nmemroy: 3\n');
  const wanted = expect.stringMatching(
    /^::error file=guests\/bad\.yaml,line=3,endLine=3,col=1,endColumn=7,title=unknown key \[PVEVM-SPEC-INVALID\]::/,
  );
  const github = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: cwd.replace(/\/[^/]*$/, '') };
  const folder = cwd.slice(cwd.lastIndexOf('/') + 1);
  for (const argv of [['validate'], ['plan'], ['validate', '--json'], ['plan', '--json']]) {
    const { code, stdout, stderr } = await run([...argv, 'bad.yaml'], github);
    expect(code).toBe(3);
    expect(commandsOf(stdout)).toEqual([]);
    expect(commandsOf(stderr).map((line) => line.replace(folder, 'guests'))).toEqual([wanted]);
    if (argv.includes('--json')) expect(JSON.parse(stdout)).toMatchObject({ exit: { code: 3 } });
  }
  expect(commandsOf((await run(['validate', 'bad.yaml'])).stderr)).toEqual([]);
});

it('annotates errors of a plan, missing consent, failed steps, and what ends the program', async () => {
  const github = { GITHUB_ACTIONS: 'true' };
  write('gone.yaml', 'kind: vm\nname: gone\nnode: pve1\nnetwork: { net0: { bridge: vmbr7 } }\n');
  const missing = await run(['plan', 'gone.yaml'], github);
  expect(commandsOf(missing.stderr)).toEqual([
    expect.stringMatching(/^::error file=gone\.yaml,line=4,.*title=.*\[PVEVM-MISSING\]::/),
  ]);

  const lost = await run(['plan', 'web.yaml'], { ...github, PVEVM_ENDPOINT: 'https://127.0.0.1:9' });
  expect(commandsOf(lost.stderr)).toEqual([expect.stringMatching(/^::error title=.*\[PVEVM-CONNECT\]::/)]);

  sandbox.failNext({ method: 'POST', path: '/nodes/*/qemu', taskError: 'no space left' });
  const failed = await run(['apply', '-y', 'web.yaml'], github);
  expect(failed.code).not.toBe(0);
  expect(commandsOf(failed.stderr)).toEqual([
    expect.stringMatching(
      /^::error file=web\.yaml,line=1,endLine=1,title=vm\/web-01%3A create \[PVEVM-TASK-FAILED\]::.*no space left/,
    ),
  ]);
});

it('annotates what has drifted or is absent where status looks for that', async () => {
  expect((await run(['apply', '-y', 'web.yaml'])).code).toBe(0);
  write('web.yaml', `${WEB}memory: { size: 4GiB }\n---\nkind: vm\nname: db-01\nnode: pve1\n`);
  const { code, stderr } = await run(['status', '--exit-code', 'web.yaml'], { GITHUB_ACTIONS: 'true' });
  expect(code).toBe(2);
  expect(commandsOf(stderr)).toEqual([
    '::warning file=web.yaml,line=1,endLine=1,title=vm/web-01 differs from its document::memory.size',
    '::warning file=web.yaml,line=12,endLine=12,title=vm/db-01 is absent::vm/db-01 is absent',
  ]);
  expect(commandsOf((await run(['status', 'web.yaml'], { GITHUB_ACTIONS: 'true' })).stderr)).toEqual([]);
});

it('R-50: no text of a file or a server is a command to the runner of GitHub Actions', async () => {
  const github = { GITHUB_ACTIONS: 'true' };
  expect(commandsOf((await run(['plan', 'web.yaml'])).stdout)).not.toEqual([]);
  expect((await run(['apply', '-y', 'web.yaml'], github)).code).toBe(0);
  write('web.yaml', WEB.replace('changed', 'other'));
  // It does come up without the runner, in the lines of the diff that stay.
  expect(commandsOf((await run(['plan', 'web.yaml'])).stdout)).toHaveLength(2);
  for (const format of ['text', 'json', 'markdown', 'html', 'junit']) {
    const { stdout, stderr } = await run(['plan', 'web.yaml', '--show-requests', '--format', format], github);
    expect(commandsOf(stdout + stderr), format).toEqual([]);
    expect(stdout).toContain('kept');
    if (format === 'json') expect(stdout).toContain('#\\u0023[add-path]');
    if (format === 'json') expect(JSON.stringify(JSON.parse(stdout))).toContain('##[add-path]/evil');
    if (format === 'junit')
      expect(
        readXml(stdout)
          .map(({ text }) => text)
          .join(''),
      ).toContain('##[add-path]/evil');
  }
  const applied = await run(['apply', '-y', 'web.yaml'], github);
  expect(commandsOf(applied.stdout + applied.stderr)).toEqual([]);
});

it('leaves data as it is: what render prints in GitHub Actions is what it prints elsewhere', async () => {
  const { stdout } = await run(['render', 'web.yaml'], { GITHUB_ACTIONS: 'true' });
  expect(stdout).toContain('::set-output name=x::y');
  expect(stdout).toBe((await run(['render', 'web.yaml'])).stdout);
});

it.each([
  ['  ::error::x', '  \\x3a:error::x'],
  ['fe80::1 and a::b', 'fe80::1 and a::b'],
  ['x\n\n\t::y', 'x\n\n\t\\x3a:y'],
  ['a ##[group]b', 'a #\\x23[group]b'],
])('%j is written as %j', (text, wanted) => {
  expect(withoutCommands(text, false)).toBe(wanted);
});

it('adds the plan and the run to the summary of the step, and fails nothing where that cannot be written', async () => {
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') };
  expect((await run(['plan', 'web.yaml'], github)).code).toBe(0);
  expect(read('summary.md')).toMatch(/^<!-- pvevm plan - -->\n\n### Plan: 1 to add, /);
  expect((await run(['apply', '-y', 'web.yaml'], github)).code).toBe(0);
  const summary = read('summary.md');
  expect(summary.match(/### Plan: 1 to add/g)).toHaveLength(2);
  expect(summary).toMatch(/### Applied: 1 added, 0 changed, 0 destroyed\. [\s\S]*\ndone +\d.* vm\/web-01 +create\n/);
  expect(summary).toContain('<summary>2 steps</summary>');

  write('summary.md', 'x'.repeat(1_048_000));
  expect((await run(['plan', 'web.yaml'], github)).code).toBe(0);
  expect(read('summary.md')).toHaveLength(1_048_000);
  const nowhere = await run(['plan', 'web.yaml'], { ...github, GITHUB_STEP_SUMMARY: join(cwd, 'no/where.md') });
  expect(nowhere).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('warning: cannot write the summary of the step: there is no such folder'),
  });
});

it('R-29: the summary of a run that failed has the end of the task’s log, and how it goes on', async () => {
  sandbox.failNext({ method: 'POST', path: '/nodes/*/qemu', taskError: 'no space left' });
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') };
  expect((await run(['apply', '-y', 'web.yaml'], github)).code).not.toBe(0);
  expect(read('summary.md')).toMatch(
    /### (?:Applied in part|Not applied): [\s\S]*no space left[\s\S]*To continue, run: pvevm apply/,
  );
});

it('R-48: no secret is in a summary, in Markdown or in JUnit', async () => {
  write(
    'secret.yaml',
    `kind: vm\nname: web-01\nnode: pve1\nha: false\ndescription: is a<b>&c secret\ncloudInit: { user: me, password: "\${env.PASSWORD}" }\n`,
  );
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(cwd, 'summary.md'), PASSWORD: 'a<b>&c' };
  for (const format of ['markdown', 'junit', 'html']) {
    const { code, stdout } = await run(['plan', 'secret.yaml', '--show-requests', '--format', format], github);
    expect(code).toBe(0);
    expect(stdout).toContain('********');
    expect(stdout).not.toMatch(/a<b>&c|a&lt;b&gt;&amp;c/);
  }
  expect(read('summary.md')).toContain('********');
  expect(read('summary.md')).not.toMatch(/a<b>&c|a&lt;b&gt;&amp;c/);
});

it.each(['testcase', 'system-out', 'name', 'details', 'vm', 'lt'])(
  'R-48: JUnit stays well-formed where the secret is %s, a word of its own',
  async (PASSWORD) => {
    write(
      'secret.yaml',
      `kind: vm\nname: web-01\nnode: pve1\nha: false\ndescription: <testcase>\ncloudInit: { user: me, password: "\${env.PASSWORD}" }\n`,
    );
    const { code, stdout } = await run(['plan', 'secret.yaml', '--format', 'junit'], { PASSWORD });
    expect(code).toBe(0);
    expect(readXml(stdout).map(({ name }) => name)).toEqual(['testsuites', 'testsuite', 'testcase', 'system-out']);
  },
);

it('puts the steps into a section of the log in GitLab CI', async () => {
  const { stderr } = await run(['apply', '-y', 'web.yaml'], { GITLAB_CI: 'true' });
  expect(stderr.replaceAll('\u001b', 'ESC')).toMatch(
    /section_start:\d+:pvevm_run\rESC\[0KSteps\n[\s\S]* create [\s\S]*\nsection_end:\d+:pvevm_run\rESC\[0K\n/,
  );
  expect((await run(['apply', '-y', 'web.yaml', '--json'], { GITLAB_CI: 'true' })).stderr).not.toContain('section');
});
