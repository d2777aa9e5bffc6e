// Documents at scale, on the wall: 5,000 of them as files of one folder and as one file in 3 s, and one document of 1 MB in
// 300 ms. One that is as dense as they come takes the YAML library alone that long, and is held against it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { median } from './median.mjs';
import { printRows } from './print-rows.mjs';

const DOCUMENTS = 5000;
const DOCUMENTS_MS = 3000;
const LARGE_BYTES = 1_000_000;
const LARGE_MS = 300;
const RUNS = 3;

// As people write them: about half of the groups that there are.
function documentOf(index) {
  return `kind: vm
name: guest-${index}
tags: [web, demo]
description: Number ${index} of many
os:
  media: { storage: cephfs, latest: "*nixos-minimal*.iso" }
disks:
  scsi0: { storage: ceph-pool, size: 64GiB }
cpu: { cores: 4 }
memory: { size: 4GiB }
network:
  net0: { bridge: vmbr0, vlan: ${1 + (index % 4000)} }
cloudInit:
  user: admin
  sshKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ${String(index).padStart(42, '0')} admin]
`;
}

/** One document of 1 MB: keys of SSH, after as many bytes of firewall rules. */
function largeDocument(bytesOfRules) {
  const lines = ['kind: vm', 'name: large'];
  let size = lines.join('\n').length;
  const add = (line) => {
    lines.push(line);
    size += line.length + 1;
  };
  if (bytesOfRules > 0) add('firewall:\n  rules:');
  for (let index = 0; size < bytesOfRules; index += 1) {
    add(`    - { action: ACCEPT, protocol: tcp, dport: ${1 + (index % 65_000)}, source: 10.${index % 250}.0.0/16 }`);
  }
  add('cloudInit:\n  sshKeys:');
  for (let index = 0; size < LARGE_BYTES; index += 1) {
    add(`    - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ${String(index).padStart(42, '0')} admin`);
  }
  return `${lines.join('\n')}\n`;
}

function run(file, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the benchmark of documents failed: ${stderr}`);
  return JSON.parse(stdout);
}

const medianOf = (runs, of) => median(runs.map((made) => made[of]));

function rowOf(what, bound, runs) {
  const [cpu, memory] = ['cpu', 'memory'].map((of) => medianOf(runs, of).toFixed(0));
  const note = `${cpu} ms of all threads, ${memory} MB`;
  return { what, measured: medianOf(runs, 'wall'), floor: bound, unit: 'ms', bound: 1, note };
}

/** How long it takes to read and check many documents, and a large one. */
export async function measureSpecScale(root) {
  const folder = mkdtempSync(join(root, 'node_modules/.bench-'));
  try {
    const file = await bundle(root, 'bench/spec-scale-harness.mjs', folder);
    const texts = Array.from({ length: DOCUMENTS }, (_, index) => documentOf(index));
    mkdirSync(join(folder, 'many'));
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, 'many', `guest-${index}.yaml`), text);
    writeFileSync(join(folder, 'one.yaml'), texts.join('---\n'));
    writeFileSync(join(folder, 'large.yaml'), largeDocument(0));
    writeFileSync(join(folder, 'dense.yaml'), largeDocument(LARGE_BYTES / 4));
    const measure = (what, bound, input) => {
      const runs = Array.from({ length: RUNS }, () => run(file, input, folder));
      return rowOf(what, bound, runs);
    };
    return [
      measure('validate 5,000 files', DOCUMENTS_MS, 'many'),
      measure('validate 5,000 documents of one file', DOCUMENTS_MS, 'one.yaml'),
      measure('validate a document of 1 MB', LARGE_MS, 'large.yaml'),
      {
        ...measure('validate 1 MB full of firewall rules', 1, 'dense.yaml'),
        floor: medianOf(
          Array.from({ length: RUNS }, () => run(file, 'dense.yaml', folder, 'library')),
          'wall',
        ),
        bound: 1.6,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printRows(await measureSpecScale(join(dirname(fileURLToPath(import.meta.url)), '..')));
}
