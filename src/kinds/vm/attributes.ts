import type { Change } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import type { ManagedValue, Observation } from '../kind.ts';
import { templateDrafts } from './clone/template.ts';
import { registerDraft } from './create.ts';
import { changedFirewallDrafts } from './firewall/guest-drafts.ts';
import { haParameters } from './ha/registration.ts';
import { HA_RULES_KEY, haRuleDrafts } from './ha/rules.ts';
import { isUnfinished } from './leftovers/unfinished.ts';
import { poolDrafts } from './pool.ts';
import { stopsBeforeHa, stopsUnderHa } from './power/ha-stop.ts';
import { powerDrafts } from './power/power-drafts.ts';
import { type Draft, TIMEOUTS } from './steps.ts';

const WRITE = { for: 'none', timeoutMs: TIMEOUTS.config } as const;

function haDrafts(observation: Observation, changes: readonly Change[]): readonly Draft[] {
  const { vmid, desired, live } = observation;
  const registration = changes.find((change) => change.key === 'ha');
  const needs = stopsUnderHa(observation, changes) ? ({ needs: ['hard-stop'] } as const) : {};
  // Somebody may have started it again since it was shut down.
  const shut = stopsBeforeHa(observation, changes) ? ({ expects: { power: 'stopped' } } as const) : {};
  const path = `/cluster/ha/resources/vm:${vmid}`;
  if (registration?.after === null) {
    return [{ title: 'take out of HA', effect: 'none', request: { method: 'DELETE', path, params: {} }, await: WRITE }];
  }
  if (registration !== undefined) {
    const draft = { ...registerDraft(`vm:${vmid}`, desired, live?.running === true), ...needs, ...shut };
    // The state is the guest's own power as planned: where that has changed, HA would power the guest on or off.
    if (desired.some((managed) => managed.key === 'ha.state'))
      return [draft, ...haRuleDrafts(observation, `vm:${vmid}`)];
    const expects = { power: live?.running === true ? 'running' : 'stopped' } as const;
    return [{ ...draft, expects }, ...haRuleDrafts(observation, `vm:${vmid}`)];
  }
  const changed = changes.filter((change) => change.key.startsWith('ha.') && change.key !== HA_RULES_KEY);
  const rules = haRuleDrafts(observation, `vm:${vmid}`);
  if (changed.length === 0) return rules;
  const values: readonly ManagedValue[] = desired.filter((managed) =>
    changed.some((change) => change.key === managed.key),
  );
  const state = changed.some((change) => change.key === 'ha.state');
  const gone = values.filter(({ value }) => value === undefined).map(({ key }) => key.slice('ha.'.length));
  const removed = gone.length === 0 ? {} : { delete: gone.join(',') };
  return [
    {
      title: state ? 'change HA state' : 'change HA options',
      effect: state ? 'restart' : 'none',
      ...needs,
      ...shut,
      request: { method: 'PUT', path, params: { ...haParameters(values), ...removed } },
      await: WRITE,
    },
    ...rules,
  ];
}

/** The steps for what is no config key: pool membership, HA, power; power after that, so that a start takes every change, but before HA is told of a guest that it does not stop; and the conversion to a template last. */
export function attributeDrafts(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  allow: ReadonlySet<string>,
  restart: readonly Draft[],
): readonly Draft[] {
  const ha = haDrafts(observation, changes);
  const power = powerDrafts(resource, observation, changes, allow);
  return [
    ...poolDrafts(
      observation,
      changes.find((change) => change.key === 'pool'),
    ),
    ...changedFirewallDrafts(observation, changes),
    ...(stopsBeforeHa(observation, changes) ? [...power, ...ha] : [...ha, ...power]),
    ...restart,
    ...templateDrafts(
      `/nodes/${observation.node}/qemu/${observation.vmid}`,
      changes.some((change) => change.key === 'template' && change.after === true),
      observation.madeBy !== undefined || isUnfinished(observation.vmid, observation.live),
    ),
  ];
}
