import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import type { FactVersion } from '../pve/facts/fact-versions.ts';
import type { NodeState, TaskRecord, Volume } from './host.ts';
import type { Capacity } from './worlds/world.ts';

/** The name of the file that holds what is not configuration. */
export const SANDBOX_JSON = 'sandbox.json';

/** Which process serves the folder. */
export interface Owner {
  readonly pid: number;
  /** Empty until the server listens. */
  readonly endpoint: string;
}

/** What `sandbox.json` holds. */
export interface SandboxJson {
  readonly format: 1;
  readonly owner: Owner | null;
  /** The version of Proxmox VE that it is. */
  readonly version: FactVersion;
  /** The name of the world that it began as; `loaded`: a copy of a real cluster's files. */
  readonly world: string;
  readonly clusterName: string | null;
  /** The state of the source of chance. */
  readonly random: number;
  readonly nodes: readonly NodeState[];
  readonly capacities: Readonly<Record<string, Capacity>>;
  readonly volumes: readonly Volume[];
  /** Storages that do not answer on a node, as `STORAGE/NODE`. */
  readonly inactive: readonly string[];
  readonly tasks: readonly TaskRecord[];
  /** When each running guest started, by id. */
  readonly power: Readonly<Record<string, number>>;
}

/** Reads the text of `sandbox.json`; throws `CONFIG` where it is none. */
export function parseSandboxJson(text: string, path: string): SandboxJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PvevmError('CONFIG', `cannot read ${path}: it is no JSON`, { cause });
  }
  if (!isObject(value) || value['format'] !== 1) {
    throw new PvevmError('CONFIG', `cannot read ${path}: it is no sandbox of this version of pvevm`);
  }
  // Written by formatSandboxJson only; the format's number vouches for the shape.
  const { version = '9.2', world = 'small', inactive = [], ...rest } = value as unknown as SandboxJson;
  return { ...rest, version, world, inactive };
}

/** The text of `sandbox.json`. */
export function formatSandboxJson(value: SandboxJson): string {
  return `${JSON.stringify(value)}\n`;
}
