import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { told } from './told.ts';

/** What the device will be on: the document's bridge and VLAN, or else the guest's. */
function placeOf({ desired, live }: Observation, key: string): { readonly bridge?: string; readonly tag?: string } {
  const text = live?.pending.get(key) ?? '';
  const partOf = (sub: string): string | undefined => {
    const managed = desired.find((value) => value.key === key && value.sub === sub);
    if (managed !== undefined) return managed.value === undefined ? undefined : String(managed.value);
    return new RegExp(`(?:^|,)${sub}=([^,]+)`).exec(text)?.[1];
  };
  const [bridge, tag] = [partOf('bridge'), partOf('tag')];
  return { ...(bridge === undefined ? {} : { bridge }), ...(tag === undefined ? {} : { tag }) };
}

/**
 * The bridges that the token may not use, for network devices that the plan adds or changes; asked for from 8.0 on, with
 * a VLAN on the VLAN's own path (qemu-server: PVE/API2/Qemu.pm, check_bridge_access). Of a vnet the path names its zone,
 * which is not known here, so that only bridges of the usual names are checked.
 */
export async function bridgePrivileges(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { version } = await cluster.version();
  if (user === 'root@pam' || Number.parseInt(version, 10) < 8) return [];
  const written = changes.filter(
    ({ key, state, after }) => /^net\d+$/.test(key) && state === 'change' && after !== null,
  );
  const found: Diagnostic[] = [];
  for (const key of new Set(written.map((change) => change.key))) {
    const { bridge, tag } = placeOf(observation, key);
    if (bridge === undefined || !/^vmbr\d+$/.test(bridge)) continue;
    const path = `/sdn/zones/localnetwork/${bridge}${tag === undefined ? '' : `/${tag}`}`;
    if (await cluster.holds(path, 'SDN.Use')) continue;
    const detail = `network.${key} needs SDN.Use on ${path}, which ${user} does not hold. Give it a role with that privilege there (PVESDNUser has it), or take another bridge.`;
    found.push(told(resource, `network.${key}.bridge`, 'error', 'PERMISSION', 'a privilege is missing', detail));
  }
  return found;
}
