import { unlessRefused } from '../../../pve/refused.ts';
import type { PlanContext } from '../../kind.ts';

/** What a network device is to be on; VLANs are those of its tag and of its trunk. */
export interface NicPlace {
  readonly bridge: string;
  readonly vlans: readonly number[];
}

/** Where the token would need SDN.Use. */
export interface BridgeLack {
  /** As in `/sdn/zones/localnetwork/vmbr0/20`; with several VLANs that of the bridge, from which they take it. */
  readonly path: string;
  /** Whether it may hold it all the same: of the vnet's zone nothing can be seen. */
  readonly uncertain: boolean;
}

const ZONES = '/sdn/zones';
const LOCAL = 'localnetwork';

/** The VLANs in a trunk's text or list, as in `20;30-39`. */
export function vlansIn(trunks: string): readonly number[] {
  return trunks.split(/[;,]/).flatMap((part) => {
    const [, from, to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (from === undefined) return [];
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index);
  });
}

/**
 * The zone whose path is asked for a bridge: `localnetwork`, or that of the vnet of this name. A token may use a vnet and
 * not be shown its zone; then what is granted on the vnet itself names it. Undefined where nothing does.
 */
async function zoneOf(bridge: string, node: string, { cluster }: PlanContext): Promise<string | undefined> {
  const local = (await cluster.bridges(node)).includes(bridge) && !(await cluster.vnets(node)).includes(bridge);
  // Names of vnets have at most eight letters and digits, and those of bridges that Proxmox VE makes begin like this.
  if (local || /^vmbr\d+$/.test(bridge)) return LOCAL;
  const listed = await unlessRefused(cluster.texts('/cluster/sdn/vnets'), undefined);
  const zone = listed?.rows.find((row) => row['vnet'] === bridge)?.['zone'];
  if (zone !== undefined) return zone;
  const granted = [...(await cluster.permissions()).keys()].map((path) => path.split('/'));
  const own = granted.find(([, sdn, zones, , vnet]) => sdn === 'sdn' && zones === 'zones' && vnet === bridge)?.[3];
  if (own !== undefined) return own;
  return (await cluster.vnets(node)).includes(bridge) ? undefined : LOCAL;
}

/**
 * Where the token lacks SDN.Use for a network device; undefined where it may use the place, and before 8.0, which asks
 * for none. With VLANs each of them is asked for, otherwise the bridge or vnet (qemu-server: PVE/QemuServer.pm,
 * check_bridge_access; pve-guest-common: PVE/GuestHelpers.pm, check_vnet_access).
 */
export async function bridgeLack(
  { bridge, vlans }: NicPlace,
  node: string,
  context: PlanContext,
): Promise<BridgeLack | undefined> {
  const { cluster, user } = context;
  const { version } = await cluster.version();
  if (user === 'root@pam' || Number.parseInt(version, 10) < 8) return undefined;
  const zone = await zoneOf(bridge, node, context);
  if (zone === undefined) {
    const anywhere = await cluster.holds(`${ZONES}/-/-`, 'SDN.Use');
    return anywhere ? undefined : { path: ZONES, uncertain: true };
  }
  const path = `${ZONES}/${zone}/${bridge}`;
  const paths = vlans.length === 0 ? [path] : [...new Set(vlans)].map((vlan) => `${path}/${vlan}`);
  const lacking: string[] = [];
  for (const one of paths) if (!(await cluster.holds(one, 'SDN.Use'))) lacking.push(one);
  const [first] = lacking;
  return first === undefined ? undefined : { path: lacking.length === 1 ? first : path, uncertain: false };
}
