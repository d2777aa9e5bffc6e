import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/core/json.ts';
import type { Resource } from '../../src/core/resource.ts';
import type { PlanOptions } from '../../src/engine/plan.ts';
import type { SeededRandom } from '../../src/sandbox/random.ts';
import { loadResources } from '../../src/spec/load.ts';
import { specs } from '../requirements/generated-specs.ts';

/** The stacks of a swarm. */
export type Stack = 'red' | 'blue';

/** A state of the project of a stack, as a commit has it. */
export interface Commit {
  readonly yaml: string;
  readonly names: readonly string[];
  /** The ids that its documents say. */
  readonly vmids: readonly number[];
  readonly resources: readonly Resource[];
  readonly project: PlanOptions['project'];
}

type Spec = Readonly<Record<string, unknown>>;

const chance = (random: SeededRandom, percent: number): boolean => random.integer(100) < percent;
const oneOf = <Item>(random: SeededRandom, items: readonly Item[]): Item => items[random.integer(items.length)] as Item;
const maybe = (isThere: boolean, part: Spec): Spec => (isThere ? part : {});

const FIREWALL = { enabled: true, policyIn: 'DROP', rules: [{ action: 'ACCEPT', macro: 'SSH' }] };

function plainSpec(random: SeededRandom): Spec {
  const ha = chance(random, 30);
  const storage = ha || chance(random, 70) ? 'ceph-pool' : 'local-lvm';
  const base = {
    ...maybe(chance(random, 50), { node: oneOf(random, ['pve1', 'pve2']) }),
    ...maybe(chance(random, 70), { power: oneOf(random, ['running', 'running', 'stopped']) }),
    ...maybe(chance(random, 30), { pool: 'ours' }),
    ...maybe(chance(random, 40), { tags: ['web'], description: 'the shop' }),
    ...maybe(chance(random, 30), { firewall: FIREWALL }),
    ha,
  };
  if (chance(random, 20)) return { ...base, clone: { from: 9000, mode: 'full' }, cpu: { cores: 3 } };
  return {
    ...base,
    memory: { size: '1GiB' },
    network: { net0: { bridge: 'vmbr0' } },
    disks: { scsi0: { storage, size: '4GiB' }, ...maybe(chance(random, 40), { scsi1: { storage, size: '2GiB' } }) },
    ...maybe(chance(random, 20), { cloudInit: { storage, user: 'admin', addresses: { net0: { ipv4: 'dhcp' } } } }),
  };
}

// What a person sets by hand (person.ts): no document manages it, so that it has to stay.
const BY_HAND: ReadonlySet<string> = new Set(['localTime', 'startDate', 'migrate_downtime', 'net7', 'scsi13']);

function leftToPeople(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(leftToPeople);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => (BY_HAND.has(key) ? [] : [[key, leftToPeople(part)]])),
  );
}

/** Any spec of all fields, without what places it, what two guests cannot share, and what people set by hand. */
function anySpec(random: SeededRandom): Spec {
  const [spec = {}] = fc.sample(specs, { seed: random.integer(1_000_000), numRuns: 1 });
  const {
    vmid: _vmid,
    node: _node,
    protection: _protection,
    template: _template,
    ...rest
  } = leftToPeople(spec) as JsonObject;
  // Nothing says where the firmware's disk of a guest without disks is to go.
  const hasNoDisk = rest['disks'] !== undefined && Object.values(Object(rest['disks'])).every((disk) => disk === null);
  return hasNoDisk ? plainSpec(random) : rest;
}

/** The same guest some commits later. */
function edited(random: SeededRandom, spec: Spec, isPlain: boolean): Spec {
  const description = { description: `edited ${random.integer(100)}` };
  if (!isPlain) return { ...spec, ...description };
  const disks = (spec['disks'] ?? {}) as Spec;
  const isCloned = spec['clone'] !== undefined;
  const edits: readonly Spec[] = [
    description,
    { tags: ['web', 'new'] },
    { cpu: { cores: 4 } },
    { power: oneOf(random, ['running', 'stopped']) },
    { pool: oneOf(random, ['ours', 'others']) },
    { firewall: { ...FIREWALL, policyIn: 'ACCEPT' } },
    ...(isCloned
      ? []
      : [
          { memory: { size: '2GiB' } },
          { network: { net0: { bridge: 'vmbr9', vlan: 20 }, net1: { bridge: 'vmbr0' } } },
          { disks: { ...disks, scsi0: { ...(disks['scsi0'] as Spec), size: '6GiB' } } },
          { disks: { ...disks, scsi1: null, scsi2: { storage: 'ceph-pool', size: '1GiB' } }, unused: 'destroy' },
          { disks: { ...disks, scsi1: null } },
          { disks: { ...disks, scsi0: { size: '4GiB', storage: 'ceph-pool' } } },
          { node: 'pve3', onMoved: 'migrate' },
        ]),
  ];
  const picked = Array.from({ length: 1 + random.integer(4) }, () => oneOf(random, edits));
  return Object.assign({}, spec, ...picked) as Spec;
}

async function commitOf(stack: Stack, documents: ReadonlyMap<string, Spec>): Promise<Commit> {
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-swarm-'));
  const texts = [...documents].map(([name, spec]) =>
    stringify({ kind: 'vm', name, ...spec }, { aliasDuplicateObjects: false }),
  );
  const yaml = texts.join('---\n');
  try {
    writeFileSync(join(folder, 'vm.yaml'), yaml);
    writeFileSync(join(folder, 'pvevm.yaml'), `kind: project\nstack: ${stack}\n`);
    const options = { cwd: folder, env: {}, readStdin: async () => new Uint8Array() };
    const { resources, project, diagnostics } = await loadResources(['vm.yaml'], options);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(errors.map(({ summary, detail }) => `${summary}: ${detail}`).join('\n'));
    const vmids = [...documents.values()].flatMap(({ vmid }) => (typeof vmid === 'number' ? [vmid] : []));
    return { yaml, names: [...documents.keys()], vmids, resources, project };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Two commits of the project of a stack, the older one first. */
export async function drawCommits(random: SeededRandom, stack: Stack): Promise<readonly [Commit, Commit]> {
  const first = new Map<string, Spec>();
  const second = new Map<string, Spec>();
  const own = stack === 'red' ? 201 : 301;
  for (const [index, name] of [`${stack}-a`, `${stack}-b`, 'web'].entries()) {
    if (index > 0 && chance(random, 30)) continue;
    // Two guests of one name are told apart by their ids alone.
    const vmid = name === 'web' || chance(random, 20) ? { vmid: own + index } : {};
    const isPlain = chance(random, 75);
    const spec = { ...vmid, ...(isPlain ? plainSpec(random) : anySpec(random)) };
    const isNew = index > 0 && chance(random, 20);
    const isDropped = index > 0 && !isNew && chance(random, 10);
    if (!isNew) first.set(name, spec);
    if (!isDropped) second.set(name, isNew ? spec : edited(random, spec, isPlain));
  }
  return [await commitOf(stack, first), await commitOf(stack, second)];
}
