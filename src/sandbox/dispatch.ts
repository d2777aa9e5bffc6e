import type { Json } from '../core/json.ts';
import type { Format } from './answer.ts';
import { ApiError, failure, parameterFailure, permissionFailure } from './api-error.ts';
import { authenticate, type Identification } from './authenticate.ts';
import { checkParameters, type RawParameters } from './check-parameters.ts';
import { checkPermissions, normalizeAclPath } from './check-permissions.ts';
import type { AuthUser } from './host.ts';
import type { HouseCall, SandboxState } from './house.ts';
import type { Route } from './router.ts';
import { WireError } from './wire-error.ts';

/** Calls that need no login (pve-manager: PVE/HTTPServer.pm, auth_handler). */
const WORLD: ReadonlySet<string> = new Set([
  'GET /access/domains',
  'GET /access/ticket',
  'POST /access/ticket',
  'POST /access/vncticket',
  'POST /access/openid/auth-url',
  'POST /access/openid/login',
]);

/** Who sends a request; undefined: nobody, for a call that needs no login. Throws status 401. */
export function userOfRequest(state: SandboxState, identification: Identification): AuthUser | undefined {
  if (WORLD.has(`${identification.method} ${identification.path}`)) return undefined;
  return authenticate(state, identification);
}

/**
 * Answers one request in Proxmox VE's order: the route, doubled parameters, permissions, the node, the parameters,
 * then the call itself (pve-manager: PVE/HTTPServer.pm, rest_handler). Throws `ApiError` and `WireError`.
 */
export async function dispatch(
  state: SandboxState,
  route: Route,
  user: AuthUser | undefined,
  parameters: RawParameters,
): Promise<Json> {
  const { fact, pathParameters } = route;
  const given: RawParameters = { ...parameters, ...pathParameters };
  for (const [name, value] of Object.entries(pathParameters)) {
    if (parameters[name] !== undefined && parameters[name] !== value) {
      throw parameterFailure({ [name]: 'duplicate parameter (already defined in URI) with conflicting values!' });
    }
  }
  if (user?.id.includes('!') && fact.allowtoken === 0) {
    throw permissionFailure(`URI '${route.path}' not available with API token, need proper ticket.\n`);
  }
  checkPermissions(state.access, user, fact.permissions, given);
  const place = fact.proxyto === 'node' ? { node: checkedNode(state, pathParameters['node'] ?? '') } : {};
  const check = route.endpoint.check ?? checkParameters;
  const params = check(state.facts, fact, { ...given, ...place });
  return await route.endpoint.handle(callOf(state, user ?? { id: '', isRoot: false }, params));
}

function callOf(state: SandboxState, user: AuthUser, params: HouseCall['params']): HouseCall {
  return {
    host: state,
    user,
    params,
    require(path, anyOf) {
      if (user.isRoot) return;
      const held = state.access.privileges(user, normalizeAclPath(path));
      if (!anyOf.some((name) => held.has(name))) throw permissionFailure(`${path}, ${anyOf.join('|')}`);
    },
  };
}

/** The node that a call is for; `localhost` is the one that answers, which is the first here. */
function checkedNode(state: SandboxState, name: string): string {
  const node = name === 'localhost' ? [...state.nodes.values()][0] : state.nodes.get(name);
  if (node === undefined) {
    const reason = `failed to get address info for: ${name}: Name or service not known`;
    throw failure(`hostname lookup '${name}' failed - ${reason}`);
  }
  if (!node.online) throw new WireError(595, 'No route to host');
  return node.name;
}

/** What a request asks for, by its URL. */
export interface RequestAddress {
  readonly format: Format;
  /** Below `/api2/FORMAT`, decoded, without a slash at its end. */
  readonly path: string;
  readonly query: string;
}

/** Takes the URL of a request apart; throws `WireError` for addresses outside the API. */
export function addressOf(url: string): RequestAddress {
  const [rawPath = '', ...queries] = url.split('?');
  const path = decodePath(rawPath);
  if (!path.startsWith('/api2/')) throw new WireError(500, `no such file '${path}'\n`);
  const [, format, rest] = /^\/api2\/([a-z0-9]+)(\/.*)?$/.exec(path) ?? [];
  if (format === undefined) throw new WireError(501, 'no such uri');
  const trimmed = (rest ?? '').replace(/\/+$/, '');
  if (format !== 'json' && format !== 'extjs') throw new WireError(501, `no formatter for uri ${trimmed}, ${format}`);
  return { format, path: trimmed, query: queries.join('?') };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ApiError(400, 'bad request');
  }
}
