import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { type Resource, valueAt } from '../../../core/resource.ts';
import { displaySize, MIB } from '../../../core/units.ts';
import { numberAt, sizeAt, specError } from '../vm-values.ts';
import { checkMebibytes } from './check-devices.ts';

const NODES = '/cpu/numaNodes';

function nodesOf(resource: Resource): readonly (readonly [name: string, node: JsonObject])[] {
  const nodes = resource.spec['cpu'] === undefined ? undefined : valueAt(resource.spec, NODES);
  if (!isObject(nodes)) return [];
  return Object.entries(nodes as JsonObject)
    .flatMap(([name, node]) => (isObject(node) ? [[name, node as JsonObject] as const] : []))
    .sort(([left], [right]) => (left < right ? -1 : 1));
}

function numbersIn(set: unknown): readonly number[] {
  if (typeof set !== 'string') return [];
  return set.split(';').flatMap((part) => {
    const [low = 0, high = low] = part.split('-').map(Number);
    // Longer runs than any guest has processors are out of range by their end.
    return high - low > 10_000 ? [low, high] : Array.from({ length: high - low + 1 }, (_, index) => low + index);
  });
}

function checkProcessors(resource: Resource): readonly Diagnostic[] {
  const [cores, sockets] = [numberAt(resource, '/cpu/cores', 1), numberAt(resource, '/cpu/sockets', 1)];
  const total = cores === undefined || sockets === undefined ? undefined : cores * sockets;
  const owners = new Map<number, string>();
  return nodesOf(resource).flatMap(([name, node]) => {
    const pointer = `${NODES}/${name}/cpus`;
    const numbers = numbersIn(node['cpus']);
    const beyond = numbers.find((number) => total !== undefined && number >= total);
    if (beyond !== undefined) {
      const detail = `cpu.numaNodes.${name}.cpus has ${beyond}, and the guest has ${total} (sockets ${sockets} × cores ${cores}), counted from 0.`;
      return [specError(resource, pointer, 'no such processor', detail)];
    }
    const twice = numbers.find((number) => owners.has(number));
    for (const number of numbers) if (!owners.has(number)) owners.set(number, name);
    if (twice === undefined) return [];
    const detail = `cpu.numaNodes.${name}.cpus has ${twice}, which ${owners.get(twice)} has too. A processor is on one node.`;
    return [specError(resource, pointer, 'a processor on two nodes', detail)];
  });
}

function checkShares(resource: Resource): readonly Diagnostic[] {
  const nodes = nodesOf(resource);
  const hugepages = typeof valueAt(resource.spec, '/memory/hugepages') === 'string';
  const diagnostics = nodes.flatMap(([name, node]) => {
    const path = `cpu.numaNodes.${name}`;
    const lacks = (key: string, why: string): readonly Diagnostic[] =>
      typeof node[key] === 'string'
        ? []
        : [specError(resource, `${NODES}/${name}`, 'missing key', `${path} needs ${key}${why}.`)];
    return [
      ...lacks('memory', ', its share of the guest’s memory'),
      ...(typeof node['hostNodes'] === 'string' ? lacks('policy', ' beside hostNodes') : []),
      ...(hugepages ? lacks('hostNodes', ', since memory.hugepages is set') : []),
      ...checkMebibytes(resource, `${path}.memory`, [1, Number.POSITIVE_INFINITY]),
    ];
  });
  const size = sizeAt(resource, '/memory/size');
  const shares = nodes.map(([name]) => sizeAt(resource, `${NODES}/${name}/memory`));
  if (nodes.length === 0 || size === undefined || shares.includes(undefined)) return diagnostics;
  const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0);
  if (sum === size) return diagnostics;
  const detail = `The nodes of cpu.numaNodes have ${displaySize(sum)}, and memory.size is ${displaySize(size)}. Together they have all of it.`;
  return [...diagnostics, specError(resource, NODES, 'memory does not add up', detail)];
}

// What a guest has before memory is plugged, by Proxmox VE (PVE/QemuServer/Memory.pm, $STATICMEM).
const STATIC_MEMORY = 1024 * MIB;

function checkMemoryHotplug(resource: Resource): readonly Diagnostic[] {
  const pointer = '/system/hotplug';
  const features = valueAt(resource.spec, pointer);
  if (!Array.isArray(features) || !features.includes('memory')) return [];
  const says = 'system.hotplug has memory, which';
  const diagnostics: Diagnostic[] = [];
  const refuse = (why: string): void =>
    void diagnostics.push(specError(resource, pointer, 'does not fit', `${says} ${why}.`));
  if (valueAt(resource.spec, '/cpu/numa') !== true) refuse('needs cpu.numa: true');
  if (nodesOf(resource).length > 0) refuse('excludes cpu.numaNodes');
  const devices = resource.spec['devices'];
  const shared = isObject(devices) && Object.entries(devices).some(([slot, value]) => /^virtiofs/.test(slot) && value);
  if (shared) refuse('excludes virtiofs devices');
  const sockets =
    valueAt(resource.spec, '/memory/hugepages') === '1024' ? (numberAt(resource, '/cpu/sockets', 1) ?? 1) : 1;
  const size = sizeAt(resource, '/memory/size');
  if (size !== undefined && size < STATIC_MEMORY * sockets)
    refuse(`needs ${displaySize(STATIC_MEMORY * sockets)} of memory, and memory.size is ${displaySize(size)}`);
  return diagnostics;
}

/**
 * The rules of NUMA, huge pages and memory hotplug, which Proxmox VE checks when the guest starts (qemu-server:
 * PVE/QemuServer/Memory.pm, config; QEMU for the processors of nodes).
 */
export function checkNuma(resource: Resource): readonly Diagnostic[] {
  const numa = valueAt(resource.spec, '/cpu/numa') === true;
  const needs = (pointer: string, path: string): Diagnostic =>
    specError(resource, pointer, 'does not fit', `${path} needs cpu.numa: true.`);
  return [
    ...(!numa && nodesOf(resource).length > 0 ? [needs(NODES, 'cpu.numaNodes')] : []),
    ...(!numa && typeof valueAt(resource.spec, '/memory/hugepages') === 'string'
      ? [needs('/memory/hugepages', 'memory.hugepages')]
      : []),
    ...checkProcessors(resource),
    ...checkShares(resource),
    ...checkMemoryHotplug(resource),
  ];
}
