// The main job of pvevm, as a user sees it: plan a virtual machine, apply the plan, plan again. Everything happens in a
// temporary folder and in the sandbox. Exits with 1 where a command does not do what it should.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const program = join(root, 'dist/bin.cjs');

// The settings of the caller's own cluster have no business here.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(PVEVM|PROXMOX|PM)_/.test(name)),
);
const color = process.stdout.isTTY ? ['--color=always'] : [];

/** Runs pvevm with these arguments, shows what it prints, and throws where it does not end with one of the codes. */
function run(folder, args, expected) {
  console.log(`$ pvevm ${args.join(' ')}`);
  const { status, error } = spawnSync(process.execPath, [program, ...args, ...color], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 120_000,
  });
  if (error !== undefined) throw error;
  console.log();
  if (status !== expected) throw new Error(`pvevm ${args[0]} exited with ${status}, and not with ${expected}`);
}

const folder = mkdtempSync(join(tmpdir(), 'pvevm-demo-'));
try {
  if (!existsSync(program)) throw new Error('dist/bin.cjs is missing; run npm run build first');
  copyFileSync(join(root, 'examples/vm.yaml'), join(folder, 'vm.yaml'));
  console.log('$ cat vm.yaml');
  console.log(readFileSync(join(folder, 'vm.yaml'), 'utf8'));
  run(folder, ['plan', '--sandbox', '--detailed-exitcode', 'vm.yaml'], 2);
  run(folder, ['apply', '--sandbox', '-y', 'vm.yaml'], 0);
  run(folder, ['plan', '--sandbox', '--detailed-exitcode', 'vm.yaml'], 0);
  console.log('The guest is there, and nothing is left to do.');
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
