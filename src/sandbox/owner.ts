import { X509Certificate } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PvevmError } from '../core/error.ts';
import { CERTIFICATE_FILE } from './certificate.ts';
import { readText, removeLeftOvers, writeAtomically } from './files/state-folder.ts';
import { parseUserCfg } from './files/user-cfg.ts';
import { formatSandboxJson, type Owner, parseSandboxJson, SANDBOX_JSON, type SandboxJson } from './sandbox-json.ts';

/** The token that a sandbox makes for its first user. */
export const SANDBOX_TOKEN = 'root@pam!sandbox';

/** How to reach the sandbox that another process serves from a folder. */
export interface RunningSandbox {
  readonly endpoint: string;
  readonly token: string;
  /** Its certificate, PEM. */
  readonly ca: string;
  /** SHA-256 of its certificate. */
  readonly fingerprint: string;
  readonly pid: number;
}

/** The sandbox that a live process serves from the folder; undefined where there is none. */
export function runningSandbox(directory: string): RunningSandbox | undefined {
  const state = readState(directory);
  const owner = state?.owner;
  if (owner === null || owner === undefined || owner.endpoint === '' || !isAlive(owner.pid)) return undefined;
  const ca = readText(join(directory, CERTIFICATE_FILE));
  const { tokens } = parseUserCfg(
    readText(join(directory, 'user.cfg')) ?? '',
    readText(join(directory, 'priv/token.cfg')) ?? '',
  );
  const secret = tokens.get(SANDBOX_TOKEN)?.secret;
  if (ca === undefined || secret === undefined) return undefined;
  const { fingerprint256 } = new X509Certificate(ca);
  return {
    endpoint: owner.endpoint,
    token: `${SANDBOX_TOKEN}=${secret}`,
    ca,
    fingerprint: fingerprint256,
    pid: owner.pid,
  };
}

/** The state that a folder holds; undefined where it is none of a sandbox yet. */
function readState(directory: string): SandboxJson | undefined {
  const path = join(directory, SANDBOX_JSON);
  const text = readText(path);
  return text === undefined ? undefined : parseSandboxJson(text, path);
}

/**
 * Makes this process the owner of a folder and returns its state, which `initial` writes where there is none yet, and
 * `check` may refuse. Throws `SANDBOX_BUSY` where a live process owns it.
 */
export function claim(
  directory: string,
  initial: () => SandboxJson,
  check: (state: SandboxJson) => void = () => undefined,
): SandboxJson {
  return withLock(directory, () => {
    const state = readState(directory);
    if (state === undefined) return initial();
    throwIfOwned(directory, state);
    check(state);
    removeLeftOvers(directory);
    writeOwner(directory, state, { pid: process.pid, endpoint: '' });
    return state;
  });
}

/**
 * Deletes a sandbox's folder, so that the next start makes a new one. Throws `CONFIG` for a folder that is no
 * sandbox's, and `SANDBOX_BUSY` for one that is in use.
 */
export function resetSandbox(directory: string): void {
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  const state = readState(directory);
  if (state === undefined) {
    throw new PvevmError('CONFIG', `cannot reset ${directory}: it is no folder of a sandbox (no ${SANDBOX_JSON})`);
  }
  throwIfOwned(directory, state);
  rmSync(directory, { recursive: true });
}

function throwIfOwned(directory: string, { owner }: SandboxJson): void {
  if (owner === null || !isAlive(owner.pid)) return;
  const where = owner.endpoint === '' ? '' : `, at ${owner.endpoint}`;
  throw new PvevmError('SANDBOX_BUSY', `cannot open the sandbox in ${directory}: process ${owner.pid} has it${where}`, {
    hints: ['stop that process, or name another folder'],
  });
}

function writeOwner(directory: string, state: SandboxJson, owner: Owner): void {
  writeAtomically(join(directory, SANDBOX_JSON), formatSandboxJson({ ...state, owner }), 0o600);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A lock that was left behind by a killed process is older than any that is held. */
const STALE_LOCK_MS = 5000;

function withLock<Result>(directory: string, work: () => Result): Result {
  const path = join(directory, '.sandbox.lock');
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > STALE_LOCK_MS) rmSync(path, { force: true });
  let handle: number;
  try {
    handle = openSync(path, 'wx', 0o600);
  } catch (cause) {
    throw new PvevmError('SANDBOX_BUSY', `cannot open the sandbox in ${directory}: another process is opening it`, {
      cause,
    });
  }
  try {
    return work();
  } finally {
    closeSync(handle);
    rmSync(path, { force: true });
  }
}
