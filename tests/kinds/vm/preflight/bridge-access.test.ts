import { expect, it } from 'vitest';
import type { PlanContext } from '../../../../src/kinds/kind.ts';
import { bridgeLack, vlansIn } from '../../../../src/kinds/vm/preflight/bridge-access.ts';
import { createClusterView } from '../../../../src/pve/cluster.ts';

interface World {
  readonly version?: string;
  /** What the token holds, by path; it passes on. */
  readonly rights: Readonly<Record<string, string>>;
  /** The vnets of which the token is shown the zone. */
  readonly shown?: Readonly<Record<string, string>>;
}

function contextOf({ version = '9.2.11', rights, shown = { lan1: 'branch' } }: World): PlanContext {
  const answers: Readonly<Record<string, unknown>> = {
    '/version': { version, release: version },
    '/access/permissions': Object.fromEntries(Object.entries(rights).map(([path, name]) => [path, { [name]: 1 }])),
    '/nodes/{node}/network': [
      { iface: 'vmbr0', type: 'bridge' },
      { iface: 'office', type: 'OVSBridge' },
      { iface: 'lan1', type: 'vnet' },
    ],
    '/cluster/sdn/vnets': Object.entries(shown).map(([vnet, zone]) => ({ vnet, zone, type: 'vnet' })),
  };
  const cluster = createClusterView({ get: async (path) => answers[path] });
  // Nothing else of the context is read.
  return { cluster, user: 'ci@pve!plan' } as unknown as PlanContext;
}

const lack = async (world: World, bridge: string, ...vlans: readonly number[]): Promise<unknown> =>
  await bridgeLack({ bridge, vlans }, 'pve1', contextOf(world));

it.each(['8.0.2', '8.4.21', '9.1.1', '9.2.11'])('R-21: %s asks for SDN.Use on bridges of any name', async (version) => {
  const rights = { '/vms': 'VM.Allocate' };
  expect(await lack({ version, rights }, 'vmbr0')).toEqual({
    ...{ path: '/sdn/zones/localnetwork/vmbr0', uncertain: false },
  });
  expect(await lack({ version, rights }, 'office')).toMatchObject({ path: '/sdn/zones/localnetwork/office' });
  expect(await lack({ version, rights: { '/sdn/zones/localnetwork/office': 'SDN.Use' } }, 'office')).toBeUndefined();
});

it('R-21: 7.4 asks for nothing of the kind', async () => {
  expect(await lack({ version: '7.4-17', rights: {} }, 'vmbr0', 20)).toBeUndefined();
});

it('R-21: a VLAN is asked for by itself, and takes what the bridge passes on', async () => {
  const on = (path: string) => lack({ rights: { [path]: 'SDN.Use' } }, 'vmbr0', 20);
  expect(await on('/sdn/zones/localnetwork/vmbr0/20')).toBeUndefined();
  expect(await on('/sdn/zones/localnetwork/vmbr0')).toBeUndefined();
  expect(await on('/sdn/zones/localnetwork/vmbr0/21')).toMatchObject({ path: '/sdn/zones/localnetwork/vmbr0/20' });
});

it('R-21: of several VLANs that are missing, the bridge is named, which passes them on', async () => {
  const rights = { '/sdn/zones/localnetwork/vmbr0/30': 'SDN.Use' };
  expect(await lack({ rights }, 'vmbr0', ...vlansIn('30-32'))).toMatchObject({ path: '/sdn/zones/localnetwork/vmbr0' });
  expect(await lack({ rights }, 'vmbr0', ...vlansIn('30;31'))).toMatchObject({
    path: '/sdn/zones/localnetwork/vmbr0/31',
  });
});

it('R-21: a vnet is asked for in its own zone', async () => {
  expect(await lack({ rights: { '/sdn/zones/localnetwork': 'SDN.Use' } }, 'lan1')).toEqual({
    ...{ path: '/sdn/zones/branch/lan1', uncertain: false },
  });
  expect(await lack({ rights: { '/sdn/zones/branch': 'SDN.Use' } }, 'lan1', 20)).toBeUndefined();
});

it('R-21: a vnet whose zone the token is not shown is known by what is granted on it, and else not checked', async () => {
  const shown = {};
  expect(await lack({ shown, rights: { '/sdn/zones/branch/lan1': 'SDN.Use' } }, 'lan1')).toBeUndefined();
  expect(await lack({ shown, rights: { '/sdn/zones/branch/lan1': 'SDN.Audit' } }, 'lan1')).toMatchObject({
    path: '/sdn/zones/branch/lan1',
  });
  expect(await lack({ shown, rights: { '/sdn': 'SDN.Use' } }, 'lan1')).toBeUndefined();
  expect(await lack({ shown, rights: { '/sdn/zones/branch': 'SDN.Use' } }, 'lan1')).toMatchObject({ uncertain: true });
});

it('takes the VLANs of a trunk apart', () => {
  expect(vlansIn('20;30-32')).toEqual([20, 30, 31, 32]);
  expect(vlansIn('20,30')).toEqual([20, 30]);
  expect(vlansIn('')).toEqual([]);
});
