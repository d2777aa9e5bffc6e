import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';
import { specError } from '../vm-values.ts';
import { cloneWish, sourceWords } from './wish.ts';

/** The rules of `clone` and `template` with each other and with power and HA. */
export function checkClone(resource: Resource): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const wish = cloneWish(resource);
  if (wish !== undefined) {
    const { from, mode, storage, snapshot } = wish;
    const itself = (from.type === 'name' && from.name === resource.name) || sourceWords(from) === resource.address;
    if (itself || (from.type === 'id' && from.vmid === resource.spec['vmid'])) {
      const detail = `clone.from is ${sourceWords(from)}, which is this document itself. Name another guest.`;
      problems.push(specError(resource, '/clone/from', 'a guest cannot be cloned from itself', detail));
    }
    // qemu-server: PVE/API2/Qemu.pm, clone_vm: parameter 'storage' not allowed for linked clones.
    if (mode === 'linked' && storage !== undefined) {
      const detail = `clone.storage is ${storage}, but the disks of a linked clone lie where the template's are. Write mode: full, or leave storage out.`;
      problems.push(specError(resource, '/clone/storage', 'a linked clone has no storage of its own', detail));
    }
    // The same: a template, which linked clones take, has no snapshots.
    if (mode === 'linked' && snapshot !== undefined) {
      const detail = `clone.snapshot is ${snapshot}, but linked clones are made of templates, which have no snapshots. Write mode: full, or leave snapshot out.`;
      problems.push(specError(resource, '/clone/snapshot', 'a linked clone is not made from a snapshot', detail));
    }
  }
  const { template, power, ha } = resource.spec;
  if (template !== true) return problems;
  if (power === 'running') {
    const detail =
      'template is true, and power is running. Proxmox VE does not start a template. Leave one of them out.';
    problems.push(specError(resource, '/power', 'a template does not run', detail));
  }
  if (ha === true || isObject(ha)) {
    const detail =
      'template is true, and ha asks for high availability, which is for guests that run. Leave one of them out.';
    problems.push(specError(resource, '/ha', 'a template is not highly available', detail));
  }
  return problems;
}
