import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadSchemas } from '../../src/cli/load-schemas.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import { renderResource } from '../../src/report/render-yaml.ts';
import { type Harness, startHarness } from '../harness.ts';
import { loadFiles } from '../spec/load-text.ts';
import { RUNS, specs } from './generated-specs.ts';
import { configOf, destroyByHand, setByHand } from './guests.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const LONG = 600_000;

const PROJECTS: readonly (string | undefined)[] = [
  undefined,
  'kind: project\nstack: lab\n',
  'kind: project\ndefaults: { vm: { disks: { "*": { storage: local-lvm, cache: none } }, network: { "*": { bridge: vmbr0 } }, ha: false } }\n',
  'kind: project\ndefaults: { vm: { disks: { scsi0: { size: 4GiB } }, cpu: { cores: 4 }, os: { media: none }, tags: [a] } }\n',
];

// What generated documents ask the environment for instead of a secret of their own.
const ENV = { GUEST_PASSWORD: 'a-secret' };
const withoutSecrets = (yaml: string): string => yaml.replace(/secret-\d+/g, '$${env.GUEST_PASSWORD}');

async function render(yaml: string, project: string | undefined): Promise<string> {
  const files = { 'vm.yaml': yaml, ...(project === undefined ? {} : { 'pvevm.yaml': project }) };
  const { resources, diagnostics } = await loadFiles(files, [], '', { env: ENV });
  expect(diagnostics).toEqual([]);
  const schemas = await loadSchemas();
  return resources.map((resource) => renderResource(resource, { schemas, origins: true })).join('---\n');
}

/** A plan without the places in files, in which two spellings of one document must differ. */
function withoutPlaces(plan: Plan): unknown {
  const isPlace = (text: string): boolean => /:\d+:\d+(?:, from .*)?$/.test(text);
  return JSON.parse(
    JSON.stringify(plan, (key, value: unknown) => {
      if (key === 'source' || key === 'range') return undefined;
      if (key === 'origin') return isPlace(String(value)) ? 'a file' : value;
      return typeof value === 'string' ? value.replace(/(?:vm|pvevm)\.yaml:\d+:\d+/g, 'a file') : value;
    }),
  );
}

async function plansOf(yaml: string, project: string | undefined): Promise<readonly unknown[]> {
  const options = { env: ENV, ...(project === undefined ? {} : { project }) };
  const rendered = await render(yaml, project);
  return [
    withoutPlaces(await harness.plan(yaml, options)),
    withoutPlaces(await harness.plan(rendered, options)),
    await render(rendered, project),
    rendered,
  ];
}

/** The text of a rendered document without the places that its comments name. */
const sameLines = (text: unknown): string =>
  String(text)
    .replace(/^# vm\/.*$/gm, '')
    .replace(/ # [^\n]*/g, '');

async function growByHand(vmid: number, node: string): Promise<void> {
  const disks = Object.entries(await configOf(harness, vmid)).filter(
    ([key, value]) =>
      /^(?:scsi|virtio|sata|ide)\d+$/.test(key) && String(value).includes('size=') && !String(value).includes('media='),
  );
  for (const [disk] of disks)
    await harness.pve.put(`/nodes/${node}/qemu/${vmid}/resize`, { params: { disk, size: '+1G' } });
  await harness.sandbox.settled();
}

let number = 0;

it(
  'R-57: a document and what render makes of it have the same plan: for a new guest, for its guest, and where that was changed by hand',
  async () => {
    const documents = fc.tuple(specs, fc.constantFrom(...PROJECTS), fc.boolean());
    await fc.assert(
      fc.asyncProperty(documents, async ([spec, project, none]) => {
        number += 1;
        const full: Record<string, Json> = { kind: 'vm', name: `guest-${number}`, ...spec };
        const yaml = withoutSecrets(stringify(full));
        const compare = async (text: string): Promise<void> => {
          const [plan, ofRendered, twice, once] = await plansOf(text, project);
          expect(ofRendered).toEqual(plan);
          expect(sameLines(twice)).toBe(sameLines(once));
        };
        await compare(yaml);
        const applied = await harness.apply(yaml, { env: ENV, ...(project === undefined ? {} : { project }) });
        const node = applied.resources[0]?.node ?? '';
        await compare(yaml);
        const vmid = applied.resources[0]?.vmid ?? 0;
        await setByHand(harness, vmid, { cores: 3, delete: 'boot,protection', net5: 'e1000,bridge=vmbr0' });
        await growByHand(vmid, node);
        await compare(yaml);
        if (none) await compare(withoutSecrets(stringify({ ...full, defaults: 'none', vmid } as JsonObject)));
        await destroyByHand(harness, vmid);
      }),
      RUNS,
    );
  },
  LONG,
);

it.each([
  ['variables and instances', 'name: w-${index}\ninstances: 3\nvars: { size: 8GiB }\nmemory: { size: "${var.size}" }'],
  [
    'a list of maps',
    'name: w-${each.n}\neach: [{ n: a, cores: 3 }, { n: b, cores: 1 }]\ncpu: { cores: "${each.cores}" }',
  ],
  ['text that looks like a placeholder', 'name: w\ndescription: a $${var.x} and $$$${y}'],
  ['what is taken away', 'name: w\ndisks: { scsi0: {}, scsi1: null }\nnetwork: {}\nos: { media: none }\nstartup: null'],
  ['what is not managed', 'name: w\nignore: [tags, disks.scsi0.size]\ntags: [a]'],
  [
    'short forms',
    'name: w\ndisks: [{ size: 1GiB }, { bus: virtio, size: 2GiB }]\nconsole: serial\nsystem: { agent: false }',
  ],
  ['maps that are the whole truth', 'name: w\nexclusive: [disks]\ndisks: { scsi3: { size: 1GiB } }'],
  [
    'devices and other options',
    'name: w\noptions: { tdf: 0, keyboard: de }\ndevices: { usb0: spice, watchdog: { action: reset } }',
  ],
])('a document with %s has the same plan when it is rendered', async (_name, text) => {
  for (const project of PROJECTS) {
    const [plan, ofRendered, twice, once] = await plansOf(`kind: vm\n${text}\n`, project);
    expect(ofRendered).toEqual(plan);
    expect((plan as Plan).resources.length).toBeGreaterThan(0);
    expect(sameLines(twice)).toBe(sameLines(once));
  }
});
