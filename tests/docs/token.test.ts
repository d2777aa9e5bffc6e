import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { runCli } from '../run-cli.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/token.md'), 'utf8');

/** The privileges of Proxmox VE's role PVEAuditor that matter here (pve-access-control: PVE/AccessControl.pm). */
const AUDITOR = ['Datastore.Audit', 'Mapping.Audit', 'Pool.Audit', 'SDN.Audit', 'Sys.Audit', 'VM.Audit'];

/** Makes the role, user and token of the page, with these privileges; gives the token's secret. */
async function makeKeeper({ pve }: Harness, privileges: readonly string[]): Promise<string> {
  await pve.post('/access/roles', { params: { roleid: 'VMKeeper', privs: privileges.join(',') } });
  await pve.post('/access/users', { params: { userid: 'pvevm@pve' } });
  await pve.put('/access/acl', { params: { path: '/', users: 'pvevm@pve', roles: 'VMKeeper' } });
  // The answer holds the secret (pve-access-control: PVE/API2/User.pm, generate_token).
  const { value } = (await pve.post('/access/users/pvevm@pve/token/ci', { params: { privsep: false } })) as {
    value: string;
  };
  return value;
}

/** A client that uses the page's token. */
async function keeper(harness: Harness, privileges: readonly string[]): Promise<PveClient> {
  const { sandbox } = harness;
  const value = await makeKeeper(harness, privileges);
  return createPveClient({
    endpoint: sandbox.endpoint,
    credentials: { type: 'token', token: `pvevm@pve!ci=${value}` },
    trust: { ca: sandbox.ca },
  });
}

const role = (/--privs "([^"]+)"/.exec(page)?.[1] ?? '').split(/[\s\\]+/);
const YAML =
  'kind: vm\nname: web-01\npool: lab\npower: running\nha: false\nonBoot: true\ndescription: x\nnetwork: { net0: { vlan: 20 } }\ncloudInit: { user: admin }\n';

it('R-21: the token of docs/how-to/token.md may plan, make, change and destroy a guest', async () => {
  const harness = await startHarness();
  await harness.pve.post('/pools', { params: { poolid: 'lab' } });
  const pve = await keeper(harness, role);
  try {
    for (const yaml of [YAML, `${YAML}cpu: { cores: 4 }\ndisks: { scsi0: { size: 40GiB } }\n`]) {
      const plan = await harness.plan(yaml, { pve });
      expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect((await harness.run(plan, undefined, undefined, pve)).outcome).toBe('ok');
    }
  } finally {
    await pve.close();
    await harness.close();
  }
});

it('the role PVEAuditor is enough to see drift, and not for a plan that changes something, as the page says', async () => {
  const harness = await startHarness();
  const { sandbox } = harness;
  try {
    const value = await makeKeeper(harness, AUDITOR);
    const yaml = YAML.replace('pool: lab\n', '');
    await harness.apply(yaml);
    const look = (command: readonly string[], text: string) =>
      runCli([...command, 'vm.yaml'], {
        files: { 'vm.yaml': text, 'ca.pem': sandbox.ca },
        env: { PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_TOKEN: `pvevm@pve!ci=${value}`, PVEVM_CA: 'ca.pem' },
      });
    expect(await look(['plan', '--detailed-exitcode'], yaml)).toMatchObject({ code: 0 });
    expect(await look(['status', '--exit-code'], yaml)).toMatchObject({ code: 0 });
    const other = `${yaml}cpu: { cores: 4 }\n`;
    expect(await look(['status', '--exit-code'], other)).toMatchObject({ code: 2 });
    expect(await look(['plan'], other)).toMatchObject({ code: 5 });
  } finally {
    await harness.close();
  }
});

it.each([
  'VM.Allocate',
  'VM.Config.Cloudinit',
  'VM.Config.Network',
  'Datastore.AllocateSpace',
  'SDN.Use',
  'VM.PowerMgmt',
])('R-21: without %s it may not, and the plan says so', async (missing) => {
  const harness = await startHarness();
  await harness.pve.post('/pools', { params: { poolid: 'lab' } });
  const pve = await keeper(
    harness,
    role.filter((name) => name !== missing),
  );
  try {
    const plan = await harness.plan(YAML, { pve });
    const errors = plan.diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ summary, detail }) => `${summary} ${detail}`).join('\n')).toContain(missing);
  } finally {
    await pve.close();
    await harness.close();
  }
});
