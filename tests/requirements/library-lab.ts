import { afterEach, beforeEach } from 'vitest';
import { createPveClient, type PveApi } from '../../src/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';

/** What the library has to do with, made anew for each test. */
export interface LibraryLab {
  readonly sandbox: Sandbox;
  readonly pve: PveApi;
}

/** Starts a sandbox before each test of a file, with a client of the library, calls `begun` with them, and ends both after it. */
export function useLibraryLab(begun: (lab: LibraryLab) => void): void {
  let lab: LibraryLab;
  beforeEach(async () => {
    const sandbox = await startSandbox({ taskTimeMs: 1, seed: 7 });
    const credentials = { type: 'token', token: sandbox.token } as const;
    lab = { sandbox, pve: createPveClient({ endpoint: sandbox.endpoint, credentials, trust: { ca: sandbox.ca } }) };
    begun(lab);
  });
  afterEach(async () => {
    await lab.pve.close();
    await lab.sandbox.close();
  });
}
