import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkResources } from '../src/cli/check-resources.ts';
import type { Resource } from '../src/core/resource.ts';
import { vmFields } from '../src/generated/fields/vm.ts';
import { apply, createPveClient, plan } from '../src/index.ts';
import { startSandbox } from '../src/sandbox/index.ts';
import { loadResources } from '../src/spec/load.ts';
import { startHarness } from './harness.ts';
import { createByHand } from './requirements/guests.ts';
import { startImageServer } from './requirements/image-server.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const files = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  // What is hidden is another program's.
  .filter((file) => file.endsWith('.yaml') && !/(^|\/)\./.test(file))
  .map((file) => `examples/${file}`);

async function load(inputs: readonly string[]): Promise<readonly Resource[]> {
  const { resources, diagnostics } = await loadResources(inputs, {
    cwd: root,
    readStdin: async () => new Uint8Array(),
  });
  expect([...diagnostics, ...(await checkResources(resources))]).toEqual([]);
  return resources;
}

/** The documents in the code blocks of a page, as one text each. */
function documentsOf(page: string): readonly string[] {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```yaml(?: file=\S+)?\n(.*?)^```/gms)];
  return blocks.map(([, text = '']) => text);
}

describe('the examples', () => {
  it('are valid documents of distinct names', async () => {
    const resources = [...(await load(['examples/*.yaml'])), ...(await load(['examples/fleet']))];
    const names = resources.map(({ name }) => name);
    expect(names).toContain('web-01');
    expect(names.length).toBeGreaterThanOrEqual(files.length);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each(files)('%s tells an editor its schema', (file) => {
    const [first = ''] = readFileSync(join(root, file), 'utf8').split('\n');
    const path = /^# yaml-language-server: \$schema=(.+)$/.exec(first)?.[1] ?? '';
    const schema = JSON.parse(readFileSync(join(root, dirname(file), path), 'utf8')) as unknown;
    expect(schema).toMatchObject({ $id: 'pvevm.schema.json' });
  });

  it('full.yaml has, with devices.yaml, every field that an API token may set, but for those it names', () => {
    const text = ['full', 'devices']
      .map((name) => readFileSync(join(root, `examples/${name}.yaml`), 'utf8'))
      .join('\n');
    const keys = new Set([...text.matchAll(/([a-zA-Z][a-zA-Z0-9]*):/g)].map(([, key = '']) => key));
    const missing = vmFields
      .filter(({ path, privilege }) => privilege !== 'root@pam' && !path.endsWith('*'))
      .map(({ path }) => path)
      // Images are downloaded: examples/images has them.
      .filter((path) => !/^(disks\.\*\.(image|import)|os\.media\.(url|checksum|verifyCertificates))\b/.test(path))
      .filter((path) => !keys.has(path.split('.').at(-1) ?? ''));
    // A password has to come from somewhere. clone.yaml has clone and template. A pool has to exist; bus stands in lists only; volume is of a volume that exists already; ha.state says what power says already; ha.group is of 8.4 and older, and HA rules have to exist; shared and snapshot are for special storages, and scsiBlock for devices of the host.
    expect(missing).toEqual([
      'pool',
      'clone.from',
      'clone.from.tag',
      'clone.mode',
      'clone.snapshot',
      'template',
      'ha.state',
      'ha.group',
      'disks.*.bus',
      'disks.*.volume',
      'disks.*.shared',
      'disks.*.snapshot',
      'disks.*.scsiBlock',
      'cloudInit.password',
    ]);
  });
});

describe('in the sandbox', () => {
  it.each([['examples/*.yaml'], ['examples/fleet']])(
    'R-9: straight after %s is applied, the plan is empty',
    async (path) => {
      const sandbox = await startSandbox({ seed: 1 });
      const pve = createPveClient({
        endpoint: sandbox.endpoint,
        credentials: { type: 'token', token: sandbox.token },
        trust: { ca: sandbox.ca },
      });
      try {
        const made = await plan({ paths: [path], cwd: root, pve });
        expect(made.summary.add).toBeGreaterThan(2);
        expect(await apply({ plan: made, pve })).toMatchObject({ outcome: 'ok', errors: [] });
        const again = await plan({ paths: [path], cwd: root, pve });
        expect(again.resources.flatMap(({ changes, steps }) => [...changes, ...steps])).toEqual([]);
      } finally {
        await pve.close();
        await sandbox.close();
      }
    },
  );
});

describe('examples/images', () => {
  it('R-9: plans empty straight after it is applied, with files of this machine for those of the world', async () => {
    const files = await startImageServer();
    const harness = await startHarness();
    try {
      await createByHand(harness, 900, { name: 'golden', scsi0: 'local-lvm:8' });
      harness.writes();
      const yaml = readFileSync(join(root, 'examples/images/images.yaml'), 'utf8').replaceAll(
        /url: https:\/\/\S*(\/\S+)\n( *)checksum: sha(?:256|512):0+$/gm,
        (_, path: string, indent: string) => `url: ${files.base}${path}\n${indent}checksum: ${files.checksum(path)}`,
      );
      const made = await harness.apply(yaml);
      expect(made.summary.add).toBe(7);
      expect(files.asked.length).toBe(2);
      const again = await harness.plan(yaml);
      expect(again.resources.flatMap(({ changes, steps }) => [...changes, ...steps])).toEqual([]);
    } finally {
      await harness.close();
      files.close();
    }
  });
});

describe('the documentation', () => {
  // `npm test` builds first.
  it.skipIf(!existsSync(join(root, 'dist/index.js')))('docs/library.md uses the library as it is', () => {
    const page = readFileSync(join(root, 'docs/library.md'), 'utf8');
    const program = /^```js\n(.*?)^```/ms.exec(page)?.[1] ?? '';
    const args = ['--input-type=module', '--eval', program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^true\n\{ add: 1, change: 0, destroy: 0, restart: 0 \}\n/);
    expect(stdout).toMatch(/\nok\n\[\]\n$/);
  });

  it.each(['README.md', 'docs/guide.md', 'docs/documents.md'])('%s shows valid documents', async (page) => {
    const documents = documentsOf(page).filter((text) => !/^kind: project/m.test(text));
    expect(documents.length).toBeGreaterThan(0);
    for (const text of documents) {
      const readStdin = async (): Promise<Uint8Array> => new TextEncoder().encode(text);
      const { resources, diagnostics } = await loadResources(['-'], {
        cwd: root,
        readStdin,
        env: { GUEST_PASSWORD: 'a-secret' },
      });
      expect([...diagnostics, ...(await checkResources(resources))]).toEqual([]);
    }
  });

  it.each([
    'README.md',
    'CONTRIBUTING.md',
    'docs/ci.md',
    'docs/guide.md',
    'docs/spec.md',
    'src/README.md',
    'src/kinds/README.md',
  ])('%s links to files that are there', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = '']) => target);
    const broken = links.filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(broken).toEqual([]);
  });
});
