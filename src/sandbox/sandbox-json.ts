import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import { FACT_VERSIONS, type FactVersion } from '../pve/facts/fact-versions.ts';
import type { NodeState, TaskRecord, Volume } from './host.ts';
import type { Capacity } from './worlds/world.ts';

/** The name of the file that holds what is not configuration. */
export const SANDBOX_JSON = 'sandbox.json';

/** Which process serves the folder. */
export interface Owner {
  readonly pid: number;
  /** Empty until the server listens. */
  readonly endpoint: string;
  /** When the process started, where that is known: another one may have its id by now. */
  readonly started?: string;
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

type Shape = (value: unknown) => boolean;

const isText: Shape = (value) => typeof value === 'string';
const isNumber: Shape = (value) => typeof value === 'number';
const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);
const mapOf =
  (shape: Shape): Shape =>
  (value) =>
    isObject(value) && Object.values(value).every(shape);
const objectOf =
  (keys: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    isObject(value) && Object.entries(keys).every(([key, shape]) => shape(value[key]));
const orNull =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);

/** What the parts must be for a sandbox to start from them: people edit the file. */
const SHAPES: Readonly<Record<keyof SandboxJson, Shape>> = {
  format: (value) => value === 1,
  owner: orNull(objectOf({ pid: isNumber, endpoint: isText })),
  version: (value) => (FACT_VERSIONS as readonly unknown[]).includes(value),
  world: isText,
  clusterName: orNull(isText),
  random: isNumber,
  nodes: listOf(
    objectOf({
      ...{ name: isText, cpus: isNumber, memory: isNumber, memoryUsed: isNumber, bridges: listOf(isText) },
      online: (value) => typeof value === 'boolean',
    }),
  ),
  capacities: mapOf(objectOf({ total: isNumber, used: isNumber })),
  volumes: listOf(
    objectOf({
      ...{ volid: isText, storage: isText, content: isText, format: isText, size: isNumber, ctime: isNumber },
    }),
  ),
  inactive: listOf(isText),
  tasks: listOf(
    objectOf({
      upid: isText,
      node: isText,
      type: isText,
      id: isText,
      user: isText,
      pid: isNumber,
      log: listOf(isText),
    }),
  ),
  power: mapOf(isNumber),
};

/** Reads the text of `sandbox.json`; throws `CONFIG`, with the part that is wrong, where it is none. */
export function parseSandboxJson(text: string, path: string): SandboxJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PvevmError('CONFIG', `cannot read ${path}: it is no JSON`, { cause, hints: [...REPAIR] });
  }
  if (!isObject(value) || value['format'] !== 1) {
    throw new PvevmError('CONFIG', `cannot read ${path}: it is no sandbox of this version of pvevm`);
  }
  const state = { version: '9.2', world: 'small', inactive: [], ...value };
  const wrong = Object.entries(SHAPES).find(([name, shape]) => !shape((state as Record<string, unknown>)[name]));
  if (wrong !== undefined) {
    throw new PvevmError('CONFIG', `cannot read ${path}: its '${wrong[0]}' is not what pvevm writes there`, {
      hints: [...REPAIR],
    });
  }
  return state as unknown as SandboxJson;
}

const REPAIR: readonly string[] = ['Undo what was changed by hand, or start anew: pvevm sandbox reset.'];

/** The text of `sandbox.json`. */
export function formatSandboxJson(value: SandboxJson): string {
  return `${JSON.stringify(value)}\n`;
}
