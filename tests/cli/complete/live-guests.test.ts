import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from '../../harness.ts';
import { runCli } from '../../run-cli.ts';

let harness: Harness;
let cwd = '';
let env: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  // Nobody waits for long: what is loaded on a first use must not count.
  await import('../../../src/cli/complete/live-guests.ts');
  await import('../../../src/spec/load.ts');
  harness = await startHarness();
  const { endpoint, token, ca } = harness.sandbox;
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'ca.pem'), ca);
  writeFileSync(join(cwd, 'token'), token, { mode: 0o600 });
  writeFileSync(join(cwd, 'web.yaml'), 'kind: vm\nname: web-01\ntags: [ci]\n');
  env = { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_CA: join(cwd, 'ca.pem'), XDG_CONFIG_HOME: cwd };
  for (const name of ['by-hand', 'web-01'])
    await harness.pve.post('/nodes/pve2/qemu', { params: { vmid: name === 'by-hand' ? 105 : 101, name } });
});

afterAll(async () => {
  await harness.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function complete(line: string, world: Readonly<Record<string, string>> = env): Promise<readonly string[]> {
  const words = line.split(' ');
  const run = await runCli(['__complete', `=${words.at(-1)}`, ...words.slice(0, -1)], { cwd, env: world });
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  return run.stdout.trimEnd().split('\n').slice(1);
}

it('completion offers export the guests of the cluster, with where they are, and those of documents', async () => {
  const all = ['vm/web-01\t101 on pve2, in the cluster', 'vm/by-hand\t105 on pve2, in the cluster'];
  expect(await complete('export vm/')).toEqual(all);
  const { PVEVM_ENDPOINT: endpoint = '', XDG_CONFIG_HOME: home = '' } = env;
  const flags = `--endpoint ${endpoint} --token-file=token --ca ca.pem`;
  expect(await complete(`export ${flags} vm/by`, { XDG_CONFIG_HOME: home })).toEqual(all.slice(1));
});

it('completion asks a server for nothing else', async () => {
  const before = harness.sandbox.log.length;
  expect(await complete('plan --only ')).toEqual(['vm/web-01\tweb.yaml:1', 'tag=ci\tall that have this tag']);
  expect(harness.sandbox.log).toHaveLength(before);
});

it('completion offers what documents say where nothing answers, and asks for no password', async () => {
  const mute = createServer();
  await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
  const address = mute.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const described = ['vm/web-01\tweb.yaml:1'];
    expect(await complete('export vm/', { ...env, PVEVM_ENDPOINT: `https://127.0.0.1:${port}` })).toEqual(described);
    const user = { PVEVM_ENDPOINT: env['PVEVM_ENDPOINT'] ?? '', PVEVM_USERNAME: 'root@pam', XDG_CONFIG_HOME: cwd };
    expect(await complete('export vm/', user)).toEqual(described);
    expect(await complete('export --sandbox vm/')).toEqual(described);
  } finally {
    mute.close();
  }
});
