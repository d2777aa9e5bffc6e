import type { Diagnostic } from '../../core/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Change } from '../../core/plan.ts';
import { type Resource, rangeOf } from '../../core/resource.ts';
import type { Observation, PlanContext } from '../kind.ts';
import { type Draft, TIMEOUTS } from './steps.ts';

function isBefore81(release: unknown): boolean {
  const [major = 9, minor = 0] = String(release).split('.').map(Number);
  return major < 8 || (major === 8 && minor < 1);
}

/**
 * The steps by which a guest joins a pool, moves to another one, or leaves its own. A guest is in at most one; before 8.1
 * it has to leave it first, and the pool's name stands in the path (pve-manager: PVE/API2/Pool.pm, update_pool).
 */
export function poolDrafts({ vmid, facts }: Observation, change: Change | undefined): readonly Draft[] {
  if (change === undefined) return [];
  const { before, after } = change;
  const vms = String(vmid);
  const isOld = isBefore81(facts?.['release']);
  const draft = (title: string, pool: unknown, params: JsonObject): Draft => ({
    title: `${title} pool ${pool}`,
    effect: 'none',
    request: isOld
      ? { method: 'PUT', path: `/pools/${String(pool)}`, params: { vms, ...params } }
      : { method: 'PUT', path: '/pools', params: { poolid: String(pool), vms, ...params } },
    await: { for: 'none', timeoutMs: TIMEOUTS.config },
  });
  if (after === null) return [draft('leave', before, { delete: 1 })];
  if (before === null) return [draft('join', after, {})];
  if (isOld) return [draft('leave', before, { delete: 1 }), draft('join', after, {})];
  return [draft('move to', after, { 'allow-move': 1 })];
}

/** The privileges that a change of membership needs and the token lacks (PVE/API2/Pool.pm, update_pool). */
export async function poolPrivileges(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const change = changes.find(({ key }) => key === 'pool');
  if (change === undefined || observation.live === undefined || observation.madeBy !== undefined) return [];
  const needs = [
    ...[change.before, change.after].flatMap((pool) =>
      typeof pool === 'string' ? ([[`/pool/${pool}`, 'Pool.Allocate']] as const) : [],
    ),
    [`/vms/${observation.vmid}`, 'VM.Allocate'] as const,
  ];
  const diagnostics: Diagnostic[] = [];
  for (const [path, privilege] of needs) {
    if (await cluster.holds(path, privilege)) continue;
    diagnostics.push({
      severity: 'error',
      code: 'PERMISSION',
      summary: 'a privilege is missing',
      detail: `pool needs ${privilege} on ${path}, which ${user} does not hold. Give it a role with that privilege there, or leave pool out.`,
      range: rangeOf(resource, '/pool'),
      address: resource.address,
      pointer: '/pool',
    });
  }
  return diagnostics;
}
