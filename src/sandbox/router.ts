import type { ApiFacts, EndpointFact } from '../pve/facts/facts.ts';
import { accessEndpoints } from './access/endpoints.ts';
import { ApiError } from './api-error.ts';
import { clusterEndpoints } from './cluster/endpoints.ts';
import type { HouseEndpoint } from './house.ts';
import { indexEndpoints } from './index-lists.ts';
import { nodeEndpoints } from './nodes/endpoints.ts';
import { qemuEndpoints } from './nodes/qemu/endpoints.ts';
import { qemuFirewallEndpoints } from './nodes/qemu-firewall/endpoints.ts';
import { poolEndpoints } from './pools/endpoints.ts';
import { storageEndpoints } from './storage/endpoints.ts';
import { versionEndpoint } from './version.ts';

/** Every call that the sandbox knows; one that the API facts have and this list has not answers 501. */
const ENDPOINTS: readonly HouseEndpoint[] = [
  versionEndpoint,
  ...indexEndpoints,
  ...accessEndpoints,
  ...clusterEndpoints,
  ...nodeEndpoints,
  ...qemuEndpoints,
  ...qemuFirewallEndpoints,
  ...poolEndpoints,
  ...storageEndpoints,
];

/** Where a request leads. */
export interface Route {
  readonly endpoint: HouseEndpoint;
  readonly fact: EndpointFact;
  /** As it was asked for. */
  readonly path: string;
  /** The values of the `{…}` in the path. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** Finds the endpoint of a method and path. */
export type Router = (method: string, path: string) => Route;

const ROOT: EndpointFact = {
  path: '/',
  method: 'GET',
  name: 'index',
  permissions: { user: 'all' },
  parameters: {},
  returns: 'array',
};

/** A router over the API facts and the endpoints that are built; it throws status 501 for what is not there. */
export function createRouter(facts: ApiFacts): Router {
  const built = new Map(ENDPOINTS.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  const known = [ROOT, ...facts.endpoints]
    .map((fact) => ({ fact, segments: segmentsOf(fact.path) }))
    // What is named in full goes before what a placeholder stands for.
    .sort((left, right) => placeholders(left.segments) - placeholders(right.segments));
  return (method, path) => {
    const segments = segmentsOf(path);
    const found = known.find(({ fact, segments: pattern }) => fact.method === method && isMatch(pattern, segments));
    if (found === undefined) throw new ApiError(501, `Method '${method} ${path}' not implemented`);
    const endpoint = built.get(`${method} ${found.fact.path}`);
    if (endpoint === undefined) throw new ApiError(501, `Method '${method} ${path}' is not built in the sandbox`);
    const pairs = found.segments.flatMap((segment, index) =>
      segment.startsWith('{') ? [[segment.slice(1, -1), valueAt(found.segments, segments, index)] as const] : [],
    );
    return { endpoint, fact: found.fact, path, pathParameters: Object.fromEntries(pairs) };
  };
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** Last parts of a path that may hold slashes: the methods have an empty `fragmentDelimiter` (pve-common: RESTHandler.pm). */
const WITH_SLASHES: ReadonlySet<string> = new Set(['{volume}', '{cidr}']);

function takesRest(pattern: readonly string[]): boolean {
  return WITH_SLASHES.has(pattern.at(-1) ?? '');
}

function valueAt(pattern: readonly string[], segments: readonly string[], index: number): string {
  const isRest = index === pattern.length - 1 && takesRest(pattern);
  return isRest ? segments.slice(index).join('/') : (segments[index] ?? '');
}

function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    (pattern.length === segments.length || (takesRest(pattern) && pattern.length < segments.length)) &&
    pattern.every((segment, index) => segment.startsWith('{') || segment === segments[index])
  );
}

function placeholders(segments: readonly string[]): number {
  return segments.filter((segment) => segment.startsWith('{')).length;
}
