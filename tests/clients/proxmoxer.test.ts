import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';

const python = process.env['PVEVM_PYTHON'] ?? 'python3';
const hasProxmoxer = spawnSync(python, ['-c', 'import proxmoxer, requests']).status === 0;

const SCRIPT = `
import json, sys, time
from proxmoxer import ProxmoxAPI
from proxmoxer.tools import Tasks

host, ca, secret = sys.argv[1:4]
token = ProxmoxAPI(host, user='root@pam', token_name='sandbox', token_value=secret, verify_ssl=ca)
upid = token.nodes('pve1').qemu.post(vmid=100, name='by-proxmoxer', memory=512, tags='b;a')
task = Tasks.blocking_status(token, upid, timeout=10, polling_interval=0.05)
ticket = ProxmoxAPI(host, user='root@pam', password='sandbox', verify_ssl=ca)
ticket.nodes('pve1').qemu(100).config.put(cores=4, description='two\\nlines')
config = ticket.nodes('pve1').qemu(100).config.get()
try:
    token.nodes('pve1').qemu(999).config.get()
    error = None
except Exception as failure:
    error = str(failure)
guests = [guest['vmid'] for guest in token.cluster.resources.get(type='vm')]
print(json.dumps({'exit': task['exitstatus'], 'config': config, 'error': error, 'guests': guests}))
`;

describe.skipIf(!hasProxmoxer)('proxmoxer, which is skipped where Python does not have it (PVEVM_PYTHON)', () => {
  it('makes a guest with a token, changes it with a ticket, and reads errors', async () => {
    const sandbox = await startSandbox({ taskTimeMs: 1 });
    const folder = mkdtempSync(join(tmpdir(), 'pvevm-proxmoxer-'));
    try {
      writeFileSync(join(folder, 'ca.pem'), sandbox.ca);
      writeFileSync(join(folder, 'script.py'), SCRIPT);
      const host = sandbox.url.replace('https://', '');
      const secret = sandbox.token.split('=')[1] ?? '';
      const words = [join(folder, 'script.py'), host, join(folder, 'ca.pem'), secret];
      const { stdout } = await promisify(execFile)(python, words, { timeout: 30_000 });
      const said = JSON.parse(stdout);
      expect(said).toMatchObject({ exit: 'OK', guests: [100] });
      expect(said.config).toMatchObject({ name: 'by-proxmoxer', cores: 4, tags: 'a;b', description: 'two\nlines' });
      expect(said.error).toContain("Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist");
    } finally {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 40_000);
});
