// The light server of the plans at scale: it repeats the answers of a sandbox full of guests, each 10 ms after it was
// asked. Bundled by bench/plan-scale.mjs.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../src/sandbox/index.ts';
import { FIRST_VMID } from './plan-scale-documents.mjs';

const NODES = ['pve1', 'pve2', 'pve3'];
// What a Proxmox VE takes to answer.
const LATENCY_MS = 10;

// What pvevm itself makes of the smallest document, so that a plan compares all that a document has.
function configOf(index) {
  const vmid = FIRST_VMID + index;
  const hex = index.toString(16).padStart(4, '0').toUpperCase();
  return [
    `#pvevm%3A-%3Avm/guest-${index}%3A${vmid}`,
    'agent: 1',
    'bios: ovmf',
    'boot: order=scsi0;ide2;net0',
    'cores: 2',
    'cpu: host',
    `efidisk0: ceph-pool:vm-${vmid}-disk-0,efitype=4m,pre-enrolled-keys=0,size=528K`,
    'ide2: cephfs:iso/nixos-minimal-25.05.iso,media=cdrom,size=1M',
    'machine: q35',
    'memory: 2048',
    'meta: creation-qemu=10.1.2,ctime=1790000000',
    `name: guest-${index}`,
    `net0: virtio=BC:24:11:00:${hex.slice(0, 2)}:${hex.slice(2)},bridge=vmbr9,firewall=1`,
    'ostype: l26',
    `scsi0: ceph-pool:vm-${vmid}-disk-1,iothread=1,size=32G,ssd=1`,
    'scsihw: virtio-scsi-single',
    'serial0: socket',
    `smbios1: uuid=00000000-0000-4000-8000-${vmid.toString().padStart(12, '0')}`,
    'tags: pvevm',
    'vga: serial0',
    '',
  ].join('\n');
}

/** Serves the answers of a sandbox, each kept from when it was first asked for; says on request what it was asked. */
async function serve(count) {
  const directory = mkdtempSync(join(tmpdir(), 'pvevm-bench-'));
  const sandbox = await startSandbox({ directory, seed: 1, keepLog: false });
  for (const node of NODES) mkdirSync(join(directory, 'nodes', node, 'qemu-server'), { recursive: true });
  for (let index = 0; index < count; index += 1) {
    const folder = join(directory, 'nodes', NODES[index % NODES.length], 'qemu-server');
    writeFileSync(join(folder, `${FIRST_VMID + index}.conf`), configOf(index));
  }
  sandbox.reload();
  const answers = new Map();
  let asked = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const answerTo = async (url, headers) => {
    const response = await sandbox.fetch(`${sandbox.endpoint}${url}`, { headers });
    return { status: response.status, reason: response.statusText, body: await response.text() };
  };
  const key = readFileSync(join(directory, 'priv/pve-root-ca.key'), 'utf8');
  const server = createServer({ key, cert: sandbox.ca }, async (request, response) => {
    asked.push(request.url);
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    let answer = answers.get(request.url);
    if (answer === undefined) {
      answer = await answerTo(request.url, { authorization: request.headers.authorization });
      answers.set(request.url, answer);
    }
    setTimeout(() => {
      inFlight -= 1;
      response.writeHead(answer.status, answer.reason, { 'content-type': 'application/json;charset=UTF-8' });
      response.end(answer.body);
    }, LATENCY_MS);
  });
  process.on('message', () => {
    process.send({ asked, mostInFlight });
    asked = [];
    mostInFlight = 0;
  });
  process.once('disconnect', async () => {
    server.closeAllConnections();
    server.close();
    await sandbox.close();
    rmSync(directory, { recursive: true, force: true });
  });
  server.listen(0, '127.0.0.1', () => {
    const endpoint = `https://127.0.0.1:${server.address().port}`;
    process.send({ endpoint, token: sandbox.token, ca: sandbox.ca });
  });
}

await serve(Number(process.argv[2]));
