import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { problemsOfOutput } from '../output-schemas.ts';
import { type CliRun, runCli } from '../run-cli.ts';

// The first run loads the program, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const vm = (name: string, more = ''): string => `kind: vm\nname: ${name}\nnode: pve1\nha: false\n${more}`;
const CONFIG = '/nodes/pve1/qemu';
let cwd = '';
let sandbox: Sandbox;
let pve: PveClient;
let env: Readonly<Record<string, string>> = {};

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  sandbox = await startSandbox({ taskTimeMs: 1 });
  const { endpoint, token, ca, fingerprint } = sandbox;
  env = { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_FINGERPRINT: fingerprint };
  pve = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca } });
});

afterEach(async () => {
  await pve.close();
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

const write = (file: string, text: string): void => writeFileSync(join(cwd, file), text);
const read = (file: string): string => readFileSync(join(cwd, file), 'utf8');
const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd, env });
const writes = (): number => sandbox.requests.filter(({ method }) => method !== 'GET').length;

async function succeed(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...argv);
  if (code !== 0) throw new Error(stderr);
  await sandbox.settled();
  return stdout;
}

/** Applies a saved plan that has to be refused before anything is written, and gives what it said back. */
async function refuse(code = 7): Promise<string> {
  const before = writes();
  const refused = await run('apply', 'plan.json');
  expect({ code: refused.code, stdout: refused.stdout, writes: writes() }).toEqual({
    code,
    stdout: '',
    writes: before,
  });
  return refused.stderr;
}

async function setByHand(vmid: number, params: Record<string, string | number>): Promise<void> {
  await pve.put(`${CONFIG}/${vmid}/config`, { params });
}

describe('a saved plan is refused', () => {
  it('R-19: where guests have changed, all of them named before the first write', async () => {
    write('vms.yaml', [vm('a'), vm('b'), vm('c')].join('---\n'));
    await succeed('apply', '-y');
    write('vms.yaml', [vm('a', 'onBoot: true\n'), vm('b', 'onBoot: true\n'), vm('c', 'onBoot: true\n')].join('---\n'));
    await succeed('plan', '-o', 'plan.json');
    await setByHand(102, { cores: 7 });
    await pve.delete(`${CONFIG}/103`);
    await sandbox.settled();
    const said = await refuse();
    expect(said).toContain('cannot apply the plan: 2 resources are not as it found them');
    expect(said).toContain('vm/b: the configuration of guest 102 has changed since it was planned');
    expect(said).toContain('vm/c: guest 103 is not there any more');
    expect(await pve.get(`${CONFIG}/101/config`)).not.toHaveProperty('onboot');
  });

  it('R-54: where another guest has the planned id', async () => {
    write('vm.yaml', vm('a'));
    await succeed('apply', '-y');
    write('vm.yaml', vm('a', 'onBoot: true\n'));
    await succeed('plan', '-o', 'plan.json');
    await pve.delete(`${CONFIG}/101`);
    await sandbox.settled();
    await pve.post(CONFIG, { params: { vmid: 101, name: 'a', description: 'pvevm:-:vm/a:101' } });
    await sandbox.settled();
    expect(await refuse()).toContain('guest 101 is another guest than the one that was planned for');
  });

  it('where the guest has moved to another node', async () => {
    write('vm.yaml', `kind: vm\nname: a\nnode: pve1\nha: false\nos: { media: none }\n`);
    await succeed('apply', '-y');
    write('vm.yaml', `kind: vm\nname: a\nnode: pve1\nha: false\nos: { media: none }\nonBoot: true\n`);
    await succeed('plan', '-o', 'plan.json');
    await pve.post(`${CONFIG}/101/migrate`, { params: { target: 'pve2' } });
    await sandbox.settled();
    expect(await refuse()).toContain('guest 101 is on pve2 by now');
  });

  it('R-19: on another cluster of the same name and version', async () => {
    write('vm.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    const other = await startSandbox({ taskTimeMs: 1 });
    try {
      env = { PVEVM_ENDPOINT: other.endpoint, PVEVM_TOKEN: other.token, PVEVM_FINGERPRINT: other.fingerprint };
      const said = await refuse();
      expect(said).toContain('it was made for another cluster');
      expect(said).toContain(`this one: authority ${other.fingerprint}`);
      expect(other.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('where a document says something else by now, by the name of its file', async () => {
    write('a.yaml', vm('a'));
    write('b.yaml', vm('b'));
    await succeed('plan', '-o', 'plan.json');
    write('b.yaml', vm('b', 'onBoot: true\n'));
    const said = await refuse();
    expect(said).toContain('cannot apply the plan: b.yaml has changed since it was made');
    expect(sandbox.requests.filter(({ path }) => path.endsWith('/version'))).toHaveLength(1);
  });

  it('R-19: where any document of a file says something else by now, is gone from it, or has come to it', async () => {
    write('vms.yaml', [vm('a'), vm('b'), vm('c')].join('---\n'));
    await succeed('plan', '-o', 'plan.json');
    const texts = [
      [vm('a', 'onBoot: true\n'), vm('b'), vm('c')],
      [vm('a'), vm('b', 'onBoot: true\n'), vm('c')],
      [vm('a'), vm('b')],
      [vm('a'), vm('b'), vm('c'), vm('d')],
    ];
    for (const documents of texts) {
      write('vms.yaml', documents.join('---\n'));
      expect(await refuse()).toContain('vms.yaml has changed');
    }
  });

  it('R-19: where a file describes nothing by now, or another one only lacks a variable', async () => {
    write('a.yaml', vm('a', 'description: "${var.text:-here}"\n'));
    write('b.yaml', vm('b'));
    await succeed('plan', '-o', 'plan.json');
    write('b.yaml', '# nothing\n');
    expect(await refuse()).toContain('b.yaml has changed');
    write('a.yaml', vm('a', 'description: "${var.text}"\n'));
    write('b.yaml', vm('b', 'nonsense: 1\n'));
    expect(await refuse()).toContain('a.yaml, b.yaml have changed');
  });

  it('where the project has another stack by now, or marks otherwise', async () => {
    write('pvevm.yaml', 'kind: project\nstack: one\n');
    write('a.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    for (const text of ['stack: two\n', 'stack: one\nmark: description\n']) {
      write('pvevm.yaml', `kind: project\n${text}`);
      expect(await refuse()).toContain('pvevm.yaml has changed');
    }
  });

  it('where a written id is taken by now', async () => {
    write('vm.yaml', vm('a', 'vmid: 300\n'));
    await succeed('plan', '-o', 'plan.json');
    await pve.post(CONFIG, { params: { vmid: 300, name: 'other' } });
    await sandbox.settled();
    expect(await refuse()).toContain('cannot create vm/a: guest 300 on pve1 has that id by now');
  });

  it('where it is damaged, and says where', async () => {
    write('vm.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    write('plan.json', read('plan.json').replace('"method": "POST"', '"method": "PATCH"'));
    expect(await refuse(3)).toContain(
      '/resources/0/steps/0/request/method: must be equal to one of the allowed values',
    );
    const { steps: _, ...resource } = JSON.parse(read('plan.json')).resources[0];
    write('plan.json', JSON.stringify({ ...JSON.parse(read('plan.json')), resources: [resource] }));
    expect(await refuse(3)).toContain("/resources/0: must have required property 'steps'");
  });

  it('R-19: where somebody has edited it, though its form is right', async () => {
    write('vm.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    const saved = read('plan.json');
    write('plan.json', saved.replace('"path": "/nodes/pve1/qemu"', '"path": "/nodes/pve2/qemu"'));
    expect(await refuse(3)).toContain('cannot read the plan plan.json: it was edited after it was made');
    const { sha256: _, ...rest } = JSON.parse(saved);
    write('plan.json', JSON.stringify(rest));
    expect(await refuse(3)).toContain('it was edited');
  });

  /** Saves the plan of a project that has lost one of its two documents. */
  async function saveRemovalOfB(): Promise<void> {
    write('pvevm.yaml', 'kind: project\nstack: lab\n');
    write('a.yaml', vm('a'));
    write('b.yaml', vm('b'));
    await succeed('apply', '-y');
    rmSync(join(cwd, 'b.yaml'));
    await succeed('plan', '--prune', '-o', 'plan.json');
  }

  it('R-5: where a document describes by now what it removes, though it knows nothing of that file', async () => {
    await saveRemovalOfB();
    write('new.yaml', vm('b'));
    expect(await refuse()).toContain('it destroys vm/b, which new.yaml describes by now');
    write('new.yaml', vm('c', 'renamedFrom: b\n'));
    expect(await refuse()).toContain('it destroys vm/b, which new.yaml describes by now');
    write('new.yaml', vm('c'));
    await succeed('apply', 'plan.json', '--allow', 'data-loss');
    expect(sandbox.guestConfig(102)).toBeUndefined();
  });

  it('R-5: where a document that it knows nothing of cannot be read, which may describe what it removes', async () => {
    await saveRemovalOfB();
    for (const text of [vm('b', 'description: ${var.text}\n'), vm('b', 'nonsense: 1\n'), 'name: [b\n']) {
      write('new.yaml', text);
      expect(await refuse()).toContain('it destroys vm/b, and new.yaml cannot be read, which may describe it by now');
    }
    expect(sandbox.guestConfig(102)).toBeDefined();
    // Where its documents are not, nobody can tell.
    mkdirSync(join(cwd, 'elsewhere'));
    write('elsewhere/pvevm.yaml', read('pvevm.yaml'));
    write('elsewhere/plan.json', read('plan.json'));
    const { code } = await runCli(['apply', 'plan.json', '--allow', 'data-loss'], { cwd: join(cwd, 'elsewhere'), env });
    await sandbox.settled();
    expect([code, sandbox.guestConfig(102)]).toEqual([0, undefined]);
  });

  it('where the node of a new guest has gone offline, before anything is made on others', async () => {
    write('a.yaml', `${vm('a')}---\n${vm('b').replace('pve1', 'pve2')}`);
    await succeed('plan', '-o', 'plan.json');
    sandbox.failNext('GET /version node-down=pve2');
    await pve.get('/version');
    expect(await refuse()).toContain('cannot create vm/b: pve2 is offline by now');
  });

  it('R-21: where the token that applies it may not do all that it asks for, before the first write', async () => {
    write('a.yaml', `${vm('a')}---\n${vm('b')}`);
    await succeed('apply', '-y');
    write('a.yaml', `${vm('a', 'onBoot: true\n')}---\n${vm('b', 'onBoot: true\n')}`);
    await succeed('plan', '-o', 'plan.json');
    await pve.post('/access/users', { params: { userid: 'low@pve' } });
    await pve.post('/access/roles', { params: { roleid: 'Keeps', privs: 'VM.Audit VM.Config.Options Sys.Audit' } });
    await pve.post('/access/roles', { params: { roleid: 'Sees', privs: 'VM.Audit Sys.Audit' } });
    await pve.put('/access/acl', { params: { path: '/', users: 'low@pve', roles: 'Sees' } });
    await pve.put('/access/acl', { params: { path: '/vms/101', users: 'low@pve', roles: 'Keeps' } });
    const made = await pve.post('/access/users/low@pve/token/ci', { params: { privsep: 0 } });
    const root = env;
    env = { ...root, PVEVM_TOKEN: `low@pve!ci=${(made as { value: string }).value}` };
    const text = await refuse(5);
    expect(text).toContain('cannot apply the plan: low@pve!ci lacks privileges that it needs');
    expect(text).toMatch(/vm\/b needs VM\.Config\.\w+ or .* on \/vms\/102/);
    expect(text).not.toContain('vm/a needs');
    env = root;
    await succeed('apply', 'plan.json');
  });

  it('R-48: where its documents do not give a secret any more, before the first write', async () => {
    env = { ...env, PW: 'correct-horse-battery' };
    write('a.yaml', vm('a', 'description: "${var.text}"\n'));
    write('b.yaml', vm('b', 'cloudInit: { password: "${env.PW}" }\n'));
    await succeed('plan', '-o', 'plan.json', '--var', 'text=hello');
    write('b.yaml', vm('b'));
    const said = await refuse(3);
    expect(said).toContain('cannot apply the plan: it needs secrets that its documents do not give');
    expect(said).toContain('vm/b: cloudInit.password (b.yaml)');
    const stdin = vm('c', 'cloudInit: { password: "${env.PW}" }\n');
    expect((await runCli(['plan', '-o', 'plan.json', '-'], { cwd, env, stdin })).code).toBe(0);
    expect(await refuse(3)).toContain('it needs secrets of a document from standard input');
  });

  it('R-19: where the cluster has another name, or another version of Proxmox VE', async () => {
    write('vm.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    const { sha256: _, sources: __, ...made } = JSON.parse(read('plan.json'));
    for (const other of [{ name: 'other' }, { version: '8.4.1' }]) {
      const { authority: ___, ...cluster } = made.cluster;
      write('plan.json', JSON.stringify({ ...made, cluster: { ...cluster, ...other } }));
      expect(await refuse()).toContain('cannot apply the plan: it was made for cluster');
    }
  });

  it('R-19: on another cluster, where the token may not read its authority', async () => {
    write('vm.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    const { sha256: _, sources: __, ...made } = JSON.parse(read('plan.json'));
    const { authority: ___, ...cluster } = made.cluster;
    const nodes = [{ name: 'pve1', fingerprint: 'AA:BB' }];
    write('plan.json', JSON.stringify({ ...made, cluster: { ...cluster, nodes } }));
    sandbox.failNext('GET /nodes/localhost/certificates/info status=403');
    expect(await refuse()).toContain('it was made for another cluster of that name');
  });

  it('beside other files', async () => {
    write('a.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    for (const argv of [
      ['plan.json', 'a.yaml'],
      ['a.yaml', 'plan.json'],
    ]) {
      const { code, stderr } = await run('apply', '-y', ...argv);
      expect([code, stderr]).toEqual([
        3,
        expect.stringContaining('cannot apply the plan plan.json together with other files'),
      ]);
    }
    expect(writes()).toBe(0);
  });

  it('where a newer pvevm made it, which may ask for what this one does not know', async () => {
    write('vm.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    write('plan.json', read('plan.json').replace('"formatVersion": "1.0"', '"formatVersion": "1.7"'));
    expect(await refuse(3)).toContain('its format is 1.7');
  });
});

describe('a saved plan is carried out', () => {
  it('whatever its layout, and the order of its keys', async () => {
    write('a.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    const { resources, ...rest } = JSON.parse(read('plan.json'));
    write('plan.json', JSON.stringify({ resources, ...rest }));
    await succeed('apply', 'plan.json');
  });

  it('by the command that saving it has printed, with the variables that it was made with', async () => {
    write('a.yaml', vm('a', 'memory: { size: "${var.memory:-1GiB}" }\n'));
    const saved = await run('plan', '-o', 'plan.json', '--var', 'memory=4GiB', '--only', 'vm/a');
    const command = 'apply --var memory=4GiB plan.json';
    expect(saved.stderr).toContain(`Saved. To carry it out, run: pvevm ${command}\n`);
    await succeed(...command.split(' '));
    expect(sandbox.guestConfig(101)).toContain('memory: 4096');
  });

  it('where its documents were only laid out anew, or are not there', async () => {
    write('a.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    write('a.yaml', `# a comment\n${vm('a').replace('name: a', 'name:   a')}`);
    await succeed('apply', 'plan.json');
    write('a.yaml', vm('a', 'onBoot: true\n'));
    await succeed('plan', '-o', 'plan.json');
    rmSync(join(cwd, 'a.yaml'));
    await succeed('apply', 'plan.json');
    expect(sandbox.guestConfig(101)).toContain('onboot: 1');
  });

  it('where a variable of its documents is not given, and says that they were not compared', async () => {
    write('a.yaml', vm('a', 'description: ${var.text}\n'));
    await succeed('plan', '-o', 'plan.json', '--var', 'text=hello');
    const { code, stderr } = await run('apply', 'plan.json');
    expect({ code, said: stderr.includes('are not compared with it') }).toEqual({ code: 0, said: true });
  });

  it('where --only has made it, though a document that it left out has changed', async () => {
    write('vms.yaml', [vm('a'), vm('b')].join('---\n'));
    await succeed('plan', '-o', 'plan.json', '--only', 'vm/a');
    write('vms.yaml', [vm('a'), vm('b', 'onBoot: true\n')].join('---\n'));
    await succeed('apply', 'plan.json');
    await succeed('plan', '-o', 'plan.json', '--only', 'vm/b');
    write('vms.yaml', [vm('a'), vm('b')].join('---\n'));
    expect((await run('apply', 'plan.json')).stderr).toContain('vms.yaml has changed');
  });

  it('under another id, where the one that pvevm chose is gone', async () => {
    write('vm.yaml', vm('a'));
    await succeed('plan', '-o', 'plan.json');
    await pve.post(CONFIG, { params: { vmid: 101, name: 'other' } });
    await sandbox.settled();
    await succeed('apply', 'plan.json');
    expect(
      [sandbox.guestConfig(101), sandbox.guestConfig(102)].map((config) => /name: (\w+)/.exec(config ?? '')?.[1]),
    ).toEqual(['other', 'a']);
  });
});

it('R-4: the same plan is saved as the same bytes, from another folder too', async () => {
  write('a.yaml', vm('a'));
  await succeed('plan', '-o', 'one.plan');
  await succeed('plan', '-o', 'two.plan');
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-other-'));
  writeFileSync(join(folder, 'a.yaml'), read('a.yaml'));
  await runCli(['plan', '-o', 'three.plan'], { cwd: folder, env });
  const third = readFileSync(join(folder, 'three.plan'), 'utf8');
  rmSync(folder, { recursive: true });
  expect([read('two.plan'), third]).toEqual([read('one.plan'), read('one.plan')]);
  expect(third).not.toContain(folder);
});

it('a saved plan holds no secret, and no digest by which one could be guessed', async () => {
  write('a.yaml', vm('a', 'cloudInit: { password: "${env.GUEST_PASSWORD}" }\n'));
  env = { ...env, GUEST_PASSWORD: 'first-secret' };
  await succeed('plan', '-o', 'one.plan');
  env = { ...env, GUEST_PASSWORD: 'other-secret' };
  await succeed('plan', '-o', 'two.plan');
  expect(read('two.plan')).toBe(read('one.plan'));
  expect(read('one.plan')).not.toMatch(/first-secret/);
});

describe('what commands print is as their schemas say:', () => {
  const DOCUMENTS = [
    vm(
      'full',
      'pool: null\ntags: [a]\ndescription: text\npower: running\ndisks: { scsi0: {}, scsi1: { size: 1GiB } }\n',
    ),
    vm('fixed', 'vmid: 300\n'),
    'kind: image\nname: debian\nstorage: local\nnode: pve1\nurl: https://example.test/debian-13.iso\nfilename: debian-13.iso\n',
  ].join('---\n');

  it('plans that create, change, find nothing, and fail', async () => {
    write('vms.yaml', DOCUMENTS);
    const plans: string[] = [await succeed('plan', '--json')];
    await succeed('plan', '-o', 'plan.json');
    plans.push(read('plan.json'));
    await succeed('apply', '-y');
    plans.push(await succeed('plan', '--json'));
    write('vms.yaml', DOCUMENTS.replace('tags: [a]', 'tags: [b]\nmemory: { size: 4GiB }'));
    plans.push((await run('plan', '--json')).stdout);
    write('vms.yaml', DOCUMENTS.replace('scsi1: { size: 1GiB }', 'scsi1: { storage: nowhere }'));
    plans.push((await run('plan', '--json')).stdout);
    for (const plan of plans) expect(problemsOfOutput('plan', JSON.parse(plan))).toEqual([]);
  });

  it('status, validations, events, and failures', async () => {
    write('vms.yaml', DOCUMENTS);
    const events = (await succeed('apply', '-y', '--events'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(events.length).toBeGreaterThan(8);
    expect(events.flatMap((event) => problemsOfOutput('events', event))).toEqual([]);
    expect(problemsOfOutput('status', JSON.parse((await run('status', '--json')).stdout))).toEqual([]);
    expect(problemsOfOutput('validate', JSON.parse((await run('validate', '--json')).stdout))).toEqual([]);
    write('vms.yaml', vm('a', 'nonsense: 1\n'));
    for (const command of ['plan', 'status', 'apply']) {
      expect(problemsOfOutput('diagnostics', JSON.parse((await run(command, '--json')).stdout))).toEqual([]);
    }
    expect(problemsOfOutput('validate', JSON.parse((await run('validate', '--json')).stdout))).toEqual([]);
    const { stdout } = await run('show', 'vms.yaml', '--json');
    expect(problemsOfOutput('diagnostics', JSON.parse(stdout))).toEqual([]);
  });

  it('a plan with a key that nobody knows is not', async () => {
    write('vms.yaml', vm('a'));
    const plan = JSON.parse(await succeed('plan', '--json')) as object;
    expect(problemsOfOutput('plan', { ...plan, ghost: 1 })).toHaveLength(1);
  });
});
