import { isWholeDevice } from '../../core/field.ts';
import type { Json } from '../../core/json.ts';
import type { Resource } from '../../core/resource.ts';
import type { Step } from '../../core/step.ts';
import type { ManagedValue, Observation } from '../kind.ts';
import { isWantedTemplate, templateDrafts } from './clone/template.ts';
import { bootAtCreation, isWantedDrive, newDriveText } from './cloud-init/steps.ts';
import { freshText, newVolumeText } from './config-text.ts';
import { meansAbsence, newFirewallDrafts } from './firewall/guest-drafts.ts';
import { haParameters } from './ha/registration.ts';
import { haRuleDrafts } from './ha/rules.ts';
import { importGrowth } from './images/growth.ts';
import { begunDescription, finishDraft, needsWord } from './leftovers/unfinished.ts';
import { isUnderHa } from './power/power-drafts.ts';
import { startDrafts, startedByHaDrafts } from './power/start.ts';
import { isSecretKey, secretDrafts } from './secrets.ts';
import { type Draft, numberSteps, TIMEOUTS, withDigests } from './steps.ts';
import { wantedFirmware } from './wants.ts';

/** The keys that are set in a step of their own after creation. */
export const CONSOLE_KEYS: ReadonlySet<string> = new Set(['serial0', 'vga']);

/** The keys that are no config keys, but are compared beside them. */
export function isAttribute(key: string): boolean {
  return key === 'status' || key === 'pool' || key === 'template' || key === 'ha' || /^(ha|firewall)\./.test(key);
}

/** Managed values by config key, in the order in which they first appear. */
export function byKey(values: readonly ManagedValue[]): ReadonlyMap<string, readonly ManagedValue[]> {
  const groups = new Map<string, ManagedValue[]>();
  for (const managed of values) groups.set(managed.key, [...(groups.get(managed.key) ?? []), managed]);
  return groups;
}

function deviceOf(values: readonly ManagedValue[]): ManagedValue | undefined {
  return values.find((managed) => managed.sub === undefined && isWholeDevice(managed.field));
}

/** The text of a device or key that does not exist yet; undefined where nothing is to be set. */
export function textOfNew(
  resource: Resource,
  key: string,
  values: readonly ManagedValue[],
): string | number | undefined {
  const device = deviceOf(values);
  if (device === undefined) return freshText(key, values);
  if (device.value === undefined) return undefined;
  if (isWantedDrive(values)) return newDriveText(values);
  if (device.field.codec !== 'volume') return freshText(key, values);
  const fallback = wantedFirmware(resource).find((wanted) => wanted.slot === key)?.storage;
  return newVolumeText(key, values, fallback);
}

function configParams(
  resource: Resource,
  values: readonly ManagedValue[],
  wants: (key: string) => boolean,
): Readonly<Record<string, Json>> {
  const params: Record<string, Json> = {};
  for (const [key, group] of byKey(values)) {
    if (isAttribute(key) || !wants(key)) continue;
    const text = textOfNew(resource, key, group);
    if (text !== undefined) params[key] = text;
  }
  return params;
}

/** What the step that sets `serial0`, `vga` or both is called: a display that is no serial port is no serial console. */
export function consoleTitle(texts: Readonly<Record<string, Json | undefined>>): string {
  return texts['serial0'] === undefined && !/^(?:type=)?serial/.test(String(texts['vga'] ?? ''))
    ? 'set display'
    : 'set serial console';
}

/** The step that sets the serial console: `serial0` and `vga` together, after the guest exists. */
function consoleDraft(path: string, params: Readonly<Record<string, Json>>, effect: Draft['effect']): Draft {
  return {
    title: consoleTitle(params),
    effect,
    request: { method: 'PUT', path: `${path}/config`, params },
    await: { for: 'none', timeoutMs: TIMEOUTS.config },
  };
}

/** The step that registers a guest with HA. */
export function registerDraft(sid: string, values: readonly ManagedValue[], running: boolean): Draft {
  const state = values.find((managed) => managed.key === 'ha.state')?.value ?? (running ? 'started' : 'stopped');
  return {
    title: `register HA (${String(state)})`,
    effect: 'none',
    request: {
      method: 'POST',
      path: '/cluster/ha/resources',
      params: { sid, ...haParameters(values.filter((managed) => !meansAbsence(managed))), state },
    },
    await: { for: 'none', timeoutMs: TIMEOUTS.config },
  };
}

function runDrafts(resource: Resource, path: string, desired: readonly ManagedValue[]): readonly Draft[] {
  if (desired.find((managed) => managed.key === 'status')?.value !== 'running') return [];
  return isUnderHa({ live: undefined, desired }) ? startedByHaDrafts(resource) : startDrafts(resource, path);
}

/**
 * The steps of a new guest: create, set the serial console, register HA, start. `tagLater` moves the tag out of the
 * create request, where the token may not set options of a guest that is only in its pool.
 */
export function createSteps(resource: Resource, observation: Observation, tagLater: boolean): readonly Step[] {
  const { node, vmid, vmidChosen, desired } = observation;
  const id: Json = vmidChosen ? '{vmid}' : vmid;
  const path = `/nodes/${node}/qemu/${id}`;
  const wants = (key: string): boolean => !CONSOLE_KEYS.has(key) && !isSecretKey(key) && !(tagLater && key === 'tags');
  const pool = desired.find((managed) => managed.key === 'pool')?.value;
  const boot = bootAtCreation(desired);
  const params = configParams(resource, desired, wants);
  const { description } = params;
  const finished = typeof description === 'string' && needsWord(desired) ? description : undefined;
  const create = {
    vmid: id,
    ...params,
    ...(finished === undefined ? {} : { description: begunDescription(finished) }),
    ...(boot === undefined ? {} : { boot }),
    ...(pool === undefined ? {} : { pool }),
  };
  const drafts: Draft[] = [
    {
      title: 'create',
      effect: 'none',
      request: { method: 'POST', path: `/nodes/${node}/qemu`, params: create },
      await: { for: 'task', timeoutMs: TIMEOUTS.volume },
    },
  ];
  drafts.push(...importGrowth(path, desired));
  const consoleParams = configParams(resource, desired, (key) => CONSOLE_KEYS.has(key));
  if (Object.keys(consoleParams).length > 0) drafts.push(consoleDraft(path, consoleParams, 'none'));
  // Proxmox VE makes an order of its own where the create request has none (PVE/API2/Qemu.pm, create_vm).
  if (desired.some((managed) => managed.key === 'boot' && managed.value === undefined))
    drafts.push({
      title: 'remove boot order',
      effect: 'none',
      request: { method: 'PUT', path: `${path}/config`, params: { delete: 'boot' } },
      await: { for: 'none', timeoutMs: TIMEOUTS.config },
    });
  drafts.push(...secretDrafts(path, configParams(resource, desired, isSecretKey), 'none'));
  const tags = configParams(resource, desired, (key) => tagLater && key === 'tags');
  if (Object.keys(tags).length > 0)
    drafts.push({
      title: 'set tags',
      effect: 'none',
      request: { method: 'PUT', path: `${path}/config`, params: tags },
      await: { for: 'none', timeoutMs: TIMEOUTS.config },
    });
  drafts.push(...newFirewallDrafts(path, desired));
  if (desired.some((managed) => managed.key === 'ha' && managed.value === true)) {
    drafts.push(registerDraft(`vm:${id}`, desired, false), ...haRuleDrafts(observation, `vm:${id}`));
  }
  const finish = finished === undefined ? [] : [finishDraft(path, finished)];
  if (isWantedTemplate(desired)) drafts.push(...templateDrafts(path, true, true), ...finish);
  else drafts.push(...finish, ...runDrafts(resource, path, desired));
  return numberSteps(resource.address, withDigests(drafts, null));
}
