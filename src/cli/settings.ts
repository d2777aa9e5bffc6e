import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { PvevmError } from '../core/error.ts';
import type { Trust } from '../pve/trust.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { Io } from './io.ts';

/** How to reach the cluster. */
export interface ConnectionSettings {
  /** Tried in order. */
  readonly endpoints: readonly string[];
  readonly token: string;
  readonly trust: Trust;
}

type Environment = Io['env'];

const YES: readonly string[] = ['1', 'true', 'yes', 'on'];
const NO: readonly string[] = ['', '0', 'false', 'no', 'off'];

function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim() ?? '';
  return value === '' ? undefined : value;
}

function readSettingsFile(path: string, cwd: string, what: string): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (cause) {
    throw new PvevmError('CONFIG', `cannot read the ${what} ${path}`, { cause });
  }
}

/** The token of a file that only its owner can read. */
function readToken(path: string, cwd: string): string {
  const text = readSettingsFile(path, cwd, 'token file').trim();
  // Windows has no such bits, and reports all of them.
  const mode = process.platform === 'win32' ? 0 : statSync(resolve(cwd, path)).mode;
  if ((mode & 0o077) !== 0) {
    throw new PvevmError('CONFIG', `cannot use the token file ${path}: others can read it`, {
      hints: [`Run: chmod 600 ${path}`],
    });
  }
  if (text === '') throw new PvevmError('CONFIG', `cannot use the token file ${path}: it is empty`);
  return text;
}

function tokenFrom(options: ConnectionOptions, { env, cwd }: Pick<Io, 'env' | 'cwd'>): string | undefined {
  if (options.tokenFile !== undefined) return readToken(options.tokenFile, cwd);
  const token = variable(env, 'PVEVM_TOKEN');
  if (token !== undefined) return token;
  const file = variable(env, 'PVEVM_TOKEN_FILE');
  return file === undefined ? undefined : readToken(file, cwd);
}

function isInsecure(env: Environment): boolean {
  const value = (env['PVEVM_INSECURE'] ?? '').trim().toLowerCase();
  if (YES.includes(value)) return true;
  if (NO.includes(value)) return false;
  throw new PvevmError('CONFIG', `cannot read PVEVM_INSECURE: '${value}' is neither 1 nor 0`);
}

/** Flags and variables about trust are never mixed: what was meant to be stricter must not become laxer. */
function trustFrom(options: ConnectionOptions, { env, cwd }: Pick<Io, 'env' | 'cwd'>): Trust {
  const fromFlags = options.ca !== undefined || options.fingerprint !== undefined || options.insecure === true;
  const ca = fromFlags ? options.ca : variable(env, 'PVEVM_CA');
  const fingerprint = fromFlags ? options.fingerprint : variable(env, 'PVEVM_FINGERPRINT');
  const insecure = fromFlags ? options.insecure === true : isInsecure(env);
  if (insecure && (ca !== undefined || fingerprint !== undefined)) {
    throw new PvevmError('CONFIG', 'cannot both verify the server and not verify it', {
      hints: [
        'Leave out --insecure (PVEVM_INSECURE), or what it contradicts: --ca (PVEVM_CA), --fingerprint (PVEVM_FINGERPRINT).',
      ],
    });
  }
  const text = ca === undefined ? undefined : readSettingsFile(ca, cwd, 'file of certificate authorities');
  if (text !== undefined && !text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new PvevmError('CONFIG', `cannot use ${ca}: it holds no certificate in PEM form`);
  }
  return {
    ...(text === undefined ? {} : { ca: text }),
    ...(fingerprint === undefined ? {} : { fingerprints: [fingerprint] }),
    ...(insecure ? { insecure } : {}),
  };
}

const ENDPOINT_WAYS = 'Give the endpoint: --endpoint https://pve1:8006, or PVEVM_ENDPOINT in the environment.';
const TOKEN_WAYS =
  'Give an API token (user@realm!name=uuid): --token-file FILE, or PVEVM_TOKEN or PVEVM_TOKEN_FILE in the environment.';
const SANDBOX_WAY = 'To try pvevm without a Proxmox VE server, add --sandbox.';

/**
 * The settings of the connection from flags and environment; flags win. Throws `CONFIG` where the endpoint or the token
 * is missing, a file cannot be read, or others than its owner can read the token.
 */
export function connectionSettings(options: ConnectionOptions, io: Pick<Io, 'env' | 'cwd'>): ConnectionSettings {
  const fromEnvironment = variable(io.env, 'PVEVM_ENDPOINT')?.split(/[\s,]+/) ?? [];
  const endpoints = [...(options.endpoint ?? fromEnvironment)].filter((endpoint) => endpoint.trim() !== '');
  const token = tokenFrom(options, io);
  const missing = [...(endpoints.length === 0 ? ['endpoint'] : []), ...(token === undefined ? ['API token'] : [])];
  if (token === undefined || endpoints.length === 0) {
    throw new PvevmError('CONFIG', `cannot connect: no ${missing.join(' and no ')} is given`, {
      hints: [
        ...(endpoints.length === 0 ? [ENDPOINT_WAYS] : []),
        ...(token === undefined ? [TOKEN_WAYS] : []),
        SANDBOX_WAY,
      ],
    });
  }
  return { endpoints, token, trust: trustFrom(options, io) };
}
