import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CliRun, CliWorld } from '../../run-cli.ts';
import type { FormatWorld } from './format-world.ts';

/** How a format is read by whom it is for; what stands in it must not be taken for anything else there. */
export type Reader =
  | 'people'
  | 'terminal'
  | 'JSON'
  | 'JSON lines'
  | 'Markdown'
  | 'HTML'
  | 'XML'
  | 'GitHub'
  | 'GitLab'
  | 'shell'
  | 'ssh'
  | 'Ansible';

/** A form in which something is told, and how a test gets it. */
export interface Format {
  readonly name: string;
  readonly reader: Reader;
  /** Makes the program tell it in this form. */
  readonly read: (world: FormatWorld) => Promise<string>;
}

const both = ({ stdout, stderr }: CliRun): string => `${stdout}${stderr}`;
const TERMINAL: CliWorld = { isTTY: true, columns: 80 };
const ON_GITHUB = { GITHUB_ACTIONS: 'true' };

function apply(world: FormatWorld, options: readonly string[] = [], more: CliWorld = {}): Promise<CliRun> {
  const argv = ['apply', '-y', '--parallelism', '1', 'vm.yaml', ...options];
  return world.run(argv, { ...more, ...world.around() });
}

async function audited(world: FormatWorld): Promise<void> {
  rmSync(join(world.cwd, 'audit.jsonl'), { force: true });
  await apply(world, ['--audit', 'audit.jsonl']);
}

async function summaryOf(world: FormatWorld, work: (world: CliWorld) => Promise<unknown>): Promise<string> {
  world.write('summary.md', '');
  await work({ env: { ...ON_GITHUB, GITHUB_STEP_SUMMARY: join(world.cwd, 'summary.md') } });
  return world.read('summary.md');
}

/** The forms in which a run is told of. */
export const RUN_FORMATS: readonly Format[] = [
  { name: 'text of a run, in a pipe', reader: 'people', read: async (world) => both(await apply(world)) },
  {
    name: 'text of a run, on a terminal',
    reader: 'terminal',
    read: async (world) => both(await apply(world, [], TERMINAL)),
  },
  { name: '--json of a run', reader: 'JSON', read: async (world) => (await apply(world, ['--json'])).stdout },
  { name: '--events', reader: 'JSON lines', read: async (world) => (await apply(world, ['--events'])).stdout },
  {
    ...{ name: 'log of a run in GitLab', reader: 'GitLab' },
    read: async (world) => both(await apply(world, [], { env: { GITLAB_CI: 'true' } })),
  },
  {
    ...{ name: 'step summary of a run', reader: 'Markdown' },
    read: (world) => summaryOf(world, (more) => apply(world, [], more)),
  },
  {
    ...{ name: 'audit log', reader: 'JSON lines' },
    read: async (world) => {
      await audited(world);
      return world.read('audit.jsonl');
    },
  },
  {
    ...{ name: 'audit show', reader: 'people' },
    read: async (world) => {
      await audited(world);
      return both(await world.run(['audit', 'show', 'audit.jsonl']));
    },
  },
  {
    ...{ name: 'audit show --json', reader: 'JSON' },
    read: async (world) => {
      await audited(world);
      return (await world.run(['audit', 'show', 'audit.jsonl', '--json'])).stdout;
    },
  },
];

/** The form in which failed steps are told of in GitHub. */
export const RUN_ANNOTATIONS: Format = {
  ...{ name: 'annotations of a run', reader: 'GitHub' },
  read: async (world) => both(await apply(world, [], { env: ON_GITHUB })),
};

const of =
  (argv: readonly string[], more: CliWorld = {}): Format['read'] =>
  async (world) =>
    both(await world.run(argv, more));
const dataOf =
  (...argv: readonly string[]): Format['read'] =>
  async (world) =>
    (await world.run(argv)).stdout;

/** A document that is wrong, in a file whose name wants to be more than a name. */
export const BAD = 'bad\u001b[35m\u202e\n::error::pwned,title=x.yaml';

const PLAN = ['plan', 'vm.yaml', '--verbose', '--show-requests', '--explain'];

async function saved(world: FormatWorld): Promise<string> {
  rmSync(join(world.cwd, 'my.plan'), { force: true });
  await world.run(['plan', 'saved.yaml', '-o', 'my.plan']);
  return world.read('my.plan');
}

/** The forms in which a plan is told of. */
export const PLAN_FORMATS: readonly Format[] = [
  { name: 'text of a plan, in a pipe', reader: 'people', read: of(PLAN) },
  { name: 'text of a plan, on a terminal', reader: 'terminal', read: of(PLAN, TERMINAL) },
  { name: '--json of a plan', reader: 'JSON', read: dataOf(...PLAN, '--json') },
  { name: 'Markdown of a plan', reader: 'Markdown', read: dataOf(...PLAN, '--format', 'markdown') },
  { name: 'HTML of a plan', reader: 'HTML', read: dataOf(...PLAN, '--format', 'html') },
  { name: 'JUnit of a plan', reader: 'XML', read: dataOf(...PLAN, '--format', 'junit') },
  { name: 'plan in the log of GitHub', reader: 'GitHub', read: of(PLAN, { env: ON_GITHUB }) },
  {
    ...{ name: 'step summary of a plan', reader: 'Markdown' },
    read: (world) => summaryOf(world, (more) => world.run(PLAN, more)),
  },
  { name: 'saved plan', reader: 'JSON', read: saved },
  {
    ...{ name: 'show', reader: 'people' },
    read: async (world) => {
      await saved(world);
      return both(await world.run(['show', 'my.plan', '--verbose', '--show-requests', '--explain']));
    },
  },
  { name: 'text of destroy', reader: 'people', read: of(['destroy', 'vm.yaml', '--verbose', '--show-requests']) },
];

/** The forms in which it is told what is wrong with a document. */
export const FINDING_FORMATS: readonly Format[] = [
  { name: 'text of findings', reader: 'people', read: of(['validate', BAD]) },
  { name: 'text of findings, on a terminal', reader: 'terminal', read: of(['validate', BAD], TERMINAL) },
  { name: '--json of findings', reader: 'JSON', read: dataOf('validate', BAD, '--json') },
  { name: 'JUnit of findings', reader: 'XML', read: dataOf('validate', BAD, '--format', 'junit') },
  { name: 'code quality report', reader: 'JSON', read: dataOf('validate', BAD, '--format', 'codequality') },
  { name: 'annotations of findings', reader: 'GitHub', read: of(['validate', BAD], { env: ON_GITHUB }) },
  { name: 'Markdown of findings', reader: 'Markdown', read: dataOf('plan', BAD, '--format', 'markdown') },
  { name: 'HTML of findings', reader: 'HTML', read: dataOf('plan', BAD, '--format', 'html') },
];

/** The forms in which it is told what the guests are doing. */
export const LIVE_FORMATS: readonly Format[] = [
  { name: 'text of status', reader: 'people', read: of(['status', 'vm.yaml', '--wide', '--verbose']) },
  { name: '--json of status', reader: 'JSON', read: dataOf('status', 'vm.yaml', '--json') },
  { name: 'HTML of status', reader: 'HTML', read: dataOf('status', 'vm.yaml', '--format', 'html') },
  {
    name: 'annotations of status',
    reader: 'GitHub',
    read: of(['status', 'vm.yaml', '--exit-code'], { env: ON_GITHUB }),
  },
  { name: 'text of output', reader: 'people', read: of(['output', 'vm.yaml']) },
  { name: '--json of output', reader: 'JSON', read: dataOf('output', 'vm.yaml', '--json') },
  { name: 'shell variables', reader: 'shell', read: dataOf('output', 'vm.yaml', '--format', 'shell') },
  { name: 'ssh config', reader: 'ssh', read: dataOf('output', 'vm.yaml', '--format', 'ssh-config') },
  { name: 'Ansible inventory', reader: 'JSON', read: dataOf('output', 'vm.yaml', '--format', 'ansible') },
  {
    name: 'Ansible inventory in YAML',
    reader: 'Ansible',
    read: dataOf('output', 'vm.yaml', '--format', 'ansible-yaml'),
  },
  { name: 'export', reader: 'people', read: of(['export', 'vm/web-01']) },
  { name: '--json of export', reader: 'JSON', read: dataOf('export', 'vm/web-01', '--json') },
  { name: 'text of doctor', reader: 'people', read: of(['doctor', '--verbose']) },
  { name: '--json of doctor', reader: 'JSON', read: dataOf('doctor', '--json') },
];
