import type { Change } from '../../core/plan.ts';
import type { ManagedValue, Observation } from '../kind.ts';
import { registerDraft } from './create.ts';
import { haParameters } from './ha.ts';
import { type Draft, TIMEOUTS } from './steps.ts';

const WRITE = { for: 'none', timeoutMs: TIMEOUTS.config } as const;

function poolDrafts(vmid: number, change: Change | undefined): readonly Draft[] {
  if (change === undefined) return [];
  const vms = String(vmid);
  // pve-manager: PVE/API2/Pool.pm, update_pool: a guest is in at most one pool, and moving it takes allow-move.
  const params =
    change.after === null ? { poolid: change.before, vms, delete: 1 } : { poolid: change.after, vms, 'allow-move': 1 };
  const title = change.after === null ? `leave pool ${change.before}` : `join pool ${change.after}`;
  return [{ title, effect: 'none', request: { method: 'PUT', path: '/pools', params }, await: WRITE }];
}

function haDrafts(observation: Observation, changes: readonly Change[]): readonly Draft[] {
  const { vmid, desired, live } = observation;
  const registration = changes.find((change) => change.key === 'ha');
  const path = `/cluster/ha/resources/vm:${vmid}`;
  if (registration?.after === null) {
    return [{ title: 'take out of HA', effect: 'none', request: { method: 'DELETE', path, params: {} }, await: WRITE }];
  }
  if (registration !== undefined) {
    const draft = registerDraft(`vm:${vmid}`, desired, live?.running === true);
    // The state is the guest's own power as planned: where that has changed, HA would power the guest on or off.
    if (desired.some((managed) => managed.key === 'ha.state')) return [draft];
    return [{ ...draft, expects: { power: live?.running === true ? 'running' : 'stopped' } }];
  }
  const changed = changes.filter((change) => change.key.startsWith('ha.'));
  if (changed.length === 0) return [];
  const values: readonly ManagedValue[] = desired.filter((managed) =>
    changed.some((change) => change.key === managed.key),
  );
  const state = changed.some((change) => change.key === 'ha.state');
  return [
    {
      title: state ? 'change HA state' : 'change HA options',
      effect: state ? 'restart' : 'none',
      request: { method: 'PUT', path, params: haParameters(values) },
      await: WRITE,
    },
  ];
}

function powerDrafts(observation: Observation, change: Change | undefined): readonly Draft[] {
  if (change === undefined) return [];
  const { node, vmid, desired, live } = observation;
  const wanted = change.after === 'running' ? 'start' : 'shut down';
  const leavesHa = desired.some((managed) => managed.key === 'ha' && managed.value === undefined);
  const highlyAvailable =
    !leavesHa &&
    (live?.current.has('ha') === true || desired.some((managed) => managed.key === 'ha' && managed.value === true));
  if (highlyAvailable)
    return [
      {
        title: `wait until HA has ${wanted === 'start' ? 'started' : 'stopped'} it`,
        effect: 'none',
        await: { for: 'power', state: wanted === 'start' ? 'running' : 'stopped', timeoutMs: TIMEOUTS.power },
      },
    ];
  const action = wanted === 'start' ? 'start' : 'shutdown';
  return [
    {
      title: wanted,
      effect: wanted === 'start' ? 'none' : 'restart',
      request: { method: 'POST', path: `/nodes/${node}/qemu/${vmid}/status/${action}`, params: {} },
      await: { for: 'task', timeoutMs: TIMEOUTS.power },
    },
  ];
}

/** The steps for what is no config key: pool membership, HA, power; power last, so that a start takes every change. */
export function attributeDrafts(observation: Observation, changes: readonly Change[]): readonly Draft[] {
  return [
    ...poolDrafts(
      observation.vmid,
      changes.find((change) => change.key === 'pool'),
    ),
    ...haDrafts(observation, changes),
    ...powerDrafts(
      observation,
      changes.find((change) => change.key === 'status'),
    ),
  ];
}
