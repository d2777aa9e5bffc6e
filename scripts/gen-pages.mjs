// Writes docs/gallery/plan-page.png: the HTML page of a real run of the built program, as Chromium shows it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'dist/bin.cjs');
const gallery = join(root, 'docs/gallery');
const executablePath = process.env.PVEVM_CHROMIUM || '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];

const PROJECT = 'kind: project\nstack: lab\n';
const OLD = 'kind: vm\nname: old-01\nnode: pve2\nha: false\n';
const BATCH =
  'kind: vm\nname: batch\nnode: pve2\nha: false\nrestart: allowed\npower: running\nmemory: { size: 4GiB }\n';
const WEB = `kind: vm
name: web
instances: 2
node: pve1
ha: false
power: running
memory: { size: 4GiB }
disks:
  scsi0: { size: 32GiB }
network:
  net0: { bridge: vmbr0 }
tags: [web]
description: |
  The shop.
  Ask Ada.
`;
const WEB_CHANGED = WEB.replace('4GiB', '8GiB')
  .replace('32GiB }', '40GiB }\n  scsi1: { size: 100GiB, backup: false }')
  .replace('vmbr0 }', 'vmbr0, vlan: 20 }')
  .replace('Ada', 'Grace');

const folder = mkdtempSync(join(tmpdir(), 'pvevm-pages-'));
const write = (files) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args, '--sandbox'], {
    cwd: folder,
    env: { HOME: folder },
    encoding: 'utf8',
    maxBuffer: 10_000_000,
  });
  if (status !== 0) throw new Error(`pvevm ${args.join(' ')}: exit code ${status}\n${stderr}`);
  return stdout;
}

async function take(browser, html, name) {
  const file = join(folder, 'page.html');
  writeFileSync(file, html);
  const page = await browser.newPage({ viewport: { width: 1180, height: 900 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(file).href);
  await page.screenshot({ path: join(gallery, name) });
}

if (!existsSync(bin)) throw new Error('dist/bin.cjs is missing; run npm run build first');
if (!existsSync(executablePath))
  throw new Error(`there is no Chromium at ${executablePath}; PVEVM_CHROMIUM says where it is`);
const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  write({ 'pvevm.yaml': PROJECT, 'web.yaml': WEB, 'batch.yaml': BATCH, 'old.yaml': OLD });
  run('apply', '-y');
  rmSync(join(folder, 'old.yaml'));
  write({ 'web.yaml': WEB_CHANGED, 'batch.yaml': BATCH.replace('4GiB', '6GiB') });
  const plan = run('plan', '--prune', '--format', 'html');
  mkdirSync(gallery, { recursive: true });
  await take(browser, plan, 'plan-page.png');
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
