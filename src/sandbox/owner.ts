import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PvevmError } from '../core/error.ts';
import { CERTIFICATE_FILE } from './certificate.ts';
import { madeWholly, readText, removeLeftOvers, writeAtomically } from './files/state-folder.ts';
import { parseUserCfg } from './files/user-cfg.ts';
import { withFolderLock } from './folder-lock.ts';
import { isAlive, startOfProcess } from './is-alive.ts';
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
  if (owner === null || owner === undefined || owner.endpoint === '' || !isInUse(directory, owner)) return undefined;
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

/** The folders that this process has: the id of a killed one may be ours by now, as in a container that starts anew. */
const ours = new Set<string>();

/** Gives a folder free that this process has claimed. */
export function disclaim(directory: string): void {
  ours.delete(directory);
}

/**
 * Makes this process the owner of a folder and returns its state, which `initial` writes where there is none yet, and
 * `check` may refuse. Throws `SANDBOX_BUSY` where a live process owns it, and `CONFIG` where it holds other files.
 */
export function claim(
  directory: string,
  initial: () => SandboxJson,
  check: (state: SandboxJson) => void = () => undefined,
): SandboxJson {
  return withFolderLock(directory, ({ wasLeftBehind }) => {
    const found = readState(directory);
    // The state is written last: what is there without it is half a sandbox, or none.
    if (found === undefined && !wasLeftBehind) throwIfOccupied(directory);
    if (found !== undefined) {
      throwIfOwned(directory, found);
      check(found);
      removeLeftOvers(directory);
      writeOwner(directory, found, thisProcess());
    }
    const state = found ?? madeWholly(directory, initial);
    ours.add(directory);
    return state;
  });
}

function throwIfOccupied(directory: string): void {
  const names = readdirSync(directory).filter((name) => !name.startsWith('.'));
  if (names.length === 0) return;
  throw new PvevmError(
    'CONFIG',
    `cannot make a sandbox in ${directory}: it holds other files, such as ${names[0]}, and no ${SANDBOX_JSON}`,
    { hints: ['Name another folder. For a copy of a real /etc/pve, run pvevm sandbox load.'] },
  );
}

/**
 * Deletes a sandbox's folder, so that the next start makes a new one. Throws `CONFIG` for a folder that is no
 * sandbox's, and `SANDBOX_BUSY` for one that is in use.
 */
export function resetSandbox(directory: string): void {
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  // What was loaded from a copy without storages has no storage.cfg.
  const missing = ['user.cfg', SANDBOX_JSON].find((name) => !existsSync(join(directory, name)));
  if (missing !== undefined)
    throw new PvevmError('CONFIG', `cannot reset ${directory}: it is no folder of a sandbox (no ${missing})`);
  const state = readableState(directory);
  if (state !== undefined) throwIfOwned(directory, state);
  rmSync(directory, { recursive: true });
}

/** The state of a folder; undefined also where it cannot be read, as nothing can go on from there. */
function readableState(directory: string): SandboxJson | undefined {
  try {
    return readState(directory);
  } catch (error) {
    if (error instanceof PvevmError) return undefined;
    throw error;
  }
}

function isInUse(directory: string, { pid, started }: Owner): boolean {
  if (pid === process.pid) return ours.has(directory);
  return isAlive(pid) && (started === undefined || started === (startOfProcess(pid) ?? started));
}

/** This process as an owner. */
export function thisProcess(endpoint = ''): Owner {
  const started = startOfProcess(process.pid);
  return { pid: process.pid, endpoint, ...(started === undefined ? {} : { started }) };
}

function throwIfOwned(directory: string, { owner }: SandboxJson): void {
  if (owner === null || !isInUse(directory, owner)) return;
  const where = owner.endpoint === '' ? '' : `, at ${owner.endpoint}`;
  throw new PvevmError('SANDBOX_BUSY', `cannot open the sandbox in ${directory}: process ${owner.pid} has it${where}`, {
    hints: ['Stop that process, or name another folder.'],
  });
}

function writeOwner(directory: string, state: SandboxJson, owner: Owner): void {
  writeAtomically(join(directory, SANDBOX_JSON), formatSandboxJson({ ...state, owner }), 0o600);
}
