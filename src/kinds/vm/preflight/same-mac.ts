import type { Diagnostic } from '../../../core/diagnostic.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { devicesOf } from '../vm-values.ts';

interface Written {
  readonly resource: Resource;
  readonly path: string;
  readonly mac: string;
}

function macsOf(resource: Resource): readonly Written[] {
  return devicesOf(resource, 'network').flatMap(([slot, { mac }]) =>
    typeof mac === 'string' ? [{ resource, path: `network.${slot}.mac`, mac: mac.toLowerCase() }] : [],
  );
}

function firstWith(mac: string, resources: readonly Resource[]): Written | undefined {
  for (const resource of resources) {
    const found = resource.kind === 'vm' ? macsOf(resource).find((written) => written.mac === mac) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Written MAC addresses that a device before it in the documents has too, as instances of one document easily do. */
export function sharedMacs(resource: Resource, { resources }: PlanContext): readonly Diagnostic[] {
  const mine = macsOf(resource);
  if (mine.length === 0) return [];
  const found: Diagnostic[] = [];
  for (const own of mine) {
    const other = firstWith(own.mac, resources);
    if (other === undefined || (other.resource.address === resource.address && other.path === own.path)) continue;
    const place = originOf(other.resource, `/${other.path.replaceAll('.', '/')}`).text;
    const detail = `${own.path} is ${own.mac}, which is that of ${other.path} of ${other.resource.address} too (${place}). On one network, neither would be reached reliably. Write another one, or leave mac out to have one made.`;
    found.push(told(resource, own.path, 'warning', 'IMPOSSIBLE', 'two devices have one MAC address', detail));
  }
  return found;
}
