import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import { isObject } from '../../core/json.ts';
import { PLAN_FORMAT_VERSION, type Plan, type PlanCluster } from '../../core/plan.ts';
import { createClusterView } from '../../pve/cluster.ts';
import {
  type ClusterIdentity,
  isComparable,
  isSameCluster,
  readClusterIdentity,
} from '../../pve/endpoints/identity.ts';
import type { PveReader } from '../../pve/reader.ts';
import { unlessRefused } from '../../pve/refused.ts';
import { planDigest } from './plan-digest.ts';

// A plan of thousands of guests is far smaller; what is larger is no plan.
const MAX_BYTES = 100_000_000;

const MAX_SHOWN = 5;

/** Where a value is no plan, as sentences; nothing for one that is. */
async function problemsOf(value: unknown): Promise<readonly string[]> {
  const { savedPlan } = await import('../../generated/output/saved-plan.js');
  if (savedPlan(value)) return [];
  const problems = (savedPlan.errors ?? []).map(({ instancePath, keyword, message = 'is wrong', params }) => {
    const at = instancePath === '' ? '/' : instancePath;
    if (keyword === 'additionalProperties') return `${at}: there is no ${String(params['additionalProperty'])}`;
    if (keyword === 'enum') return `${at}: ${message}: ${String(params['allowedValues'])}`;
    return `${at}: ${message}`;
  });
  const more = problems.length > MAX_SHOWN ? [`and ${problems.length - MAX_SHOWN} more`] : [];
  return [...new Set(problems)].slice(0, MAX_SHOWN).concat(more);
}

/** Throws `CONFIG` for a plan of another format: a newer one may ask for checks that this version does not know. */
function checkFormat(path: string, formatVersion: string): void {
  const [major, minor] = formatVersion.split('.').map(Number);
  const [ownMajor = 0, ownMinor = 0] = PLAN_FORMAT_VERSION.split('.').map(Number);
  if (major === ownMajor && (minor ?? 0) <= ownMinor) return;
  throw new PvevmError('CONFIG', `cannot read the plan ${path}: its format is ${formatVersion}`, {
    details: [`This version of pvevm reads ${PLAN_FORMAT_VERSION}.`],
    hints: ['Make the plan again with this version of pvevm.'],
  });
}

/** Throws `CONFIG` for a plan that somebody has edited: it is the plan that was looked at, or none. */
function checkUnedited(path: string, plan: Plan): void {
  if (plan.sources === undefined || plan.sha256 === planDigest(plan)) return;
  throw new PvevmError('CONFIG', `cannot read the plan ${path}: it was edited after it was made`, {
    details: ['It is carried out exactly as it was planned and looked at, or not at all.'],
    hints: ['Edit the documents instead, and make the plan again: pvevm plan -o FILE.'],
  });
}

async function parsePlan(path: string, text: string): Promise<Plan | undefined> {
  if (!text.trimStart().startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // YAML may begin with a brace too.
    return undefined;
  }
  if (!isObject(value) || typeof value['formatVersion'] !== 'string') return undefined;
  checkFormat(path, value['formatVersion']);
  const details = await problemsOf(value);
  if (details.length > 0) {
    throw new PvevmError('CONFIG', `cannot read the plan ${path}: it is damaged, or no plan`, {
      details,
      hints: ['Make the plan again: pvevm plan -o FILE.'],
    });
  }
  // The validator of its schema has looked at all of it.
  const plan = value as unknown as Plan;
  checkUnedited(path, plan);
  return plan;
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
    const plan = await parsePlan(path, await readFile(file, 'utf8'));
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

/**
 * Throws `STALE` where a plan was made for another cluster, or for another version of Proxmox VE. A saved plan knows its
 * cluster by the authority of its certificates; one that does not, by its name alone.
 */
export async function checkCluster(plan: Plan, pve: PveReader): Promise<void> {
  const view = createClusterView(pve);
  const { version } = await view.version();
  const { name } = await unlessRefused(view.clusterStatus(), { name: null });
  const words = (cluster: PlanCluster): string =>
    `${cluster.name === null ? 'a single host' : `cluster ${cluster.name}`} with Proxmox VE ${cluster.version}`;
  const hints = ['Make the plan again: pvevm plan -o FILE.'];
  if (plan.cluster.name !== name || plan.cluster.version !== version) {
    throw new PvevmError(
      'STALE',
      `cannot apply the plan: it was made for ${words(plan.cluster)}, and this is ${words({ name, version })}`,
      { hints },
    );
  }
  if (plan.cluster.authority === undefined && plan.cluster.nodes === undefined) return;
  const identity = await readClusterIdentity(pve);
  if (!isComparable(plan.cluster, identity) || isSameCluster(plan.cluster, identity)) return;
  throw new PvevmError('STALE', `cannot apply the plan: it was made for another cluster of that name`, {
    details: [`planned: ${partsOf(plan.cluster)}`, `this one: ${partsOf(identity)}`],
    hints: ['Connect to the cluster that the plan was made for.', ...hints],
  });
}

function partsOf({ authority, nodes = [] }: ClusterIdentity): string {
  return authority === undefined ? `nodes ${nodes.map(({ name }) => name).join(', ')}` : `authority ${authority}`;
}
