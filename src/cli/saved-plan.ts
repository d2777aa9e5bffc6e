import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import { PLAN_FORMAT_VERSION, type Plan } from '../core/plan.ts';
import { createClusterView } from '../pve/cluster.ts';
import type { PveReader } from '../pve/reader.ts';

// A plan of thousands of guests is far smaller; what is larger is no plan.
const MAX_BYTES = 100_000_000;

const isText = (value: unknown): boolean => typeof value === 'string';
const isListOf = (value: unknown, matches: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(matches);

function isStep(value: unknown): boolean {
  if (!isObject(value) || !isText(value['id']) || !isText(value['title']) || !isText(value['effect'])) return false;
  const { request, await: awaited } = value as { readonly request?: unknown; readonly await?: unknown };
  if (!isObject(awaited) || !isText(awaited['for']) || typeof awaited['timeoutMs'] !== 'number') return false;
  if (request === undefined) return true;
  if (!isObject(request) || !isObject(request['params'])) return false;
  const { method, path } = request;
  return isText(path) && (method === 'POST' || method === 'PUT' || method === 'DELETE');
}

function isChange(value: unknown): boolean {
  return (
    isObject(value) &&
    ['path', 'key', 'effect', 'state', 'origin'].every((key) => isText(value[key])) &&
    value['before'] !== undefined &&
    value['after'] !== undefined
  );
}

function isResource(value: unknown): boolean {
  if (!isObject(value) || !isObject(value['source'])) return false;
  const { action, vmid, source } = value;
  return (
    ['address', 'node'].every((key) => isText(value[key])) &&
    ['create', 'update', 'delete', 'none'].includes(String(action)) &&
    typeof vmid === 'number' &&
    isText((source as { readonly file?: unknown }).file) &&
    isListOf(value['changes'], isChange) &&
    isListOf(value['unmanaged'], isText) &&
    isListOf(value['steps'], isStep)
  );
}

function isPlan(value: Readonly<Record<string, unknown>>): boolean {
  const { cluster, resources, diagnostics, summary } = value;
  if (!isObject(cluster) || !isText(cluster['version']) || !isObject(summary)) return false;
  const isDiagnostic = (item: unknown): boolean => isObject(item) && isText(item['severity']) && isText(item['code']);
  return isListOf(resources, isResource) && isListOf(diagnostics, isDiagnostic);
}

function parsePlan(path: string, text: string): Plan | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // YAML may begin with a brace too.
    return undefined;
  }
  if (!isObject(value) || typeof value['formatVersion'] !== 'string') return undefined;
  const [major] = PLAN_FORMAT_VERSION.split('.');
  if (value['formatVersion'].split('.')[0] !== major) {
    throw new PvevmError('CONFIG', `cannot read the plan ${path}: its format is ${value['formatVersion']}`, {
      hints: ['Make the plan again with this version of pvevm.'],
    });
  }
  if (!isPlan(value)) {
    throw new PvevmError('CONFIG', `cannot read the plan ${path}: it is damaged, or no plan`, {
      hints: ['Make the plan again: pvevm plan -o FILE.'],
    });
  }
  // isPlan has looked at all that is read of it.
  return value as unknown as Plan;
}

/**
 * The saved plan that the arguments of a command name; undefined where they name documents. A plan is known by its
 * `formatVersion`, not by its name. Throws `USAGE` for a plan beside other arguments, `CONFIG` for one that is damaged.
 */
export async function readSavedPlan(paths: readonly string[], cwd: string): Promise<Plan | undefined> {
  for (const path of paths) {
    const file = resolve(cwd, path);
    const facts = path === '-' ? undefined : await stat(file).catch(() => undefined);
    if (facts === undefined || !facts.isFile() || facts.size > MAX_BYTES) continue;
    const plan = parsePlan(path, await readFile(file, 'utf8'));
    if (plan === undefined) continue;
    if (paths.length > 1) {
      throw new PvevmError('USAGE', `cannot apply the plan ${path} together with other files`, {
        hints: ['Name the plan alone.'],
      });
    }
    return plan;
  }
  return undefined;
}

/** Throws `STALE` where a plan was made for another cluster, or for another version of Proxmox VE. */
export async function checkCluster(plan: Plan, pve: PveReader): Promise<void> {
  const view = createClusterView(pve);
  const { version } = await view.version();
  const { name } = await view.clusterStatus();
  const words = (cluster: Plan['cluster']): string =>
    `${cluster.name === null ? 'a single host' : `cluster ${cluster.name}`} with Proxmox VE ${cluster.version}`;
  if (plan.cluster.name === name && plan.cluster.version === version) return;
  throw new PvevmError(
    'STALE',
    `cannot apply the plan: it was made for ${words(plan.cluster)}, and this is ${words({ name, version })}`,
    { hints: ['Make the plan again: pvevm plan -o FILE.'] },
  );
}
