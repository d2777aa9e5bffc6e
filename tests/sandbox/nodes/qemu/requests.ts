import type { Json } from '../../../../src/core/json.ts';
import { permissionFailure } from '../../../../src/sandbox/api-error.ts';
import { checkParameters } from '../../../../src/sandbox/check-parameters.ts';
import { checkPermissions } from '../../../../src/sandbox/check-permissions.ts';
import type { AuthUser, Call, Endpoint, SandboxHost } from '../../../../src/sandbox/host.ts';
import { qemuEndpoints } from '../../../../src/sandbox/nodes/qemu/endpoints.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The token of root that the recordings used: all privileges, but not root itself. */
export const TOKEN: AuthUser = { id: 'root@pam!test', isRoot: false };

/** Whether an endpoint of QEMU guests answers this path. */
function endpointFor(
  method: string,
  path: string,
): { readonly endpoint: Endpoint; readonly inPath: Readonly<Record<string, string>> } | undefined {
  for (const endpoint of qemuEndpoints) {
    const names: string[] = [];
    const pattern = endpoint.path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
      names.push(name);
      return '([^/]+)';
    });
    const match = new RegExp(`^${pattern}$`).exec(path);
    if (endpoint.method !== method || match === null) continue;
    return { endpoint, inPath: Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? ''])) };
  }
  return undefined;
}

/** Sends a request to its handler, with permissions and parameters checked before, as the server does it. */
export async function send(
  host: SandboxHost,
  method: Method,
  path: string,
  params: Readonly<Record<string, string | number | readonly string[]>> = {},
  user: AuthUser = TOKEN,
): Promise<Json> {
  const found = endpointFor(method, path);
  if (found === undefined) throw new Error(`no endpoint for ${method} ${path}`);
  const fact = host.facts.endpoints.find((one) => one.method === method && one.path === found.endpoint.path);
  if (fact === undefined) throw new Error(`no facts of ${method} ${found.endpoint.path}`);
  const given: Record<string, string | string[]> = {};
  for (const [key, value] of Object.entries({ ...params, ...found.inPath })) {
    given[key] = typeof value === 'object' ? [...value] : String(value);
  }
  checkPermissions(host.access, user, fact.permissions, given);
  const require: Call['require'] = (on, anyOf) => {
    const held = host.access.privileges(user, on);
    if (!anyOf.some((privilege) => held.has(privilege))) throw permissionFailure(`${on}, ${anyOf.join('|')}`);
  };
  const typed = checkParameters(host.facts, fact, given);
  return await found.endpoint.handle({ host, user, params: typed, require });
}
