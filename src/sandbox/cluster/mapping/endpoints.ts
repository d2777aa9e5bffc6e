import type { Json, JsonObject } from '../../../core/json.ts';
import { parsePropertyString } from '../../../pve/codecs/property-string.ts';
import { failure, parameterFailure } from '../../api-error.ts';
import { splitList } from '../../check-value.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../../house.ts';
import { formatMappings, MAPPING_FILES, type Mapping, type MappingType, parseMappings } from './mapping-file.ts';

const TYPES: readonly MappingType[] = ['pci', 'usb', 'dir'];
const NUMERIC = new Set(['mdev', 'live-migration-capable']);
const KEYS = ['description', 'mdev', 'live-migration-capable'] as const;

/** The calls below `/cluster/mapping` (pve-manager: PVE/API2/Cluster/Mapping/*.pm). */
export const mappingEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/cluster/mapping', handle: () => TYPES.map((name) => ({ name })) },
  ...TYPES.flatMap(endpointsOf),
];

function endpointsOf(type: MappingType): readonly HouseEndpoint[] {
  const path = `/cluster/mapping/${type}`;
  return [
    { method: 'GET', path, handle: (call) => list(call, type) },
    { method: 'POST', path, handle: (call) => create(call, type) },
    { method: 'GET', path: `${path}/{id}`, handle: (call) => read(call, type) },
    { method: 'PUT', path: `${path}/{id}`, handle: (call) => update(call, type) },
    { method: 'DELETE', path: `${path}/{id}`, handle: (call) => remove(call, type) },
  ];
}

function mappingsOf(host: SandboxState, type: MappingType): readonly Mapping[] {
  return parseMappings(host.files.read(MAPPING_FILES[type]) ?? '');
}

function save(host: SandboxState, type: MappingType, mappings: readonly Mapping[]): null {
  host.files.write(MAPPING_FILES[type], formatMappings(mappings));
  return null;
}

function list({ host, user, params }: HouseCall, type: MappingType): Json {
  const node = params['check-node'];
  return mappingsOf(host, type)
    .filter(({ id }) => {
      const held = host.access.privileges(user, `/mapping/${type}/${id}`);
      return held.has('Mapping.Audit') || held.has('Mapping.Use') || held.has('Mapping.Modify');
    })
    .map((mapping) => ({
      ...row(host, type, mapping),
      ...{ id: mapping.id, type },
      ...(node === undefined ? {} : { checks: checksFor(mapping, String(node)) }),
    }));
}

function row(host: SandboxState, type: MappingType, { map, values }: Mapping): JsonObject {
  const shown = Object.entries(values).map(([key, text]) => [key, NUMERIC.has(key) ? Number(text) : text]);
  return { ...Object.fromEntries(shown), map, digest: host.digestOf(MAPPING_FILES[type]) };
}

/** What is wrong with a mapping for a node; no device of the simulated nodes is ever compared. */
function checksFor({ map }: Mapping, node: string): Json {
  if (map.some((item) => item.split(',').includes(`node=${node}`))) return [];
  return [{ severity: 'warning', message: `No mapping for node ${node}.` }];
}

/** One mapping; its id is not repeated. */
function read({ host, params }: HouseCall, type: MappingType): JsonObject {
  const mapping = mappingsOf(host, type).find(({ id }) => id === params['id']);
  if (mapping === undefined) throw failure(`mapping '${params['id']}' not found`);
  return row(host, type, mapping);
}

function mapIn({ host, params }: HouseCall, type: MappingType): readonly string[] {
  const { map } = params;
  const items = Array.isArray(map) ? map.map(String) : [];
  const nodes = items.map((item) => {
    const format = host.facts.formats[`${type}-map-item`];
    return typeof format === 'object' ? (parsePropertyString(item, format)['node'] ?? '') : '';
  });
  const doubled = nodes.find((node, index) => type === 'dir' && nodes.indexOf(node) !== index);
  if (doubled !== undefined) throw parameterFailure({ map: `Node '${doubled}' is mapped multiple times.` });
  return items;
}

function valuesIn({ params }: HouseCall): Record<string, string> {
  return Object.fromEntries(
    KEYS.flatMap((key) => (params[key] === undefined ? [] : [[key, String(params[key])] as const])),
  );
}

function create(call: HouseCall, type: MappingType): null {
  const { host, params } = call;
  const id = String(params['id']);
  const mappings = mappingsOf(host, type);
  if (mappings.some((mapping) => mapping.id === id)) {
    throw failure(`create ${type} mapping failed: ${type} ID '${id}' already defined`);
  }
  return save(host, type, [...mappings, { id, map: mapIn(call, type), values: valuesIn(call) }]);
}

/** A `map` that is given replaces the whole old one. */
function update(call: HouseCall, type: MappingType): null {
  const { host, params } = call;
  const id = String(params['id']);
  const { digest } = params;
  if (digest !== undefined && digest !== '' && digest !== host.digestOf(MAPPING_FILES[type])) {
    throw failure(
      `update ${type} mapping failed: detected modified configuration - file changed by other user? Try again.`,
    );
  }
  const mappings = mappingsOf(host, type);
  const mapping = mappings.find((candidate) => candidate.id === id);
  if (mapping === undefined) throw failure(`update ${type} mapping failed: ${type} ID '${id}' does not exist`);
  const values = { ...mapping.values, ...valuesIn(call) };
  for (const key of splitList(String(params['delete'] ?? ''))) {
    if (!KEYS.some((known) => known === key)) throw failure(`unknown option '${key}'`);
    delete values[key];
  }
  const changed = { id, values, map: params['map'] === undefined ? mapping.map : mapIn(call, type) };
  return save(
    host,
    type,
    mappings.map((candidate) => (candidate.id === id ? changed : candidate)),
  );
}

/** Removing what is not there succeeds. */
function remove({ host, params }: HouseCall, type: MappingType): null {
  return save(
    host,
    type,
    mappingsOf(host, type).filter(({ id }) => id !== params['id']),
  );
}
