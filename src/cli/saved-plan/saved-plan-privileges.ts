import { PvevmError } from '../../core/error.ts';
import type { Plan } from '../../core/plan.ts';
import type { StepRequest } from '../../core/step.ts';
import { type ClusterView, createClusterView } from '../../pve/cluster.ts';
import type { ApiFacts, EndpointFact } from '../../pve/facts/facts.ts';
import { loadFacts } from '../../pve/facts/load-facts.ts';
import type { PveClient } from '../../pve/reader.ts';
import { nearestFactVersion } from '../doctor/server-checks.ts';

type Values = Readonly<Record<string, unknown>>;

/** What a path holds where a template has names; undefined where it is no such path. */
function matchPath(template: string, path: string): Values | undefined {
  const names = template.split('/');
  const parts = path.split('/');
  if (names.length !== parts.length) return undefined;
  const values: Record<string, unknown> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? '';
    if (/^\{\w+\}$/.test(name)) values[name.slice(1, -1)] = part;
    else if (name !== part) return undefined;
  }
  return values;
}

function endpointOf(
  { method, path }: StepRequest,
  { endpoints }: ApiFacts,
): { readonly endpoint: EndpointFact; readonly values: Values } | undefined {
  for (const endpoint of endpoints) {
    const values = endpoint.method === method ? matchPath(endpoint.path, path) : undefined;
    if (values !== undefined) return { endpoint, values };
  }
  return undefined;
}

/** What is missing for a declared check, in words; undefined where it is met, or cannot be told (pve-access-control: PVE/RPCEnvironment.pm). */
async function lackOf(check: unknown, values: Values, view: ClusterView): Promise<string | undefined> {
  if (!Array.isArray(check)) return undefined;
  const [test, ...rest]: readonly unknown[] = check;
  if (test === 'and' || test === 'or') {
    const lacks: string[] = [];
    for (const nested of rest) {
      const lack = await lackOf(nested, values, view);
      if (lack !== undefined) lacks.push(lack);
    }
    return test === 'and' || lacks.length === rest.length ? lacks[0] : undefined;
  }
  const [template, names, ...options] = rest;
  if (test !== 'perm' || typeof template !== 'string' || !Array.isArray(names)) return undefined;
  const needed = options[options.indexOf('require_param') + 1];
  if (options.includes('require_param') && values[String(needed)] === undefined) return 'another way';
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
  // The id of a guest that is still to be made, and what the request does not name.
  if (path.includes('{') || /\/\/|.\/$/.test(path)) return undefined;
  const missing: string[] = [];
  for (const name of names.map(String)) if (!(await view.holds(path, name))) missing.push(name);
  if (options.includes('any') ? missing.length < names.length : missing.length === 0) return undefined;
  return `${missing.join(options.includes('any') ? ' or ' : ' and ')} on ${path}`;
}

/**
 * Throws `PERMISSION` before anything is written where this token may not send requests of a saved plan at all, which may
 * have been made with another one: by what the API facts declare of each endpoint. What depends on single values shows when
 * they are sent.
 */
export async function checkSavedPrivileges(plan: Plan, pve: PveClient): Promise<void> {
  const view = createClusterView(pve);
  const { version } = await view.version();
  const facts = await loadFacts(nearestFactVersion(version));
  const lacks = new Set<string>();
  for (const { resource, request } of plan.resources.flatMap(({ steps }) => steps)) {
    const found = request === undefined ? undefined : endpointOf(request, facts);
    if (request === undefined || found === undefined) continue;
    const lack = await lackOf(found.endpoint.permissions?.check, { ...request.params, ...found.values }, view);
    if (lack !== undefined) lacks.add(`${resource} needs ${lack}`);
  }
  if (lacks.size === 0) return;
  throw new PvevmError('PERMISSION', `cannot apply the plan: ${pve.user} lacks privileges that it needs`, {
    details: [...lacks],
    hints: [
      'Apply it with the token that it was made with, or grant this one what is missing.',
      'pvevm plan with this token says how: it prints the commands.',
    ],
  });
}
