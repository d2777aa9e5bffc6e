import { type Effect, heaviestEffect } from '../../core/effect.ts';
import type { Json } from '../../core/json.ts';
import type { Change } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import type { Step } from '../../core/step.ts';
import { printDiskSize } from '../../pve/codecs/codecs.ts';
import type { LiveState, ManagedValue, Observation } from '../kind.ts';
import { attributeDrafts } from './attributes.ts';
import { overlaidText } from './config-text.ts';
import { byKey, CONSOLE_KEYS, isAttribute, textOfNew } from './create.ts';
import { isVolumeKey, storedParts } from './live.ts';
import { type Draft, numberSteps, TIMEOUTS, withDigests } from './steps.ts';

interface KeyChange {
  readonly key: string;
  readonly effect: Effect;
  /** The new value; undefined: the key is deleted. */
  readonly text: string | number | undefined;
  readonly revert: boolean;
  readonly changes: readonly Change[];
}

/** Whether a change of the key may take long on the server, where the synchronous call is cut off after 30 s. */
function isSlow(key: string): boolean {
  return isVolumeKey(key) || /^net\d+$/.test(key);
}

/** Whether a key has more pending than what the document manages of it: a `revert` would take that back too. */
function holdsMorePending(key: string, values: readonly ManagedValue[], live: LiveState): boolean {
  const pending = live.pending.get(key);
  const current = live.current.get(key);
  if (pending === undefined || current === undefined) return false;
  const [next, now] = [storedParts(key, pending), storedParts(key, current)];
  if (next === undefined || now === undefined) return false;
  const managed = new Set(values.map((value) => value.sub));
  return [...new Set([...Object.keys(next), ...Object.keys(now)])].some(
    (sub) => !managed.has(sub) && next[sub] !== now[sub],
  );
}

function keyChange(
  resource: Resource,
  key: string,
  values: readonly ManagedValue[],
  changes: readonly Change[],
  live: LiveState,
): KeyChange {
  const effect = heaviestEffect(changes.map((change) => change.effect));
  const revert = changes.every((change) => change.withdraws === true) && !holdsMorePending(key, values, live);
  const base = live.pending.get(key);
  const removes = changes.some(
    (change) =>
      change.after === null && values.some((managed) => managed.path === change.path && managed.sub === undefined),
  );
  if (removes) return { key, effect, text: undefined, revert, changes };
  const text = base === undefined ? textOfNew(resource, key, values) : overlaidText(key, base, values);
  return { key, effect, text, revert, changes };
}

function configDraft(title: string, path: string, changes: readonly KeyChange[]): Draft {
  const params: Record<string, Json> = {};
  const deleted: string[] = [];
  const reverted: string[] = [];
  for (const { key, text, revert } of changes) {
    if (revert) reverted.push(key);
    else if (text === undefined) deleted.push(key);
    else params[key] = text;
  }
  if (deleted.length > 0) params['delete'] = deleted.join(',');
  if (reverted.length > 0) params['revert'] = reverted.join(',');
  const slow = changes.some((change) => isSlow(change.key));
  return {
    title,
    effect: heaviestEffect(changes.map((change) => change.effect)),
    request: { method: slow ? 'POST' : 'PUT', path: `${path}/config`, params },
    await: slow ? { for: 'task', timeoutMs: TIMEOUTS.volume } : { for: 'none', timeoutMs: TIMEOUTS.config },
  };
}

function growth(changes: readonly Change[], values: readonly ManagedValue[]): number | undefined {
  const change = changes.find((candidate) => candidate.path.endsWith('.size') && candidate.before !== null);
  const bytes = values.find((managed) => managed.path === change?.path)?.value;
  return change !== undefined && typeof bytes === 'number' ? bytes : undefined;
}

/**
 * What becomes of the volume of a detached disk: Proxmox VE keeps a guest's own as unused, by the id in its name, and
 * forgets any other (qemu-server: PVE/QemuServer.pm, vmconfig_register_unused_drive).
 */
function fateOfVolume(key: string, change: KeyChange, vmid: number): string {
  const before = change.changes.find((candidate) => typeof candidate.before === 'string')?.before;
  const file = storedParts(key, String(before ?? ''))?.['file'] ?? '';
  const owner = [...file.matchAll(/(?:^|[:/])(?:vm|base)-(\d+)-/g)].at(-1)?.[1];
  return owner === String(vmid)
    ? 'the volume is kept as unused'
    : `${file} is not the guest’s own, and is not kept as unused`;
}

function deviceTitle(key: string, change: KeyChange, vmid: number): string {
  const what = key === 'ide2' ? 'medium' : key.startsWith('net') ? 'network interface' : 'disk';
  if (change.text === undefined)
    return what === 'disk' ? `detach disk ${key} (${fateOfVolume(key, change, vmid)})` : `remove ${what} ${key}`;
  const added = change.changes.some((candidate) => candidate.before === null && candidate.path.split('.').length === 2);
  return added ? `add ${what} ${key}` : `change ${what} ${key}`;
}

function resizeDrafts(
  path: string,
  key: string,
  changes: readonly Change[],
  values: readonly ManagedValue[],
): readonly Draft[] {
  const bytes = growth(changes, values);
  if (bytes === undefined) return [];
  const effect = changes.find((change) => change.path.endsWith('.size'))?.effect ?? 'live';
  return [
    {
      title: `grow disk ${key} to ${printDiskSize(bytes)}`,
      effect,
      request: { method: 'PUT', path: `${path}/resize`, params: { disk: key, size: printDiskSize(bytes) } },
      await: { for: 'task', timeoutMs: TIMEOUTS.volume },
    },
  ];
}

/** The boot order that has to be written before its devices are removed; undefined where none of them is named. */
function bootWithout(removed: ReadonlySet<string>, live: LiveState): string | undefined {
  const boot = live.pending.get('boot');
  const order = boot === undefined ? undefined : storedParts('boot', boot)?.['order']?.split(';');
  if (order === undefined || !order.some((device) => removed.has(device))) return undefined;
  return `order=${order.filter((device) => !removed.has(device)).join(';')}`;
}

function bootDrafts(
  path: string,
  removed: readonly KeyChange[],
  live: LiveState,
  wanted: KeyChange | undefined,
): { readonly before: readonly Draft[]; readonly after: readonly Draft[] } {
  const text = bootWithout(new Set(removed.map((change) => change.key)), live);
  const effect: Effect = live.running ? 'restart' : 'none';
  const draft = (order: string): Draft => ({
    title: 'set boot order',
    effect,
    request: { method: 'PUT', path: `${path}/config`, params: { boot: order } },
    await: { for: 'none', timeoutMs: TIMEOUTS.config },
  });
  const last = wanted === undefined ? [] : [configDraft('set boot order', path, [wanted])];
  return { before: text === undefined || text === 'order=' ? [] : [draft(text)], after: last };
}

/**
 * The steps that bring a live guest to its state: one write for what is quick, then the console, each network interface
 * and each disk by itself, growth, and the boot order last, never in one request with a device that comes or goes.
 */
export function updateSteps(resource: Resource, observation: Observation, changes: readonly Change[]): readonly Step[] {
  const { node, vmid, desired, digest } = observation;
  const live = observation.live as LiveState;
  const path = `/nodes/${node}/qemu/${vmid}`;
  const written = changes.filter((change) => change.state === 'change');
  const values = byKey(desired);
  const valuesOf = (key: string): readonly ManagedValue[] => values.get(key) ?? [];
  const keys = [...new Set(written.map((change) => change.key))].filter((key) => !isAttribute(key));
  const all = keys.map((key) =>
    keyChange(
      resource,
      key,
      valuesOf(key),
      written.filter((change) => change.key === key),
      live,
    ),
  );
  const ofSize = (change: KeyChange): boolean =>
    change.changes.every((part) => part.path.endsWith('.size') && part.before !== null);
  const devices = all.filter((change) => isSlow(change.key));
  const removed = devices.filter((change) => change.text === undefined && !change.revert);
  const boot = bootDrafts(
    path,
    removed,
    live,
    all.find((change) => change.key === 'boot'),
  );
  const plain = all.filter((change) => !isSlow(change.key) && change.key !== 'boot' && !CONSOLE_KEYS.has(change.key));
  const marks = plain.filter((change) => change.changes.some((part) => part.path === 'description (mark)'));
  const others = plain.filter((change) => !marks.includes(change));
  const consoles = all.filter((change) => CONSOLE_KEYS.has(change.key));
  const drafts: Draft[] = [];
  if (marks.length > 0) drafts.push(configDraft('mark as pvevm’s own', path, marks));
  if (others.length > 0)
    drafts.push(configDraft(`change ${others.map((change) => change.key).join(', ')}`, path, others));
  if (consoles.length > 0) drafts.push(configDraft('set serial console', path, consoles));
  drafts.push(...boot.before);
  for (const device of devices) {
    if (!ofSize(device)) drafts.push(configDraft(deviceTitle(device.key, device, vmid), path, [device]));
    drafts.push(...resizeDrafts(path, device.key, device.changes, valuesOf(device.key)));
  }
  drafts.push(...boot.after);
  drafts.push(...attributeDrafts(observation, written));
  return numberSteps(resource.address, withDigests(drafts, digest));
}
