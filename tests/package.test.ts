import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const consumer = `import { apply, createPveClient, plan, PvevmError, validate } from 'pvevm';
import type { ApplyEvent, Plan, PveClient } from 'pvevm';
import { startSandbox } from 'pvevm/sandbox';

const seen: ApplyEvent['type'][] = [];
const sandbox = await startSandbox({ taskTimeMs: 1 });
const pve: PveClient = createPveClient({ endpoint: sandbox.endpoint, credentials: { type: 'token', token: sandbox.token }, trust: { ca: sandbox.ca } });
const text = 'kind: vm\\nname: web-01\\nha: false\\n';
const { valid } = await validate({ text });
const made: Plan = await plan({ text, pve });
const { outcome } = await apply({ plan: made, pve, onEvent: (event) => seen.push(event.type) });
const again = await plan({ text, pve });
const wrong = await plan({ text: 'kind: vm', pve }).catch((error: unknown) => error);
const code = wrong instanceof PvevmError ? wrong.code : undefined;
await pve.close();
await sandbox.close();
const { add } = made.summary;
console.log(JSON.stringify({ valid, add, outcome, first: seen[0], left: again.summary, code }));
`;

// `npm test` builds first.
describe.skipIf(!existsSync(join(root, 'dist/index.js')))('the packed package', () => {
  let folder = '';
  let packed = '';
  const run = (command: string, ...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
    writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
    run('npm', 'pack', root, '--ignore-scripts', '--silent');
    packed = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    run('npm', 'install', `./${packed}`, '--offline', '--no-audit', '--no-fund', '--silent');
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('brings no other package along', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['pvevm']);
  });

  it('R-53: is fetched as no more than 2 MB', () => {
    expect(statSync(join(folder, packed)).size).toBeLessThan(2_000_000);
  });

  it('depends on nothing, and runs nothing when it is installed', () => {
    const facts = JSON.parse(readFileSync(join(folder, 'node_modules/pvevm/package.json'), 'utf8')) as Readonly<
      Record<string, Readonly<Record<string, unknown>>>
    >;
    expect(Object.keys(facts)).toContain('devDependencies');
    const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'];
    expect(kinds.filter((name) => facts[name] !== undefined)).toEqual([]);
    const hooks = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
    expect(hooks.filter((name) => facts['scripts']?.[name] !== undefined)).toEqual([]);
  });

  it('has the pages that its pages lead to', () => {
    const installed = join(folder, 'node_modules/pvevm');
    const pages = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'docs/how-to/token.md']));
    const missing = pages.flatMap((page) =>
      [...readFileSync(join(installed, page), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, to = '']) => to)
        .filter((to) => !/^\w+:/.test(to) && !existsSync(join(installed, dirname(page), to)))
        .map((to) => `${page}: ${to}`),
    );
    expect(missing).toEqual([]);
  });

  it('R-53: is no larger than 10 MB', () => {
    const files = readdirSync(join(folder, 'node_modules/pvevm'), { recursive: true, withFileTypes: true });
    const sizes = files
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000_000);
  });

  it('runs as a program, and plans a document in the sandbox', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
    expect(run('npx', '--offline', 'pvevm', '--version')).toBe(`${version}\n`);
    writeFileSync(join(folder, 'vm.yaml'), 'kind: vm\nname: web-01\n');
    expect(run('npx', '--offline', 'pvevm', 'plan', '--sandbox', 'vm.yaml')).toContain('Plan: 1 to add, ');
  }, 30_000);

  it('brings its manual page to where man looks for it', () => {
    run(
      'npm',
      'install',
      '--global',
      '--prefix',
      './all',
      `./${packed}`,
      '--offline',
      '--no-audit',
      '--no-fund',
      '--silent',
    );
    expect(readFileSync(join(folder, 'all/share/man/man1/pvevm.1'), 'utf8')).toMatch(/^\.TH PVEVM 1 /);
    expect(run(join(folder, 'all/bin/pvevm'), '--version')).toMatch(/^\d/);
  }, 30_000);

  it('names no type of what is bundled', () => {
    const dist = join(folder, 'node_modules/pvevm/dist');
    const declarations = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.d.ts'),
    );
    expect(declarations).toContain('index.d.ts');
    const imports = declarations.flatMap((name) =>
      [...readFileSync(join(dist, name), 'utf8').matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)].map(
        ([, from]) => from,
      ),
    );
    expect(imports.filter((from) => !from?.startsWith('.') && !from?.startsWith('node:'))).toEqual([]);
  });

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])(
    'has types for module %s, resolution %s',
    (module, moduleResolution) => {
      mkdirSync(join(folder, moduleResolution), { recursive: true });
      writeFileSync(join(folder, moduleResolution, 'consumer.ts'), consumer);
      writeFileSync(
        join(folder, moduleResolution, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            ...{ module, moduleResolution, target: 'es2022', strict: true, noEmit: true, skipLibCheck: false },
            ...{ types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
          },
        }),
      );
      expect(run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', moduleResolution)).toBe('');
    },
    60_000,
  );

  it('plans and applies as a library', () => {
    const javascript = consumer
      .replace(/^import type .*$/m, '')
      .replace(/(const (?:seen|pve|made)): [^=]+=/g, '$1 =')
      .replace('(error: unknown)', '(error)');
    writeFileSync(join(folder, 'consumer.js'), javascript);
    expect(JSON.parse(run(process.execPath, 'consumer.js'))).toEqual({
      ...{ valid: true, add: 1, outcome: 'ok', first: 'run.started', code: 'SPEC_INVALID' },
      left: { add: 0, change: 0, destroy: 0, restart: 0 },
    });
  }, 30_000);
});
