import type { Diagnostic } from '../../core/diagnostic.ts';
import { originOf, type Resource, valueAt } from '../../core/resource.ts';
import { displaySize, MIB } from '../../core/units.ts';
import { checkNuma } from './devices/check-numa.ts';
import { numberAt, sizeAt, specError } from './vm-values.ts';

// The least that Proxmox VE takes for `memory`, and what it takes where nothing is written (qemu-server: PVE/QemuServer/Memory.pm).
const LEAST_MEMORY = 16 * MIB;
const ABSENT_MEMORY = 512 * MIB;

function checkWholeMebibytes(resource: Resource, pointer: string, path: string): readonly Diagnostic[] {
  const written = valueAt(resource.spec, pointer);
  if (typeof written !== 'string') return [];
  const bytes = sizeAt(resource, pointer);
  if (bytes !== undefined && bytes % MIB === 0) return [];
  return [
    specError(resource, pointer, 'no whole size', `${path} is ${written}. Proxmox VE counts memory in whole MiB.`),
  ];
}

function checkMemory(resource: Resource): readonly Diagnostic[] {
  const diagnostics = [
    ...checkWholeMebibytes(resource, '/memory/size', 'memory.size'),
    ...checkWholeMebibytes(resource, '/memory/balloon', 'memory.balloon'),
  ];
  const size = valueAt(resource.spec, '/memory/size') === null ? ABSENT_MEMORY : sizeAt(resource, '/memory/size');
  if (size !== undefined && size < LEAST_MEMORY && diagnostics.length === 0) {
    diagnostics.push(
      specError(
        resource,
        '/memory/size',
        'out of range',
        `memory.size is ${displaySize(size)}; a guest has 16 MiB or more.`,
      ),
    );
  }
  const balloon = sizeAt(resource, '/memory/balloon');
  if (size !== undefined && balloon !== undefined && balloon > size) {
    const byDefault = originOf(resource, '/memory/size').builtIn ? ' (built-in default)' : '';
    const detail = `memory.balloon is ${displaySize(balloon)}, and memory.size ${displaySize(size)}${byDefault}. Ballooning leaves the guest at most what it has: lower balloon, or raise size.`;
    diagnostics.push(specError(resource, '/memory/balloon', 'balloon larger than memory', detail));
  }
  return diagnostics;
}

function checkVcpus(resource: Resource): readonly Diagnostic[] {
  const vcpus = valueAt(resource.spec, '/cpu/vcpus');
  const cores = numberAt(resource, '/cpu/cores', 1);
  const sockets = numberAt(resource, '/cpu/sockets', 1);
  if (typeof vcpus !== 'number' || cores === undefined || sockets === undefined || vcpus <= cores * sockets) return [];
  const detail = `cpu.vcpus is ${vcpus}, and the guest has ${cores * sockets} (sockets ${sockets} × cores ${cores}). Lower vcpus, or raise cores.`;
  return [specError(resource, '/cpu/vcpus', 'more vcpus than cores', detail)];
}

/**
 * The rules of memory and processors: whole MiB and 16 of them at least, a balloon no larger than the memory
 * (qemu-server: PVE/API2/Qemu.pm, update_vm_api), no more vcpus than sockets × cores, NUMA nodes that add up.
 */
export function checkMemoryAndCpu(resource: Resource): readonly Diagnostic[] {
  return [...checkMemory(resource), ...checkVcpus(resource), ...checkNuma(resource)];
}
