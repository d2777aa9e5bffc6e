import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseGuestConfig } from '../../src/sandbox/guest-config-file.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { parseSandboxJson } from '../../src/sandbox/sandbox-json.ts';

const GUESTS = [100, 101, 102];
const KILLS = 12;

let folder = '';
let program = '';

/** A sandbox that writes the configs of its guests without end; each write puts one number into three keys. */
const WRITER = `
  import { startSandbox } from ${JSON.stringify(join(import.meta.dirname, '../../src/sandbox/index.ts'))};
  import { apiOf } from ${JSON.stringify(join(import.meta.dirname, 'api.ts'))};
  const sandbox = await startSandbox({ directory: process.argv[2], taskTimeMs: 0 });
  const api = apiOf(sandbox);
  for (const vmid of [${GUESTS.join()}]) {
    if (sandbox.guestConfig(vmid) === undefined) await api.data('POST', '/nodes/pve1/qemu', { vmid, name: 'n0' });
  }
  await sandbox.settled();
  process.send('writing');
  for (let round = Number(process.argv[3]); ; round += 1) {
    for (const vmid of [${GUESTS.join()}]) {
      await api.data('PUT', '/nodes/pve1/qemu/' + vmid + '/config', {
        name: 'n' + round, description: 'round ' + round, tags: 't' + round,
      });
    }
  }
`;

beforeAll(async () => {
  folder = mkdtempSync(join(import.meta.dirname, '../../node_modules/.kill-test-'));
  program = join(folder, 'writer.mjs');
  await build({
    stdin: { contents: WRITER, resolveDir: import.meta.dirname, loader: 'ts' },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20.19', outfile: program, logLevel: 'error' },
    banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a sandbox that is killed at any moment loads again, with the old or the new config of each guest', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pvevm-kill-'));
  let last = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = fork(program, [directory, String(last + 1)], { stdio: 'ignore' });
    await once(child, 'message');
    // Not a wait for something: the moment of the kill is what varies.
    await new Promise((resolve) => setTimeout(resolve, (kill * 17) % 90));
    child.kill('SIGKILL');
    await once(child, 'exit');
    parseSandboxJson(readFileSync(join(directory, 'sandbox.json'), 'utf8'), 'sandbox.json');
    for (const vmid of GUESTS) {
      const text = readFileSync(join(directory, `nodes/pve1/qemu-server/${vmid}.conf`), 'utf8');
      const { current, description } = parseGuestConfig(text);
      const round = Number(/^n(\d+)$/.exec(current['name'] ?? '')?.[1]);
      expect(Number.isInteger(round)).toBe(true);
      const isFirst = current['tags'] === undefined;
      if (!isFirst) expect([description, current['tags']]).toEqual([`round ${round}`, `t${round}`]);
      last = Math.max(last, round);
    }
  }
  expect(last).toBeGreaterThan(3);
  const sandbox = await startSandbox({ directory });
  expect(sandbox.guestConfig(100)).toContain('smbios1: uuid=');
  await sandbox.close();
  expect(readdirSync(join(directory, 'nodes/pve1/qemu-server')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  rmSync(directory, { recursive: true, force: true });
}, 60_000);
