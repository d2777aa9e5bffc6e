import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';

/** A folder for documents, and a sandbox that the commands reach which are run in it with these variables. */
export interface ServedFolder {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly harness: Harness;
  close(): Promise<void>;
}

export async function openServedFolder(): Promise<ServedFolder> {
  const cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  const harness = await startHarness();
  const { endpoint, token, ca } = harness.sandbox;
  writeFileSync(join(cwd, 'ca.pem'), ca);
  return {
    ...{ cwd, harness },
    env: { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_CA: join(cwd, 'ca.pem') },
    close: async () => {
      await harness.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}

/** Opens a folder before each test of a file, calls `begun` with it, and closes it after the test. */
export function useServedFolder(begun: (folder: ServedFolder) => void): void {
  let folder: ServedFolder;
  beforeEach(async () => {
    folder = await openServedFolder();
    begun(folder);
  });
  afterEach(() => folder.close());
}

/** The document of a guest on pve1 that brings no medium, console or HA registration along. */
export function bareGuest(name: string, more = ''): string {
  return `kind: vm\nname: ${name}\nnode: pve1\nos: { media: null }\nconsole: { serial: null }\nha: false\n${more}`;
}
