import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { type BridgeLack, bridgeLack, type NicPlace, vlansIn } from './bridge-access.ts';

interface Placed extends NicPlace {
  readonly tag: string | undefined;
}

/** What the device will be on: the document's bridge and VLANs, or else the guest's; undefined where it has no bridge. */
function placeOf({ desired, live }: Observation, key: string): Placed | undefined {
  const text = live?.pending.get(key) ?? '';
  const partOf = (sub: string): string | undefined => {
    const managed = desired.find((value) => value.key === key && value.sub === sub);
    if (managed !== undefined) return managed.value === undefined ? undefined : String(managed.value);
    return new RegExp(`(?:^|,)${sub}=([^,]+)`).exec(text)?.[1];
  };
  const bridge = partOf('bridge');
  if (bridge === undefined) return undefined;
  const tag = partOf('tag');
  return { bridge, tag, vlans: [...vlansIn(tag ?? ''), ...vlansIn(partOf('trunks') ?? '')] };
}

/** The field whose value takes the privilege: a VLAN, or the bridge. */
function fieldOf({ path }: BridgeLack, { tag }: Placed): string {
  if (!/^\/sdn\/zones\/[^/]+\/[^/]+\/\d+$/.test(path)) return 'bridge';
  return path.endsWith(`/${tag}`) ? 'vlan' : 'trunks';
}

/**
 * The bridges and vnets that the token may not use, for network devices that the plan adds or changes: Proxmox VE asks
 * for them again whatever of a device is written. Where a vnet's zone cannot be seen, a note says that nothing is known.
 */
export async function bridgePrivileges(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { user } = context;
  const keys = new Set(changes.filter(({ state }) => state === 'change').map(({ key }) => key));
  const found: Diagnostic[] = [];
  for (const key of [...keys].filter((name) => /^net\d+$/.test(name))) {
    const isRemoved = changes.some(({ path, after }) => path === `network.${key}` && after === null);
    const place = isRemoved ? undefined : placeOf(observation, key);
    if (place === undefined) continue;
    const lack = await bridgeLack(place, observation.node, context);
    if (lack === undefined) continue;
    const at = `network.${key}.${fieldOf(lack, place)}`;
    if (lack.uncertain) {
      const detail = `network.${key} needs SDN.Use on the vnet ${place.bridge} in its zone, which ${user} cannot see, so that this is not checked. Give it a role with SDN.Audit on the vnet to have it checked (PVESDNUser has both).`;
      found.push(told(resource, at, 'note', 'PERMISSION', 'a privilege is not checked', detail));
      continue;
    }
    const detail = `network.${key} needs SDN.Use on ${lack.path}, which ${user} does not hold. Give it a role with that privilege there (PVESDNUser has it), or take another bridge.`;
    found.push(told(resource, at, 'error', 'PERMISSION', 'a privilege is missing', detail));
  }
  return found;
}
