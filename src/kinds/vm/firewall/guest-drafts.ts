import { jsonEqual } from '../../../core/json.ts';
import type { Change } from '../../../core/plan.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import type { ManagedValue, Observation } from '../../kind.ts';
import type { Draft } from '../steps.ts';
import { firewallDrafts } from './drafts.ts';

/** Whether a value is the same to Proxmox VE as none, so that a new object is made without it. */
export function meansAbsence({ field, value }: ManagedValue): boolean {
  if (value === undefined) return true;
  return field.absent !== undefined && jsonEqual(codecOf(field.codec ?? 'string').fromSpec(field.absent), value);
}

/** The steps that give a new guest its firewall: what means the same as absence is not sent. */
export function newFirewallDrafts(path: string, desired: readonly ManagedValue[]): readonly Draft[] {
  const values = desired.filter((managed) => managed.key.startsWith('firewall.') && !meansAbsence(managed));
  return firewallDrafts({ path, effect: 'none', running: false, values, live: undefined });
}

/** The steps that bring the firewall of a live guest to its state. */
export function changedFirewallDrafts(observation: Observation, changes: readonly Change[]): readonly Draft[] {
  const { node, vmid, desired, live } = observation;
  const changed = new Set(changes.map((change) => change.key));
  const values = desired.filter((managed) => managed.key.startsWith('firewall.') && changed.has(managed.key));
  const running = live?.running === true;
  const path = `/nodes/${node}/qemu/${vmid}`;
  return firewallDrafts({ path, effect: running ? 'live' : 'none', running, values, live: live?.pending });
}
