import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Resource } from '../../src/core/resource.ts';
import { type ApplyResult, applyPlan } from '../../src/engine/apply.ts';
import { createPlan } from '../../src/engine/plan.ts';
import { secretsOf } from '../../src/engine/step/placeholders.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { FactVersion } from '../../src/pve/facts/fact-versions.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { loadFiles } from '../spec/load-text.ts';

/** A cluster that has whatever generated specs name, and root@pam to work on it. */
export interface Lab {
  readonly sandbox: Sandbox;
  readonly pve: PveClient;
  load(yaml: string): Promise<readonly Resource[]>;
  plan(resources: readonly Resource[], allow?: readonly string[]): Promise<Plan>;
  run(plan: Plan, resources: readonly Resource[]): Promise<ApplyResult>;
  /** Plans and applies; what stands in its way is an error. */
  apply(yaml: string): Promise<Plan>;
  /** The writes that the sandbox has seen since the last call, but for logging in. */
  writes(): readonly { readonly method: string; readonly path: string; readonly params: JsonObject }[];
  /** Takes guests away, whatever they are. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

// Rules have to name somebody.
const KEPT = [900, 901];
const NODES = ['pve1', 'pve2', 'pve3'];
const SNIPPETS = ['local:snippets/hook.pl', 'cephfs:snippets/web.yaml'].concat(
  ['user', 'network', 'meta', 'vendor'].map((name) => `local:snippets/${name}.yaml`),
);

/** Puts files of one's own on the storages: no call of the API takes snippets. */
function addSnippets(directory: string): void {
  const file = join(directory, 'sandbox.json');
  const state = JSON.parse(readFileSync(file, 'utf8')) as { volumes: Json[] };
  for (const volid of SNIPPETS) {
    const storage = volid.split(':')[0] ?? '';
    for (const node of storage === 'local' ? NODES : [undefined]) {
      const place = node === undefined ? {} : { node };
      state.volumes.push({ volid, storage, content: 'snippets', format: 'snippet', size: 100, ctime: 0, ...place });
    }
  }
  writeFileSync(file, JSON.stringify(state));
}

async function prepare({ post, get }: PveClient, version: FactVersion): Promise<void> {
  for (const poolid of version === '7.4' ? ['web'] : ['web', 'web/front']) await post('/pools', { params: { poolid } });
  const maps: readonly (readonly [type: string, id: string, item: string])[] = [
    ['pci', 'gpu', 'id=10de:1234,path=0000:01:00.0'],
    ['usb', 'stick', 'id=1234:abcd'],
    ['dir', 'share', 'path=/srv/share'],
  ];
  for (const [type, id, item] of maps) {
    const known = await get(`/cluster/mapping/${type}`).catch(() => undefined);
    const map = NODES.map((node) => `node=${node},${item}`);
    if (known !== undefined) await post(`/cluster/mapping/${type}`, { params: { id, map } });
  }
  await post('/cluster/firewall/groups', { params: { group: 'webservers' } }).catch(() => undefined);
  for (const vmid of KEPT) {
    await post('/nodes/pve3/qemu', { params: { vmid, name: `kept-${vmid}` } });
    await post('/cluster/ha/resources', { params: { sid: `vm:${vmid}`, state: 'ignored' } });
  }
  const [first, second] = KEPT.map((vmid) => `vm:${vmid}`);
  const nodes = NODES.join(',');
  if (version.startsWith('9')) {
    const apart = { rule: 'keep-apart', type: 'resource-affinity', affinity: 'negative' };
    await post('/cluster/ha/rules', { params: { ...apart, resources: `${first},${second}` } });
    await post('/cluster/ha/rules', {
      params: { rule: 'on-front', type: 'node-affinity', resources: first ?? '', nodes },
    });
  } else await post('/cluster/ha/groups', { params: { group: 'front', nodes } });
}

/** Starts a sandbox with what generated specs name: pools, mappings, HA rules or groups, snippets. */
export async function startLab(version: FactVersion = '9.2'): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), 'pvevm-lab-'));
  await (await startSandbox({ directory, version, seed: 7 })).close();
  addSnippets(directory);
  const sandbox = await startSandbox({ directory, version, seed: 7, taskTimeMs: 1 });
  const clock = { ...systemClock, sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 5)) };
  const pve = createPveClient({
    endpoint: sandbox.endpoint,
    credentials: { type: 'password', username: 'root@pam', password: 'sandbox' },
    trust: { ca: sandbox.ca },
    clock,
  });
  await prepare(pve, version);
  await sandbox.settled();
  let seen = 0;
  const lab: Lab = {
    sandbox,
    pve,
    load: async (yaml) => {
      const { resources, diagnostics } = await loadFiles({ 'vm.yaml': yaml }, ['vm.yaml']);
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      if (errors.length > 0) throw new Error(errors.map(({ detail }) => detail).join('\n'));
      return resources;
    },
    plan: (resources, allow = []) =>
      createPlan({
        ...{ resources, pve, user: 'root@pam', clock, allow: new Set(allow) },
        project: { stack: null, mark: 'full' },
      }),
    run: async (plan, resources) => {
      const result = await applyPlan({ plan, pve, clock, onEvent: () => undefined, secrets: secretsOf(resources) });
      await sandbox.settled();
      return result;
    },
    apply: async (yaml) => {
      const resources = await lab.load(yaml);
      const plan = await lab.plan(resources);
      const errors = plan.diagnostics.filter(({ severity }) => severity === 'error');
      if (errors.length > 0) throw new Error(errors.map(({ summary, detail }) => `${summary}: ${detail}`).join('\n'));
      const { outcome, errors: failures } = await lab.run(plan, resources);
      if (outcome !== 'ok')
        throw new Error(failures.map(({ message, details }) => [message, ...details].join('\n')).join('\n'));
      return plan;
    },
    writes: () => {
      const fresh = sandbox.requests.slice(seen);
      seen = sandbox.requests.length;
      return fresh
        .filter(({ method, path }) => method !== 'GET' && path !== '/access/ticket')
        .map(({ method, path, params }) => ({ method, path, params: params as JsonObject }));
    },
    clear: async () => {
      const rows = (await pve.get('/cluster/resources', { query: { type: 'vm' } })) as { vmid: number; node: string }[];
      for (const { vmid, node } of rows.filter((row) => !KEPT.includes(row.vmid))) {
        const path = `/nodes/${node}/qemu/${vmid}`;
        await pve.delete(`/cluster/ha/resources/vm:${vmid}`).catch(() => undefined);
        await pve.post(`${path}/status/stop`);
        await sandbox.settled();
        await pve.put(`${path}/config`, { params: { delete: 'protection' } });
        await pve.delete(path, { params: { purge: 1, 'destroy-unreferenced-disks': 1 } });
        await sandbox.settled();
      }
    },
    close: async () => {
      await pve.close();
      await sandbox.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return lab;
}
